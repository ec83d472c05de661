/**
 * A problem is defined once, by `defineProblem`: its code, its data for programs, and the words that are made of the
 * data. The check provides the data; the code that knows the place makes a diagnostic of it.
 */
import type { DiagnosticCode } from './catalogue.js';
import { longestText, shortened } from './printable.js';

/** A JSON value. A size is a number, or a text if it depends on open sizes: `2*H`. */
export type DataValue = string | number | boolean | null | readonly DataValue[] | ProblemData;

/** The facts from which the words of a problem are made; their fields depend on the problem. */
export interface ProblemData {
  readonly [name: string]: DataValue;
}

/** What went wrong, without where: operators state this, inference and execution add the place. */
export interface Problem {
  readonly code: DiagnosticCode;
  /** One sentence with the names and numbers at hand. */
  readonly message: string;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  /** The name of the value concerned. */
  readonly value?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Lines of explanation after the message: where sizes came from, what else the cause breaks. */
  readonly notes?: readonly string[] | undefined;
  /** The facts in the words, for programs. schemas/diagnostic-data.schema.json describes them for each code. */
  readonly data: ProblemData;
}

/** The words of a problem. */
export type Words = Omit<Problem, 'code' | 'data'>;

/** A size that depends on open sizes (a `Sym` of `ir/dim.ts`). */
export interface SymbolicSize {
  toString(): string;
  toJSON(): string;
}

/** A size as checks have it. */
export type SizeOrSymbol = number | SymbolicSize;

/** The kinds of data fields, with the type that a check provides for each. */
interface Kinds {
  string: string;
  boolean: boolean;
  integer: number;
  /** A text if it exceeds 2^53. */
  bigint: bigint;
  /** A text if it is infinite or NaN. */
  number: number;
  /** A number, or the expression as text. */
  size: SizeOrSymbol;
  shape: readonly SizeOrSymbol[];
  strings: readonly string[];
  integers: readonly number[];
  numbers: readonly number[];
  shapes: readonly (readonly SizeOrSymbol[])[];
}

/** A kind, with a question mark if the field may be absent; or the list of allowed texts. */
export type FieldKind = keyof Kinds | `${keyof Kinds}?` | readonly string[];

/** The data of a problem: its fields, each with its kind. */
export type DataFields = Readonly<Record<string, FieldKind>>;

type ValueOf<K extends FieldKind> = K extends readonly string[]
  ? K[number]
  : K extends keyof Kinds
    ? Kinds[K]
    : K extends `${infer L extends keyof Kinds}?`
      ? Kinds[L] | undefined
      : never;

/** The data that a check provides. */
export type DataOf<F extends DataFields> = {
  readonly [N in keyof F as F[N] extends `${string}?` ? never : N]: ValueOf<F[N]>;
} & {
  readonly [N in keyof F as F[N] extends `${string}?` ? N : never]?: ValueOf<F[N]>;
};

/**
 * Defines a problem that checks raise with its data: `fail(axisOutOfRange({ axis, rank }))`. The fields are those in
 * schemas/diagnostic-data.schema.json.
 */
export function defineProblem(code: DiagnosticCode, words: Words): () => Problem;
export function defineProblem<const F extends DataFields>(
  code: DiagnosticCode,
  fields: F,
  words: (data: DataOf<F>) => Words,
): (data: DataOf<F>) => Problem;
export function defineProblem<const F extends DataFields>(
  code: DiagnosticCode,
  fields: F | Words,
  words?: (data: DataOf<F>) => Words,
): (data?: DataOf<F>) => Problem {
  return (given = {} as DataOf<F>) => {
    const data = withShortTexts(given) as DataOf<F>;
    return { code, ...(words === undefined ? (fields as Words) : shortWords(words(data))), data: plainFields(data) };
  };
}

/** Names come from files and are of any length; words are made of what is told of them. */
function withShortTexts(data: object): object {
  const isLong = (value: unknown): boolean =>
    typeof value === 'string' ? value.length > longestDatum : Array.isArray(value) && value.some(isLong);
  if (!Object.values(data).some(isLong)) return data;
  const short = (value: unknown): unknown =>
    typeof value === 'string' ? shortened(value, longestDatum) : Array.isArray(value) ? value.map(short) : value;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, short(value)]));
}

function shortWords(words: Words): Words {
  const { notes = [], ...texts } = words;
  if ([...Object.values(texts), ...notes].every((text) => (text ?? '').length <= longestText)) return words;
  const short = (text: string) => shortened(text, longestText);
  const fields = Object.entries(texts).map(([name, text]) => [name, text === undefined ? undefined : short(text)]);
  return { ...words, ...Object.fromEntries(fields), ...(words.notes && { notes: notes.map(short) }) };
}

function plainFields(data: object): ProblemData {
  const fields: Record<string, DataValue> = {};
  for (const [name, value] of Object.entries(data)) if (value !== undefined) fields[name] = plain(value);
  return fields;
}

/** Characters of a text in the data, such as a name or a size. */
const longestDatum = 1000;
const longestList = 100;

/** Converts to JSON values right away, so that readers of diagnostics never get a symbol, a bigint or an infinity. */
function plain(value: unknown): DataValue {
  if (Array.isArray(value)) return value.slice(0, longestList).map(plain);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'string') return shortened(value, longestDatum);
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  return 'toJSON' in value && typeof value.toJSON === 'function' ? plain(value.toJSON()) : plainFields(value);
}

/** Carries a problem to the code that knows its place. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** @throws ProblemError */
export function fail(problem: Problem): never {
  throw new ProblemError(problem);
}
