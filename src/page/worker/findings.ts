/** Diagnostics as the page shows them. */

import { catalogue } from '../../diagnostics/catalogue.js';
import { printable, printableReport } from '../../diagnostics/printable.js';
import {
  type Diagnostic,
  type DiagnosticCode,
  diagnostic,
  formatNode,
  ModelError,
  type NodeReference,
  ProblemError,
} from '../../diagnostics.js';
import type { Graph } from '../../ir/graph.js';
import { withMemoryExplained } from '../../limits/stop.js';
import type { Finding } from '../../report/finding.js';
import { sentence } from '../../report/message.js';
import type { FindingView } from '../protocol.js';

/** Where nodes are in the list of a graph, by what diagnostics say of them. */
export type NodePlaces = (node: NodeReference) => number | undefined;

export function nodePlaces({ nodes }: Graph): NodePlaces {
  const places = new Map(nodes.map((node, place) => [keyOf(node), place]));
  return (node) => places.get(keyOf(node));
}

function keyOf({ name, opType, index }: Pick<NodeReference, 'name' | 'opType' | 'index'>): string {
  return `${index} ${opType} ${name}`;
}

export function findingView(finding: Finding, placeOf: NodePlaces = () => undefined): FindingView {
  const { severity, code, message, node, module, notes = [], remedies = [], ...rest } = printableReport(finding);
  const { expected, actual, origin, hint } = rest;
  return {
    severity,
    code,
    title: catalogue[code].title,
    message: sentence(message),
    ...(node && {
      node: {
        place: finding.node && placeOf(finding.node),
        text: `${formatNode(node)}${module === undefined ? '' : `, in ${module}`}`,
      },
    }),
    expected,
    actual,
    origin,
    notes,
    remedies: remedies.map(({ text }) => text),
    hint,
  };
}

/** What a task failed with: of the model or of what was given, or a fault of the library. */
export function failureOf(error: unknown, file: string | undefined): readonly FindingView[] {
  const explained = withMemoryExplained(error, file);
  if (explained instanceof ModelError) return explained.diagnostics.map(failureView);
  if (explained instanceof ProblemError) return [failureView(diagnostic(explained.problem, { file }))];
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return [
    {
      severity: 'error',
      code: '',
      title: 'A fault of unstride',
      message: printable(text),
      notes: [],
      remedies: [],
      hint: 'please report it, with the model if you may',
    },
  ];
}

/** Instead of options of a command the page has fields. */
const fieldHints: ReadonlyMap<DiagnosticCode, string> = new Map([
  ['US2004', 'set the sizes that are open'],
  ['US2011', 'set smaller sizes'],
]);

function failureView(item: Diagnostic): FindingView {
  const view = findingView(item);
  return { ...view, hint: fieldHints.get(item.code) ?? view.hint };
}

export function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
