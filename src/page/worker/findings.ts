/** Diagnostics as the page shows them. */
import { printable, printableReport } from '../../diagnostics/printable.js';
import {
  catalogue,
  type Diagnostic,
  diagnostic,
  formatNode,
  ModelError,
  type NodeReference,
  ProblemError,
} from '../../diagnostics.js';
import type { Graph } from '../../ir/graph.js';
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
  if (error instanceof ModelError) return error.diagnostics.map((item) => findingView(item));
  if (error instanceof ProblemError) return [findingView(diagnostic(error.problem, { file }))];
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const isMemory = error instanceof RangeError && /allocation|array (buffer )?length|memory/i.test(error.message);
  return [
    {
      severity: 'error',
      code: '',
      title: isMemory ? 'Out of memory' : 'A fault of unstride',
      message: printable(text),
      notes: [],
      remedies: [],
      hint: isMemory ? 'give smaller sizes, or close other pages' : 'please report it, with the model if you may',
    },
  ];
}

export function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
