/**
 * Tables of what runtimes have: facts with their source and date, made by fixtures/export/runtimes.py. A table is loaded when
 * it is asked for.
 */

/** Where facts come from. */
export interface Source {
  readonly what: string;
  readonly url: string;
  readonly commit?: string;
  /** Of the source, or of the day on which a runtime was tried. */
  readonly date: string;
}

/** What a runtime asks of a node beyond its version and types. Inputs are named as in the operator's signature. */
export type Condition =
  | AttributeCondition
  | ({ readonly rank: string } & Among<number>)
  | ({ readonly type: string } & Among<string>)
  /** An input that has to be an initializer or a Constant, if it is given. */
  | { readonly constant: string }
  /** An input that may not be given. */
  | { readonly absent: string }
  /** An attribute that may not be given. */
  | { readonly without: string }
  /** How many outputs there may be. */
  | { readonly outputs: number }
  /** What a file does not tell. */
  | { readonly note: string };

export type AttributeCondition = { readonly attribute: string } & Among<AttributeValue>;

/** What a value has to be one of, or may not be. */
export interface Among<T> {
  readonly only?: readonly T[];
  readonly not?: readonly T[];
}

/** Of an integer, a flag (0 or 1), a text, or each element of a list. */
export type AttributeValue = number | string;

/**
 * Since-versions of the operator (null: and all later ones), releases as places (null: up to the newest), types as a place
 * (null: any, or not known), and conditions as places.
 */
export type Row = readonly [
  firstVersion: number,
  lastVersion: number | null,
  firstRelease: number,
  lastRelease: number | null,
  types: number | null,
  conditions: readonly number[],
];

/** A row as files have it: without what is null, 0 or empty at its end. */
type Short = readonly [number, ...Partial<TailOf<Row>>];

type TailOf<T> = T extends readonly [unknown, ...infer R] ? R : never;

function whole([first, last = null, from = 0, to = null, use = null, conditions = []]: Short): Row {
  return [first, last, from, to, use, conditions];
}

interface TableData {
  readonly title: string;
  /** Whether the facts are what trying some models gave, so that of other operators nothing is known. */
  readonly isSample?: boolean;
  /** What computes the nodes that the runtime does not take; absent if nothing does. */
  readonly elsewhere?: string;
  readonly sources: readonly Source[];
  /** Domains of operators that the facts are about; '' is ai.onnx. */
  readonly domains: readonly string[];
  /** Ascending, as major.minor. */
  readonly releases: readonly string[];
  /** The newest operator set and IR version that each release reads, and the oldest set of all. */
  readonly sets?: readonly number[];
  readonly irs?: readonly number[];
  readonly oldestSet?: number;
  /** Lists of element types. */
  readonly types: readonly (readonly string[])[];
  /** Places of lists of types by the name of an input or output; '' is the first input. */
  readonly uses: readonly Readonly<Record<string, number>>[];
  readonly conditions: readonly Condition[];
}

export interface RuntimeTable extends TableData {
  /** By name, with the domain in front if it is not ai.onnx. */
  readonly operators: ReadonlyMap<string, readonly Row[]>;
}

export type TableName =
  | 'coreml'
  | 'ncnn'
  | 'onnxruntime'
  | 'opencv'
  | 'openvino'
  | 'tensorrt'
  | 'tfjs'
  | 'webgl'
  | 'webgpu'
  | 'webnn';

const tables: Readonly<Record<TableName, () => Promise<{ readonly default: unknown }>>> = {
  coreml: () => import('./tables/coreml.json', { with: { type: 'json' } }),
  ncnn: () => import('./tables/ncnn.json', { with: { type: 'json' } }),
  onnxruntime: () => import('./tables/onnxruntime.json', { with: { type: 'json' } }),
  opencv: () => import('./tables/opencv.json', { with: { type: 'json' } }),
  openvino: () => import('./tables/openvino.json', { with: { type: 'json' } }),
  tensorrt: () => import('./tables/tensorrt.json', { with: { type: 'json' } }),
  tfjs: () => import('./tables/tfjs.json', { with: { type: 'json' } }),
  webgl: () => import('./tables/webgl.json', { with: { type: 'json' } }),
  webgpu: () => import('./tables/webgpu.json', { with: { type: 'json' } }),
  webnn: () => import('./tables/webnn.json', { with: { type: 'json' } }),
};

export const tableNames = Object.keys(tables) as readonly TableName[];

export async function loadTable(name: TableName): Promise<RuntimeTable> {
  const { default: data } = await tables[name]();
  // A test holds the files to this form.
  const { operators, ...table } = data as TableData & {
    readonly operators: Readonly<Record<string, readonly Short[]>>;
  };
  return { ...table, operators: new Map(Object.entries(operators).map(([name, rows]) => [name, rows.map(whole)])) };
}
