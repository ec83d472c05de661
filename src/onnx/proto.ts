/**
 * The messages of schemas/onnx.proto, as far as they are read. Objects of our own decoder and of the `onnx-proto`
 * package both have these types: payloads are bytes in the former (see scripts/generate-codec.js) and lists in the
 * latter.
 */

/** The largest protobuf message, since parsers count its bytes in 31 bits. */
export const maxMessageBytes = 2 ** 31 - 1;

/** A 64-bit integer: a number, or a Long. */
export type Int64Like = number | { toString(): string };

type Maybe<T> = T | null | undefined;
type Field<T> = T | null;

/** The elements of a typed field: packed bytes, or a list. */
export type PayloadLike = Uint8Array | readonly Int64Like[];

interface Message {
  /** Encoded fields that the codec does not know, or knows with another wire type. */
  readonly $unknowns?: readonly Uint8Array[];
}

/** Documentation: our own decoder leaves it in `$unknowns`, messages of `onnx-proto` have it as text. */
interface Documented extends Message {
  readonly docString?: Field<string>;
}

export interface EntryLike extends Message {
  readonly key?: Field<string>;
  readonly value?: Field<string>;
}

export interface TensorProtoLike extends Documented {
  readonly dims?: Field<readonly Int64Like[]>;
  readonly dataType?: Field<number>;
  readonly name?: Field<string>;
  readonly rawData?: Field<Uint8Array>;
  readonly floatData?: Field<PayloadLike>;
  readonly int32Data?: Field<PayloadLike>;
  readonly int64Data?: Field<PayloadLike>;
  readonly doubleData?: Field<PayloadLike>;
  readonly uint64Data?: Field<PayloadLike>;
  readonly stringData?: Field<readonly Uint8Array[]>;
  readonly externalData?: Field<readonly EntryLike[]>;
  readonly dataLocation?: Field<number>;
}

export interface SparseTensorProtoLike extends Message {
  readonly values?: Field<TensorProtoLike>;
  readonly indices?: Field<TensorProtoLike>;
  readonly dims?: Field<readonly Int64Like[]>;
}

export interface DimensionLike extends Message {
  readonly dimValue?: Field<Int64Like>;
  readonly dimParam?: Field<string>;
}

export interface TensorTypeLike extends Message {
  readonly elemType?: Field<number>;
  readonly shape?: Field<TensorShapeLike>;
}

interface TensorShapeLike extends Message {
  readonly dim?: Field<readonly DimensionLike[]>;
}

/** The element type of sequences and optionals. */
export interface ElementLike extends Message {
  readonly elemType?: Field<TypeProtoLike>;
}

export interface MapTypeLike extends Message {
  readonly keyType?: Field<number>;
  readonly valueType?: Field<TypeProtoLike>;
}

export interface TypeProtoLike extends Message {
  readonly tensorType?: Field<TensorTypeLike>;
  readonly sparseTensorType?: Field<TensorTypeLike>;
  readonly sequenceType?: Field<ElementLike>;
  readonly optionalType?: Field<ElementLike>;
  readonly mapType?: Field<MapTypeLike>;
}

export interface AttributeProtoLike extends Documented {
  readonly name?: Field<string>;
  readonly refAttrName?: Field<string>;
  readonly type?: Field<number>;
  readonly f?: Field<number>;
  readonly i?: Field<Int64Like>;
  readonly s?: Field<Uint8Array>;
  readonly t?: Field<TensorProtoLike>;
  readonly g?: Field<GraphProtoLike>;
  readonly tp?: Field<TypeProtoLike>;
  readonly sparseTensor?: Field<SparseTensorProtoLike>;
  readonly floats?: Field<readonly number[]>;
  readonly ints?: Field<readonly Int64Like[]>;
  readonly strings?: Field<readonly Uint8Array[]>;
  readonly tensors?: Field<readonly TensorProtoLike[]>;
  readonly graphs?: Field<readonly GraphProtoLike[]>;
  readonly typeProtos?: Field<readonly TypeProtoLike[]>;
  readonly sparseTensors?: Field<readonly SparseTensorProtoLike[]>;
}

export interface ValueInfoProtoLike extends Documented {
  readonly name?: Field<string>;
  readonly type?: Field<TypeProtoLike>;
  readonly metadataProps?: Field<readonly EntryLike[]>;
}

export interface NodeProtoLike extends Documented {
  readonly name?: Field<string>;
  readonly opType?: Field<string>;
  readonly domain?: Field<string>;
  readonly overload?: Field<string>;
  readonly input?: Field<readonly string[]>;
  readonly output?: Field<readonly string[]>;
  readonly attribute?: Field<readonly AttributeProtoLike[]>;
  readonly metadataProps?: Field<readonly EntryLike[]>;
}

export interface GraphProtoLike extends Documented {
  readonly name?: Field<string>;
  readonly node?: Field<readonly NodeProtoLike[]>;
  readonly initializer?: Field<readonly TensorProtoLike[]>;
  readonly sparseInitializer?: Field<readonly SparseTensorProtoLike[]>;
  readonly input?: Field<readonly ValueInfoProtoLike[]>;
  readonly output?: Field<readonly ValueInfoProtoLike[]>;
  readonly valueInfo?: Field<readonly ValueInfoProtoLike[]>;
  readonly quantizationAnnotation?: Field<readonly TensorAnnotationLike[]>;
}

/** Names of the tensors with the scale and the zero point of a quantized tensor. */
export interface TensorAnnotationLike extends Message {
  readonly tensorName?: Field<string>;
  readonly quantParameterTensorNames?: Field<readonly EntryLike[]>;
}

export interface OperatorSetIdLike extends Message {
  readonly domain?: Field<string>;
  readonly version?: Field<Int64Like>;
}

export interface FunctionProtoLike extends Message {
  readonly name?: Field<string>;
  readonly domain?: Field<string>;
  readonly overload?: Field<string>;
  readonly input?: Field<readonly string[]>;
  readonly output?: Field<readonly string[]>;
  readonly attributeProto?: Field<readonly AttributeProtoLike[]>;
  readonly node?: Field<readonly NodeProtoLike[]>;
  readonly opsetImport?: Field<readonly OperatorSetIdLike[]>;
  readonly valueInfo?: Field<readonly ValueInfoProtoLike[]>;
  /** The encoded message; absent if the model was given as an object. */
  readonly $bytes?: Uint8Array;
}

export interface ModelProtoLike extends Documented {
  readonly irVersion?: Field<Int64Like>;
  readonly opsetImport?: Field<readonly OperatorSetIdLike[]>;
  readonly producerName?: Field<string>;
  readonly producerVersion?: Field<string>;
  /** Present in messages of `onnx-proto`, as is documentation. */
  readonly domain?: Field<string>;
  readonly modelVersion?: Field<Int64Like>;
  readonly graph?: Field<GraphProtoLike>;
  readonly metadataProps?: Field<readonly EntryLike[]>;
  readonly functions?: Field<readonly FunctionProtoLike[]>;
}

/** A 64-bit integer as a number: exact up to 2^53, the nearest beyond. */
export function toNumber(value: Maybe<Int64Like>): number {
  return typeof value === 'number' ? value : Number(value?.toString() ?? 0);
}

export function toBigInt(value: Int64Like): bigint {
  return BigInt(typeof value === 'number' || typeof value === 'bigint' ? value : value.toString());
}
