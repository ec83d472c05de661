/**
 * ModelProtos written tersely, and encoded by `onnx-proto`: a codec other than the product's, of ONNX 1.10. What came
 * later (metadata of nodes and values, overloads) takes `encodeCurrent`.
 */
// CommonJS, whose names Node alone does not see.
import onnxProto, { type onnx } from 'onnx-proto';
import { type ElementType, elementTypeFacts } from '../../src/ir/element-type.js';
import { Tensor } from '../../src/ir/tensor.js';
import type {
  AttributeProtoLike,
  EntryLike,
  FunctionProtoLike,
  GraphProtoLike,
  ModelProtoLike,
  NodeProtoLike,
  OperatorSetIdLike,
  SparseTensorProtoLike,
  TensorProtoLike,
  TypeProtoLike,
  ValueInfoProtoLike,
} from '../../src/onnx/proto.js';
import { messageType } from './message.js';

/** Numbers are sizes, texts symbols, null is a size that is left open. */
export type Dims = readonly (number | string | null)[];

/** Values by name: the shape of a float32 tensor, or a type. */
export type Values = Readonly<Record<string, Dims | TypeProtoLike | ValueInfoProtoLike | undefined>>;

/** Whole numbers become ints, others floats; `{ f: 1 }` and the like state a field of AttributeProto. */
export type AttributeSpec =
  | number
  | bigint
  | string
  | readonly number[]
  | readonly bigint[]
  | readonly string[]
  | Tensor
  | AttributeProtoLike;

const utf8 = new TextEncoder();

const attributeKinds: readonly (readonly [keyof AttributeProtoLike, number])[] = [
  ['f', 1],
  ['i', 2],
  ['s', 3],
  ['t', 4],
  ['g', 5],
  ['floats', 6],
  ['ints', 7],
  ['strings', 8],
  ['tensors', 9],
  ['graphs', 10],
  ['sparseTensor', 11],
  ['sparseTensors', 12],
  ['tp', 13],
  ['typeProtos', 14],
];

/** A text is the exact form of a 64-bit integer for both codecs. */
function attributeFields(spec: AttributeSpec): AttributeProtoLike {
  if (typeof spec === 'bigint') return { i: String(spec) };
  if (typeof spec === 'number') return Number.isInteger(spec) ? { i: spec } : { f: spec };
  if (typeof spec === 'string') return { s: utf8.encode(spec) };
  if (spec instanceof Tensor) return { t: tensorProto('', spec) };
  if (!Array.isArray(spec)) return spec as AttributeProtoLike;
  const list = spec as readonly (number | bigint | string)[];
  if (list.length > 0 && list.every((item) => typeof item === 'string'))
    return { strings: list.map((item) => utf8.encode(item)) };
  if (list.every((item) => typeof item === 'bigint' || Number.isInteger(item))) return { ints: list.map(String) };
  return { floats: list.map(Number) };
}

export function attributeProto(name: string, spec: AttributeSpec): AttributeProtoLike {
  const fields = attributeFields(spec);
  const type = attributeKinds.find(([field]) => fields[field] !== undefined)?.[1] ?? 0;
  return { name, type, ...fields };
}

/** Inputs and outputs are names with blanks between; `_` stands for an absent one. */
export function nodeProto(
  opType: string,
  inputs: string,
  outputs: string,
  attributes: Readonly<Record<string, AttributeSpec>> = {},
  more: NodeProtoLike = {},
): NodeProtoLike {
  return {
    opType,
    input: names(inputs),
    output: names(outputs),
    name: outputs.replaceAll(' ', ','),
    attribute: Object.entries(attributes).map(([name, spec]) => attributeProto(name, spec)),
    ...more,
  };
}

export function names(text: string): string[] {
  return text
    .split(' ')
    .filter((name) => name !== '')
    .map((name) => (name === '_' ? '' : name));
}

