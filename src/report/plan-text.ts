/** An execution plan for a terminal: one line for each step, then memory. */
import { nodeLabel } from '../diagnostics.js';
import type { Graph } from '../ir/graph.js';
import { referenceTo } from '../ir/graph.js';
import type { ExecutionPlan, ExecutionStep } from '../plan/execution-plan.js';
import { type Column, textTable } from './text-table.js';
import { formatBytes, formatCount } from './units.js';

const columns: readonly Column[] = [
  { title: 'step', align: 'right' },
  { title: 'nodes', shrinkTo: 12 },
  { title: 'operators', shrinkTo: 10 },
  { title: 'algorithm', shrinkTo: 13 },
  { title: 'operations', align: 'right' },
  { title: 'threads', shrinkTo: 7 },
  { title: 'expected', shrinkTo: 12 },
];

/** @param width characters in a line (default: nothing is cut) */
export function renderPlan(plan: ExecutionPlan, graph: Graph, width?: number): string {
  const rows = plan.steps.map((step, i) => [String(i), ...cellsOf(step, graph)]);
  const constants = plan.constants.reduce((sum, { floats }) => sum + floats, 0);
  const references = plan.steps.filter(({ kind }) => kind === 'reference').length;
  const facts = [
    `${plan.steps.length} steps, ${references} by reference; precision ${plan.precision}`,
    `memory of a run ${formatBytes(plan.arena * 4)}, scratch of a thread ${formatBytes(plan.scratch * 4)}, constants ${formatBytes(constants * 4)}`,
  ];
  return `${[...textTable(columns, rows, width), '', ...facts].join('\n')}\n`;
}

function cellsOf(step: ExecutionStep, graph: Graph): string[] {
  const nodes = step.nodes.map((place) => graph.nodes[place]!);
  const names = nodes.map((node) => nodeLabel(referenceTo(node))).join(', ');
  const operators = nodes.map(({ opType }) => opType).join(' + ');
  if (step.kind === 'reference') return [names, operators, `reference: ${step.reason}`, '', 'one', ''];
  const [first, ...others] = step.algorithmCosts;
  const expected =
    first === undefined
      ? ''
      : [
          `${first.microseconds} µs`,
          ...others.slice(0, 2).map(({ algorithm, microseconds }) => `${algorithm} ${microseconds} µs`),
        ].join('; ');
  return [
    names,
    operators,
    step.algorithm,
    step.operations === 0 ? '' : formatCount(step.operations),
    `${step.parallel ? 'all' : 'one'}${step.barrier ? ', after a barrier' : ''}`,
    expected,
  ];
}
