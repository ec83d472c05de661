/** The elements of a TensorProto: from bytes or typed fields to one array entry an element. */
import { defineProblem, fail } from '../diagnostics.js';
import { type ElementType, elementTypeFacts, packedByteLength } from '../ir/element-type.js';
import { allocate, type TensorData } from '../ir/tensor.js';
import { type PayloadLike, type TensorProtoLike, toBigInt, toNumber } from './proto.js';

/** The field that carries a type's elements when raw_data does not (onnx.proto, TensorProto), and how it is encoded. */
export type TypedField = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

/** Fields of TensorProto. */
export const fieldNumbers: Readonly<Record<TypedField, number>> = {
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  doubleData: 10,
  uint64Data: 11,
};

export function typedFieldOf(type: ElementType): TypedField | undefined {
  switch (type) {
    case 'float32':
    case 'complex64':
      return 'floatData';
    case 'float64':
    case 'complex128':
      return 'doubleData';
    case 'int64':
      return 'int64Data';
    case 'uint32':
    case 'uint64':
      return 'uint64Data';
    case 'string':
      return undefined;
    default:
      return 'int32Data';
  }
}

/** Elements smaller than a byte are packed: how many are in an entry of int32_data, and in a byte of raw_data. */
function elementsPerEntry(type: ElementType): number {
  const { bits } = elementTypeFacts(type);
  return bits < 8 ? 8 / bits : 1;
}

/** The typed field of a tensor, packed or not. */
export function typedPayload(proto: TensorProtoLike, field: TypedField): PayloadLike {
  const packed = proto[field];
  if (packed !== null && packed !== undefined && packed.length > 0) return packed;
  if (proto.$unknowns === undefined) return noBytes;
  const number = fieldNumbers[field];
  const pieces = proto.$unknowns.map((piece) => unpackedElement(piece, number)).filter((piece) => piece !== undefined);
  return concatBytes(pieces);
}

const noBytes = new Uint8Array();

/** The value of an unpacked element `tag value`, when its tag names the field. */
export function unpackedElement(piece: Uint8Array, field: number): Uint8Array | undefined {
  // Fields 4 to 11 have tags of one byte.
  return piece[0] !== undefined && piece[0] >> 3 === field && (piece[0] & 7) !== 2 ? piece.subarray(1) : undefined;
}

function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

/** Entries in a typed field, counted without decoding. */
export function entryCount(payload: PayloadLike, field: TypedField): number {
  if (!(payload instanceof Uint8Array)) return payload.length;
  if (field === 'floatData') return payload.length / 4;
  if (field === 'doubleData') return payload.length / 8;
  let count = 0;
  for (let i = 0; i < payload.length; i++) if (payload[i]! < 128) count++;
  return count;
}

/** Entries that `count` elements take in a typed field. */
export function expectedEntries(type: ElementType, count: number): number {
  const { kind } = elementTypeFacts(type);
  return kind === 'complex' ? 2 * count : Math.ceil(count / elementsPerEntry(type));
}

/** Elements from little-endian bytes: a view where alignment allows it, a copy otherwise. */
export function elementsFromBytes(type: ElementType, bytes: Uint8Array, count: number): TensorData {
  const { array, bits, kind } = elementTypeFacts(type);
  if (array === undefined) failUnheld(type);
  if (bits < 8) return unpackBits(type, bytes, count);
  const expected = packedByteLength(type, count);
  // Not slice(), which for a Buffer is a view of the same bytes.
  const aligned =
    bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes.subarray(0, expected));
  const data = new array(aligned.buffer, aligned.byteOffset, count);
  return kind === 'bool' ? normalizeBools(data as Uint8Array) : data;
}

/** Any byte but 0 is true. */
function normalizeBools(data: Uint8Array): Uint8Array {
  return data.every((byte) => byte <= 1) ? data : data.map((byte) => (byte === 0 ? 0 : 1));
}

const typeNotComputedWith = defineProblem('US1008', { type: 'string' }, ({ type }) => ({
  message: `elements of type ${type} cannot be computed with`,
  hint: 'the tensor can be shown, but nothing that reads it can be run',
}));

export function failUnheld(type: ElementType): never {
  fail(typeNotComputedWith({ type }));
}

/** Elements of 2 or 4 bits, the first in the lowest bits of each byte. */
function unpackBits(type: ElementType, bytes: ArrayLike<number>, count: number): TensorData {
  const { bits, kind } = elementTypeFacts(type);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const sign = kind === 'signed' ? 1 << (bits - 1) : 0;
  const data = allocate(type, count) as Uint8Array | Int8Array;
  for (let i = 0; i < count; i++) {
    const element = (bytes[Math.floor(i / perByte)]! >> ((i % perByte) * bits)) & mask;
    data[i] = (element ^ sign) - sign;
  }
  return data;
}

/** Elements from the typed field of their type. */
export function elementsFromField(type: ElementType, payload: PayloadLike, count: number): TensorData {
  const field = typedFieldOf(type);
  if (field === 'floatData' || field === 'doubleData') {
    if (payload instanceof Uint8Array) return elementsFromBytes(type, payload, count);
    return field === 'doubleData' ? Float64Array.from(payload, toNumber) : Float32Array.from(payload, toNumber);
  }
  const { array, bits, kind } = elementTypeFacts(type);
  if (array === undefined) failUnheld(type);
  if (bits < 8) {
    const bytes = new Uint8Array(expectedEntries(type, count));
    forEachEntry(payload, (i, low) => {
      bytes[i] = low;
    });
    return unpackBits(type, bytes, count);
  }
  const data = new array(count);
  if (bits === 64) {
    const words = new Uint32Array(data.buffer);
    forEachEntry(payload, (i, low, high) => {
      words[2 * i] = low;
      words[2 * i + 1] = high;
    });
  } else if (kind === 'bool') {
    forEachEntry(payload, (i, low, high) => {
      data[i] = low !== 0 || high !== 0 ? 1 : 0;
    });
  } else {
    forEachEntry(payload, (i, low) => {
      data[i] = low;
    });
  }
  return data as TensorData;
}

/** Calls `entry` with the lower and the upper 32 bits of each integer, both signed. */
function forEachEntry(payload: PayloadLike, entry: (index: number, low: number, high: number) => void): void {
  if (payload instanceof Uint8Array) forEachVarint(payload, entry);
  else {
    payload.forEach((value, i) => {
      const whole = toBigInt(value);
      entry(i, Number(BigInt.asIntN(32, whole)), Number(BigInt.asIntN(32, whole >> 32n)));
    });
  }
}

function forEachVarint(bytes: Uint8Array, entry: (index: number, low: number, high: number) => void): void {
  let index = 0;
  let low = 0;
  let high = 0;
  let shift = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const part = byte & 127;
    if (shift < 28) low |= part << shift;
    else if (shift === 28) {
      low |= part << 28;
      high |= part >> 4;
    } else if (shift < 64) high |= part << (shift - 32);
    shift += 7;
    if (byte >= 128) continue;
    entry(index++, low, high);
    low = 0;
    high = 0;
    shift = 0;
  }
}

const utf8 = new TextDecoder();

export function decodeStrings(bytes: readonly Uint8Array[]): string[] {
  return bytes.map((item) => utf8.decode(item));
}
