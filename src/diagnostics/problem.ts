/**
 * A problem is stated once, by `defineProblem`: its code, the data that a program reads, and the words that are made of
 * them. Who checks states the data; whoever knows the place makes a diagnostic of it.
 */
import type { DiagnosticCode } from './catalogue.js';

/** As JSON has it. A size is a number, or a text where it depends on open sizes: `2*H`. */
export type DataValue = string | number | boolean | null | readonly DataValue[] | ProblemData;

/** The facts that the words of a problem are made of; which they are depends on the problem. */
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
  /** What the words say, for programs: described for each code in schemas/diagnostic-data.schema.json. */
  readonly data: ProblemData;
}

/** A problem for readers. */
export type Words = Omit<Problem, 'code' | 'data'>;

/** A size of a tensor that may depend on open ones: what `ir/dim.ts` makes. */
export interface SymbolicSize {
  toString(): string;
  toJSON(): string;
}

/** A size as a check has it. */
export type SizeOrSymbol = number | SymbolicSize;

/** What a field of data can be, and what a check gives for it. */
interface Kinds {
  string: string;
  boolean: boolean;
  integer: number;
  /** Beyond 2^53 a text. */
  bigint: bigint;
  /** A text where it is infinite or no number. */
  number: number;
  /** A number, or the expression as text. */
  size: SizeOrSymbol;
  shape: readonly SizeOrSymbol[];
  strings: readonly string[];
  integers: readonly number[];
  numbers: readonly number[];
  shapes: readonly (readonly SizeOrSymbol[])[];
}

/** With a question mark for what may be absent; or the texts that it can be. */
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

/** What a check gives for the fields. */
export type DataOf<F extends DataFields> = {
  readonly [N in keyof F as F[N] extends `${string}?` ? never : N]: ValueOf<F[N]>;
} & {
  readonly [N in keyof F as F[N] extends `${string}?` ? N : never]?: ValueOf<F[N]>;
};

/**
 * A problem that checks state with its data: `fail(axisOutOfRange({ axis, rank }))`. The fields are what
 * schemas/diagnostic-data.schema.json says of the code.
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
  return (data = {} as DataOf<F>) => ({
    code,
    ...(words === undefined ? (fields as Words) : words(data)),
    data: plainFields(data),
  });
}

function plainFields(data: object): ProblemData {
  const fields: Record<string, DataValue> = {};
  for (const [name, value] of Object.entries(data)) if (value !== undefined) fields[name] = plain(value);
  return fields;
}

/** Damaged files have names and shapes of any length, and sizes grow: more of one is not given. */
const longestText = 1000;
const longestList = 100;

/** What JSON would make of it, at once: nobody who reads a diagnostic meets a symbol, a bigint or an infinity. */
function plain(value: unknown): DataValue {
  if (Array.isArray(value)) return value.slice(0, longestList).map(plain);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'string') return value.length > longestText ? `${value.slice(0, longestText)}…` : value;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  return 'toJSON' in value && typeof value.toJSON === 'function' ? plain(value.toJSON()) : plainFields(value);
}

/** A problem on its way to whoever knows the place. */
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
