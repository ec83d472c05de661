/** An execution plan for a terminal: one line for each step, then memory. */

import { printable } from '../diagnostics/printable.js';
import { nodeLabel } from '../diagnostics.js';
import { type Graph, type Node, referenceTo } from '../ir/graph.js';
import { type DilatePadConvolve, formatDilatePadConvolve } from '../ops/convolution/dilate-pad-convolve.js';
import type { ControlStep, ExecutionPlan, ExecutionStep } from '../plan/execution-plan.js';
import { type Column, textTable } from './text-table.js';
import { formatBytes, formatCount } from './units.js';

const stepTitle = 'step';

const columns: readonly Column[] = [
  { title: stepTitle, align: 'right' },
  { title: 'nodes', shrinkTo: 12 },
  { title: 'operators', shrinkTo: 10 },
  { title: 'algorithm', shrinkTo: 13 },
  { title: 'operations', align: 'right' },
  { title: 'threads', shrinkTo: 7 },
  { title: 'expected', shrinkTo: 12 },
];

/** The four steps that each ConvTranspose of the graph means, whatever runs of it. */
export type TransposedPlans = ReadonlyMap<Node, DilatePadConvolve>;

/** The graphs of the plans inside a plan. */
export type PlannedBodies = ReadonlyMap<ExecutionPlan, { readonly graph: Graph; readonly bodies: PlannedBodies }>;

/** @param width characters in a line (default: nothing is cut) */
export function renderPlan(
  plan: ExecutionPlan,
  graph: Graph,
  transposed: TransposedPlans = new Map(),
  width?: number,
  bodies: PlannedBodies = new Map(),
): string {
  const expected = expectedOf(plan);
  const rows = plan.steps.map((step, i) => [String(i), ...cellsOf(step, graph, expected.get(step))]);
  const constants = plan.constants.reduce((sum, { floats }) => sum + floats, 0);
  const references = plan.steps.filter(({ kind }) => kind === 'reference').length;
  const facts = [
    `${plan.steps.length} steps, ${references} by reference; precision ${plan.precision}`,
    `memory of a run ${formatBytes(plan.arena * 4)}, scratch of a thread ${formatBytes(plan.scratch * 4)}, constants ${formatBytes(constants * 4)}`,
    ...weightFacts(plan),
  ];
  const [titles = '', ...lines] = textTable(columns, rows, width);
  const numbers = titles.indexOf(stepTitle) + stepTitle.length;
  const meant = new Set<number>();
  const table = lines.flatMap((line) => {
    // Only the first line of a row has its number.
    const number = line.slice(0, numbers).trim();
    const nodes = number === '' ? [] : (plan.steps[Number(number)]?.nodes ?? []);
    const first = nodes.filter((place) => !meant.has(place));
    for (const place of first) meant.add(place);
    return [...first.flatMap((place) => meaningOf(graph.nodes[place], transposed)), line];
  });
  const inner = plan.steps.flatMap((step, i) =>
    step.kind === 'control' ? step.bodies.map((body) => ({ i, body })) : [],
  );
  const parts = inner.flatMap(({ i, body: { attribute, plan } }) => {
    const planned = plan && bodies.get(plan);
    if (plan === undefined || planned === undefined) return [];
    return [
      '',
      `${attribute} of step ${i}:`,
      renderPlan(plan, planned.graph, new Map(), width, planned.bodies).trimEnd(),
    ];
  });
  return `${[titles, ...table, '', ...facts, ...parts].join('\n')}\n`;
}

/** Of weights that were to take 16 bits, how many do. */
function weightFacts({ weights = 'float32', constants }: ExecutionPlan): string[] {
  if (weights === 'float32') return [];
  const packed = constants.flatMap(({ recipe }) => ('pieces' in recipe ? [recipe] : []));
  const count = packed.filter((recipe) => recipe.kind === 'panels' && recipe.type === weights).length;
  const others = count === packed.length ? '' : '; the others are float32, which is no slower there';
  return [`${count} of ${packed.length} packed weights are ${weights}${others}`];
}

/** What is written above the subconvolutions of a ConvTranspose. */
function meaningOf(node: Node | undefined, transposed: TransposedPlans): string[] {
  const plan = node && transposed.get(node);
  if (node === undefined || plan === undefined) return [];
  const lines = formatDilatePadConvolve(plan).split('\n');
  return [`  ${printable(nodeLabel(referenceTo(node)))} by its definition:`, ...lines.map((line) => `    ${line}`)];
}

function controlText({ algorithm, bodies }: ControlStep): string {
  return bodies.some(({ plan }) => plan === undefined) ? `${algorithm}, made once a run shows sizes` : algorithm;
}

/** Of each layer, at its first step: the algorithm that it takes, and the one that would be next, with what they are expected to take. */
function expectedOf({ steps }: ExecutionPlan): ReadonlyMap<ExecutionStep, string> {
  const layers = new Map<string, ExecutionStep>();
  const told = new Map<ExecutionStep, string>();
  for (const step of steps) {
    if (step.kind !== 'kernel' || step.algorithmCosts.length === 0) continue;
    const layer = step.nodes.join();
    if (layers.has(layer)) continue;
    layers.set(layer, step);
    const [chosen, next] = step.algorithmCosts.map(
      ({ algorithm, microseconds }) => `${algorithm} ${Number(microseconds.toPrecision(3))} µs`,
    );
    told.set(step, next === undefined ? chosen! : `${chosen}; ${next}`);
  }
  return told;
}

function cellsOf(step: ExecutionStep, graph: Graph, expected = ''): string[] {
  const nodes = step.nodes.map((place) => graph.nodes[place]!);
  const names = nodes.map((node) => nodeLabel(referenceTo(node))).join(', ');
  const operators = nodes.map(({ opType }) => opType).join(' + ');
  if (step.kind === 'reference') return [names, operators, `reference: ${step.reason}`, '', 'one', ''];
  if (step.kind === 'control') return [names, operators, controlText(step), '', 'one', ''];
  if (step.kind === 'counted') return [names, operators, step.algorithm, '', 'one', ''];
  return [
    names,
    operators,
    step.algorithm,
    step.operations === 0 ? '' : formatCount(step.operations),
    `${step.isNear ? 'all if near' : step.parallel ? 'all' : 'one'}${step.barrier ? ', after a barrier' : ''}`,
    expected,
  ];
}
