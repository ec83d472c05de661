/** Numbers as the cells of an element in memory, and back; integers at the ends of their types. */
import fc from 'fast-check';
import { cellsOf, type Element, type IntegerType, type NumberType, wordsOf } from '../../../src/wasm/kernels/cells.js';

export const integerTypes: readonly IntegerType[] = [
  ...(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const),
];

/** An element in the cells that hold all numbers of its type. */
export function elementFor(type: NumberType): Element {
  return { type, cells: cellsOf(type) };
}

/** Bits and signs by a type's name. */
function rangeOf(type: IntegerType): readonly [least: bigint, most: bigint] {
  if (type === 'bool') return [0n, 1n];
  const bits = BigInt(type.replace(/\D/g, ''));
  return type.startsWith('u') ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

/** An integer of any size as the type wraps it. */
export function wrap(type: IntegerType, number: bigint): bigint {
  if (type === 'bool') return number & 1n;
  const bits = Number(type.replace(/\D/g, ''));
  return type.startsWith('u') ? BigInt.asUintN(bits, number) : BigInt.asIntN(bits, number);
}

/** Small numbers, and those at the ends of the type. */
export function integerOf(type: IntegerType): fc.Arbitrary<bigint> {
  const [least, most] = rangeOf(type);
  const small = fc.bigInt({ min: least < -6n ? -6n : least, max: most < 7n ? most : 7n });
  return fc.oneof({ weight: 3, arbitrary: small }, fc.constantFrom(least, most, most / 3n, least / 2n));
}

/** The memory of the numbers, with a vector that may be read after them. */
export function toCells({ cells }: Element, numbers: readonly (bigint | number)[], after = 0): Float32Array {
  const count = numbers.length + after;
  const all = [...numbers, ...new Array<number>(after).fill(0)];
  if (cells === 'float32') return Float32Array.from(all, Number);
  if (cells === 'int32')
    return new Float32Array(Int32Array.from(all, (n) => Number(BigInt.asIntN(32, BigInt(n)))).buffer);
  const words = new BigInt64Array(count);
  for (const [i, number] of all.entries()) words[i] = BigInt.asIntN(64, BigInt(number));
  return new Float32Array(words.buffer);
}

/** The integers that a memory has, as their type reads the bits. */
export function fromCells({ type, cells }: Element, memory: Float32Array): bigint[] {
  if (cells === 'float32') return Array.from(memory, BigInt);
  const copy = memory.slice().buffer;
  const bits = cells === 'int32' ? Array.from(new Int32Array(copy), BigInt) : Array.from(new BigInt64Array(copy));
  return bits.map((number) => wrap(type as IntegerType, number));
}

/** A row-major tensor's strides in words. */
export function wordStrides({ cells }: Pick<Element, 'cells'>, dims: readonly number[]): number[] {
  let stride = wordsOf(cells);
  const strides: number[] = [];
  for (const size of [...dims].reverse()) {
    strides.unshift(stride);
    stride *= size;
  }
  return strides;
}

/** All indices below the sizes, the last axis fastest. */
export function indicesOf(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (list, size) => list.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
