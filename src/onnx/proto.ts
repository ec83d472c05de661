/**
 * The messages of schemas/onnx.proto as far as they are read. Both our own decoder's objects and those of the `onnx-proto`
 * package fit: payloads are bytes in the former (see scripts/generate-codec.js) and lists in the latter.
 */

/** A protobuf message ends here: parsers count its bytes in 31 bits. */
export const maxMessageBytes = 2 ** 31 - 1;

/** A 64-bit integer: a number, or a Long. */
export type Int64Like = number | { toString(): string };

type Maybe<T> = T | null | undefined;
type Field<T> = T | null;

/** The elements of a typed field: packed bytes, or a list. */
export type PayloadLike = Uint8Array | readonly Int64Like[];

export interface EntryLike {
  readonly key?: Field<string>;
  readonly value?: Field<string>;
}

export interface TensorProtoLike {
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
  /** Fields as they stand in the file whose wire type is not that of the schema: unpacked payloads. */
  readonly $unknowns?: readonly Uint8Array[];
}

export interface SparseTensorProtoLike {
  readonly values?: Field<TensorProtoLike>;
  readonly indices?: Field<TensorProtoLike>;
  readonly dims?: Field<readonly Int64Like[]>;
}

export interface DimensionLike {
  readonly dimValue?: Field<Int64Like>;
  readonly dimParam?: Field<string>;
}

interface TensorTypeLike {
  readonly elemType?: Field<number>;
  readonly shape?: Field<{ readonly dim?: Field<readonly DimensionLike[]> }>;
}

export interface TypeProtoLike {
  readonly tensorType?: Field<TensorTypeLike>;
  readonly sparseTensorType?: Field<TensorTypeLike>;
  readonly sequenceType?: Field<{ readonly elemType?: Field<TypeProtoLike> }>;
  readonly optionalType?: Field<{ readonly elemType?: Field<TypeProtoLike> }>;
  readonly mapType?: Field<{ readonly keyType?: Field<number>; readonly valueType?: Field<TypeProtoLike> }>;
}

export interface AttributeProtoLike {
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

export interface ValueInfoProtoLike {
  readonly name?: Field<string>;
  readonly type?: Field<TypeProtoLike>;
  readonly metadataProps?: Field<readonly EntryLike[]>;
}

export interface NodeProtoLike {
  readonly name?: Field<string>;
  readonly opType?: Field<string>;
  readonly domain?: Field<string>;
  readonly overload?: Field<string>;
  readonly input?: Field<readonly string[]>;
  readonly output?: Field<readonly string[]>;
  readonly attribute?: Field<readonly AttributeProtoLike[]>;
  readonly metadataProps?: Field<readonly EntryLike[]>;
}

export interface GraphProtoLike {
  readonly name?: Field<string>;
  readonly node?: Field<readonly NodeProtoLike[]>;
  readonly initializer?: Field<readonly TensorProtoLike[]>;
  readonly sparseInitializer?: Field<readonly SparseTensorProtoLike[]>;
  readonly input?: Field<readonly ValueInfoProtoLike[]>;
  readonly output?: Field<readonly ValueInfoProtoLike[]>;
  readonly valueInfo?: Field<readonly ValueInfoProtoLike[]>;
}

export interface OperatorSetIdLike {
  readonly domain?: Field<string>;
  readonly version?: Field<Int64Like>;
}

export interface FunctionProtoLike {
  readonly name?: Field<string>;
  readonly domain?: Field<string>;
  readonly overload?: Field<string>;
  readonly input?: Field<readonly string[]>;
  readonly output?: Field<readonly string[]>;
  readonly attributeProto?: Field<readonly AttributeProtoLike[]>;
  readonly node?: Field<readonly NodeProtoLike[]>;
  readonly opsetImport?: Field<readonly OperatorSetIdLike[]>;
  readonly valueInfo?: Field<readonly ValueInfoProtoLike[]>;
}

export interface ModelProtoLike {
  readonly irVersion?: Field<Int64Like>;
  readonly opsetImport?: Field<readonly OperatorSetIdLike[]>;
  readonly producerName?: Field<string>;
  readonly producerVersion?: Field<string>;
  readonly graph?: Field<GraphProtoLike>;
  readonly metadataProps?: Field<readonly EntryLike[]>;
  readonly functions?: Field<readonly FunctionProtoLike[]>;
}

/** A 64-bit integer as a number: exact up to 2^53, the nearest beyond. */
export function toNumber(value: Maybe<Int64Like>): number {
  return typeof value === 'number' ? value : Number(value?.toString() ?? 0);
}

export function toBigInt(value: Int64Like): bigint {
  return BigInt(value.toString());
}