/** Elements go to raw_data as they lie in memory; below a byte they do not, and are given as a message. */
export function tensorProto(name: string, { type, dims, data }: Tensor): TensorProtoLike {
  const { code, bits } = elementTypeFacts(type);
  const common = { name, dims, dataType: code };
  if (Array.isArray(data)) return { ...common, stringData: data.map((text) => utf8.encode(text)) };
  if (bits < 8) throw new TypeError(`write the bytes of ${type} yourself`);
  return { ...common, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

export function tensorTypeProto(dims: Dims | undefined, type: ElementType = 'float32'): TypeProtoLike {
  const { code } = elementTypeFacts(type);
  if (dims === undefined) return { tensorType: { elemType: code } };
  const dim = dims.map((size) =>
    typeof size === 'number' ? { dimValue: size } : size === null ? {} : { dimParam: size },
  );
  return { tensorType: { elemType: code, shape: { dim } } };
}

function valueInfos(values: Values): ValueInfoProtoLike[] {
  return Object.entries(values).map(([name, value]) => {
    if (value === undefined) return { name };
    if (isDims(value)) return { name, type: tensorTypeProto(value) };
    if ('type' in value || 'metadataProps' in value) return { name, ...(value as ValueInfoProtoLike) };
    return { name, type: value as TypeProtoLike };
  });
}

function isDims(value: unknown): value is Dims {
  return Array.isArray(value);
}

export interface GraphSpec {
  readonly nodes?: readonly NodeProtoLike[];
  readonly inputs?: Values;
  readonly outputs?: Values;
  readonly valueInfo?: Values;
  readonly initializers?: Readonly<Record<string, Tensor>> | readonly TensorProtoLike[];
  readonly sparseInitializers?: readonly SparseTensorProtoLike[];
}

export function graphProto(spec: GraphSpec): GraphProtoLike {
  const { nodes = [], inputs = {}, outputs = {}, valueInfo = {}, initializers = [], sparseInitializers = [] } = spec;
  return {
    name: 'test',
    node: nodes,
    input: valueInfos(inputs),
    output: valueInfos(outputs),
    valueInfo: valueInfos(valueInfo),
    initializer: isList(initializers)
      ? initializers
      : Object.entries(initializers).map(([name, tensor]) => tensorProto(name, tensor)),
    sparseInitializer: sparseInitializers,
  };
}

function isList<T>(value: readonly T[] | Readonly<Record<string, unknown>>): value is readonly T[] {
  return Array.isArray(value);
}

export interface ModelSpec extends GraphSpec {
  /** The version of ai.onnx; null for a model that imports nothing. */
  readonly opset?: number | null;
  readonly irVersion?: number;
  /** Versions of other domains. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly functions?: readonly FunctionProtoLike[];
  readonly metadata?: Readonly<Record<string, string>>;
}

export function modelProto(spec: ModelSpec): ModelProtoLike {
  const { opset = 18, irVersion = 8, domains = {}, functions = [], metadata = {} } = spec;
  const imports: OperatorSetIdLike[] = opset === null ? [] : [{ domain: '', version: opset }];
  for (const [domain, version] of Object.entries(domains)) imports.push({ domain, version });
  return {
    irVersion,
    producerName: 'tests',
    opsetImport: imports,
    graph: graphProto(spec),
    functions,
    metadataProps: entries(metadata),
  };
}

export function entries(values: Readonly<Record<string, string>>): EntryLike[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

/** A function of the domain `local`, with the model's operator set. */
export function functionProto(
  name: string,
  inputs: string,
  outputs: string,
  node: readonly NodeProtoLike[],
  more: FunctionProtoLike & { readonly attribute?: readonly string[] } = {},
): FunctionProtoLike {
  return {
    name,
    domain: 'local',
    input: names(inputs),
    output: names(outputs),
    node,
    opsetImport: [{ domain: '', version: 18 }],
    ...more,
  };
}

export function modelBytes(spec: ModelSpec): Uint8Array {
  return encodeModel(modelProto(spec));
}

export function encodeModel(proto: ModelProtoLike): Uint8Array {
  return new Uint8Array(onnxProto.onnx.ModelProto.encode(proto as onnx.IModelProto).finish());
}

/** By the current schema, which has more than `onnx-proto` knows; payloads in raw_data only. */
export function encodeCurrent(proto: ModelProtoLike): Uint8Array {
  return new Uint8Array(messageType('ModelProto').encode(proto).finish());
}

/** One field of a protobuf message, for what no codec writes: unpacked lists, fields twice, a wire type of another. */
export function wireField(number: number, wireType: 0 | 1 | 2 | 5, payload: Uint8Array | readonly number[]): number[] {
  return [
    ...varint((BigInt(number) << 3n) | BigInt(wireType)),
    ...(wireType === 2 ? varint(payload.length) : []),
    ...payload,
  ];
}

/** Of negative numbers the 64-bit complement, as protobuf has it for int32 and int64. */
export function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const part = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest === 0n ? part : part | 128);
  } while (rest !== 0n);
  return bytes;
}
