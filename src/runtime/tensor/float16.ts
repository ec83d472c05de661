/** float16 from numbers and to numbers, with the engine's Float16Array and without. */
import { decodeIeee, encodeIeee, float16Format } from '../../ir/ieee-float.js';

interface Float16ArrayConstructor {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView & ArrayLike<number>;
}

/** Looked up each time: a polyfill may come later. */
function float16Array(): Float16ArrayConstructor | undefined {
  return (globalThis as { readonly Float16Array?: Float16ArrayConstructor }).Float16Array;
}

/** Bits as the array that a tensor shows them in, over the same memory. */
export function showFloat16(bits: Uint16Array): Uint16Array {
  const Halves = float16Array();
  if (Halves === undefined) return bits;
  return new Halves(bits.buffer, bits.byteOffset, bits.length) as unknown as Uint16Array;
}

/** Whether it is the engine's Float16Array or that of a polyfill. */
export function isFloat16Array(data: unknown): data is ArrayBufferView & ArrayLike<number> {
  const Halves = float16Array();
  if (Halves !== undefined && data instanceof Halves) return true;
  return ArrayBuffer.isView(data) && Object.prototype.toString.call(data) === '[object Float16Array]';
}

/** The bits of a Float16Array, over the same memory. */
export function float16Bits({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint16Array {
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** Numbers as the bits of float16, rounded to nearest, ties to even: data for `new Tensor('float16', …)`. */
export function float16FromNumbers(numbers: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(numbers, (value) => encodeIeee(float16Format, value));
}

/** The numbers in the data of a float16 tensor: bits in a Uint16Array, or a Float16Array. Exact. */
export function float16ToNumbers(data: ArrayLike<number>): Float32Array {
  if (isFloat16Array(data)) return Float32Array.from(data);
  return Float32Array.from(data, (bits) => decodeIeee(float16Format, bits));
}
