/**
 * Element types of tensors: ONNX `TensorProto.DataType` (onnx.proto), under the names of onnxruntime-common.
 */

/** Arrays for a tensor's elements, one in each entry; sub-byte types are unpacked to a byte each. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array;

type TypedArrayConstructor<T extends TypedArray = TypedArray> = {
  new (length: number): T;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
};

interface ElementTypeFacts {
  /** The number ONNX gives the type. */
  readonly code: number;
  /** Bits an element takes in a file; strings have none. */
  readonly bits: number;
  readonly kind: 'float' | 'signed' | 'unsigned' | 'bool' | 'string' | 'complex';
  /**
   * The array type for elements; undefined for strings, which are JavaScript strings, and complex numbers, which are
   * not represented.
   */
  readonly array: TypedArrayConstructor | undefined;
}

function of(
  code: number,
  bits: number,
  kind: ElementTypeFacts['kind'],
  array?: TypedArrayConstructor,
): ElementTypeFacts {
  return { code, bits, kind, array };
}

const facts = {
  float32: of(1, 32, 'float', Float32Array),
  uint8: of(2, 8, 'unsigned', Uint8Array),
  int8: of(3, 8, 'signed', Int8Array),
  uint16: of(4, 16, 'unsigned', Uint16Array),
  int16: of(5, 16, 'signed', Int16Array),
  int32: of(6, 32, 'signed', Int32Array),
  int64: of(7, 64, 'signed', BigInt64Array),
  string: of(8, 0, 'string'),
  bool: of(9, 8, 'bool', Uint8Array),
  float16: of(10, 16, 'float', Uint16Array),
  float64: of(11, 64, 'float', Float64Array),
  uint32: of(12, 32, 'unsigned', Uint32Array),
  uint64: of(13, 64, 'unsigned', BigUint64Array),
  complex64: of(14, 64, 'complex'),
  complex128: of(15, 128, 'complex'),
  bfloat16: of(16, 16, 'float', Uint16Array),
  float8e4m3fn: of(17, 8, 'float', Uint8Array),
  float8e4m3fnuz: of(18, 8, 'float', Uint8Array),
  float8e5m2: of(19, 8, 'float', Uint8Array),
  float8e5m2fnuz: of(20, 8, 'float', Uint8Array),
  uint4: of(21, 4, 'unsigned', Uint8Array),
  int4: of(22, 4, 'signed', Int8Array),
  float4e2m1: of(23, 4, 'float', Uint8Array),
  float8e8m0: of(24, 8, 'float', Uint8Array),
  uint2: of(25, 2, 'unsigned', Uint8Array),
  int2: of(26, 2, 'signed', Int8Array),
};

export type ElementType = keyof typeof facts;

export const elementTypes = Object.keys(facts) as readonly ElementType[];

const byCode = new Map<number, ElementType>(elementTypes.map((type) => [facts[type].code, type]));

/** The type that ONNX numbers `code`, or undefined when the specification has none. */
export function elementTypeFromCode(code: number): ElementType | undefined {
  return byCode.get(code);
}

export function elementTypeFacts(type: ElementType): ElementTypeFacts {
  return facts[type];
}

/** Bytes that `count` elements take in a file; sub-byte types are packed without gaps. */
export function packedByteLength(type: ElementType, count: number): number {
  return Math.ceil((count * facts[type].bits) / 8);
}

export function isFloat(type: ElementType): boolean {
  return facts[type].kind === 'float';
}

/** 64-bit integers, whose elements are bigint. */
export function isBigInt(type: ElementType): boolean {
  return type === 'int64' || type === 'uint64';
}

export function isInteger(type: ElementType): boolean {
  const { kind } = facts[type];
  return kind === 'signed' || kind === 'unsigned';
}
