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

const facts = {
  float32: { code: 1, bits: 32, kind: 'float', array: Float32Array },
  uint8: { code: 2, bits: 8, kind: 'unsigned', array: Uint8Array },
  int8: { code: 3, bits: 8, kind: 'signed', array: Int8Array },
  uint16: { code: 4, bits: 16, kind: 'unsigned', array: Uint16Array },
  int16: { code: 5, bits: 16, kind: 'signed', array: Int16Array },
  int32: { code: 6, bits: 32, kind: 'signed', array: Int32Array },
  int64: { code: 7, bits: 64, kind: 'signed', array: BigInt64Array },
  string: { code: 8, bits: 0, kind: 'string', array: undefined },
  bool: { code: 9, bits: 8, kind: 'bool', array: Uint8Array },
  float16: { code: 10, bits: 16, kind: 'float', array: Uint16Array },
  float64: { code: 11, bits: 64, kind: 'float', array: Float64Array },
  uint32: { code: 12, bits: 32, kind: 'unsigned', array: Uint32Array },
  uint64: { code: 13, bits: 64, kind: 'unsigned', array: BigUint64Array },
  complex64: { code: 14, bits: 64, kind: 'complex', array: undefined },
  complex128: { code: 15, bits: 128, kind: 'complex', array: undefined },
  bfloat16: { code: 16, bits: 16, kind: 'float', array: Uint16Array },
  float8e4m3fn: { code: 17, bits: 8, kind: 'float', array: Uint8Array },
  float8e4m3fnuz: { code: 18, bits: 8, kind: 'float', array: Uint8Array },
  float8e5m2: { code: 19, bits: 8, kind: 'float', array: Uint8Array },
  float8e5m2fnuz: { code: 20, bits: 8, kind: 'float', array: Uint8Array },
  uint4: { code: 21, bits: 4, kind: 'unsigned', array: Uint8Array },
  int4: { code: 22, bits: 4, kind: 'signed', array: Int8Array },
  float4e2m1: { code: 23, bits: 4, kind: 'float', array: Uint8Array },
  float8e8m0: { code: 24, bits: 8, kind: 'float', array: Uint8Array },
  uint2: { code: 25, bits: 2, kind: 'unsigned', array: Uint8Array },
  int2: { code: 26, bits: 2, kind: 'signed', array: Int8Array },
} as const satisfies Record<string, ElementTypeFacts>;

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
