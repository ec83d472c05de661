/**
 * Everything unstride can find wrong, as data: one code, one meaning, for good. Reports render these objects;
 * nothing else writes messages about models.
 */
import type { DiagnosticCode, Severity } from './diagnostics/catalogue.js';
import { printable, shortened } from './diagnostics/printable.js';
import type { Problem } from './diagnostics/problem.js';
import { infos, warnings } from './diagnostics/severities.js';

export type { DiagnosticCode, Severity } from './diagnostics/catalogue.js';
export {
  type DataFields,
  type DataOf,
  type DataValue,
  defineProblem,
  fail,
  type Problem,
  type ProblemData,
  ProblemError,
  type SizeOrSymbol,
  type Words,
} from './diagnostics/problem.js';

export interface NodeReference {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly index: number;
}

/** A change to the model that fixes what is wrong: inference with the change found nothing. */
export interface Remedy {
  readonly kind: RemedyKind;
  /** `output_padding = [1, 1] at up1 (ConvTranspose)`. */
  readonly text: string;
  /** All of them together. */
  readonly edits: readonly RemedyEdit[];
}

/** What is set at a ConvTranspose, or put before an input of a node. */
export type RemedyKind = 'output_padding' | 'output_shape' | 'pad' | 'crop';

export interface RemedyEdit {
  readonly node: NodeReference;
  /** Of `pad` and `crop`: the input of the node. */
  readonly input?: number | undefined;
  /** The attribute; of `pad` and `crop` what is put on or taken off, the begins of all axes, then their ends. */
  readonly values: readonly number[];
}

/** The legal sizes around one that is not: `below` and `above` are absent where there is none. */
export interface NearestSizes {
  readonly symbol: string;
  readonly size: number;
  readonly below?: number | undefined;
  readonly above?: number | undefined;
}

export interface Diagnostic extends Problem {
  readonly severity: Severity;
  readonly file?: string | undefined;
  readonly node?: NodeReference | undefined;
  readonly nearest?: readonly NearestSizes[] | undefined;
  readonly remedies?: readonly Remedy[] | undefined;
  /** Where the exporter says the node came from: the innermost line of its recorded stack. */
  readonly origin?: string | undefined;
}

export function diagnostic(
  problem: Problem,
  place: {
    readonly file?: string | undefined;
    readonly node?: NodeReference | undefined;
    readonly origin?: string | undefined;
  } = {},
): Diagnostic {
  return { severity: severityOf(problem.code), ...problem, ...place };
}

export function severityOf(code: DiagnosticCode): Severity {
  return warnings.includes(code) ? 'warning' : infos.includes(code) ? 'info' : 'error';
}

/** One or more problems of a model or its data, with their places. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  constructor(
    readonly diagnostics: readonly Diagnostic[],
    options?: ErrorOptions,
  ) {
    super(diagnostics.map(formatDiagnostic).join('\n'), options);
  }
}

/** A name of the model, in a message. */
export function quoted(name: string): string {
  return `'${shortened(name)}'`;
}

/** One diagnostic as a single line of plain text, fit to be shown. */
export function formatDiagnostic(item: Diagnostic): string {
  const place = [item.file, item.node && formatNode(item.node)].filter((part) => part !== undefined).join(': ');
  const facts = [item.expected && `expected ${item.expected}`, item.actual && `got ${item.actual}`]
    .filter(Boolean)
    .join(', ');
  const text = `${item.severity} ${item.code}: ${item.message}${facts === '' ? '' : ` (${facts})`}`;
  return printable(`${place === '' ? '' : `${place}: `}${text}${item.hint === undefined ? '' : `. ${item.hint}`}`);
}

/** The node's name, or its operator and place where it has none; of a long one its beginning and its end. */
export function nodeLabel({ name, opType, index }: Pick<NodeReference, 'name' | 'opType' | 'index'>): string {
  return name === '' ? `${shortened(opType)} #${index}` : shortened(name);
}

export function formatNode(node: NodeReference): string {
  const op = shortened(node.domain === '' ? node.opType : `${node.domain}.${node.opType}`);
  return node.name === '' ? `${op} #${node.index}` : `${shortened(node.name)} (${op})`;
}
