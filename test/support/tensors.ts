/** Tensors of any element type, from numbers written out, and back. */

import type { ElementType } from '../../src/ir/element-type.js';
import { isBigInt } from '../../src/ir/element-type.js';
import type { Attribute } from '../../src/ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { Tensor } from '../../src/ir/tensor.js';

/** A tensor of rank 1 unless `dims` are given; 64-bit integers keep every bit of a bigint. */
export function tensor(
  type: ElementType,
  values: readonly (number | bigint | string)[],
  dims = [values.length],
): Tensor {
  if (type === 'string') return new Tensor(type, dims, values.map(String));
  if (type === 'int64') return new Tensor(type, dims, BigInt64Array.from(values, BigInt));
  if (type === 'uint64') return new Tensor(type, dims, BigUint64Array.from(values, BigInt));
  return tensorFromNumbers(type, dims, values.map(Number));
}

/** The elements: bigint for 64-bit integers, numbers for the rest, zeros without their sign. */
export function elementsOf(value: Tensor | undefined): (number | bigint | string)[] {
  const { type, data } = value!;
  if (type === 'string' || isBigInt(type)) return Array.from(data as ArrayLike<bigint | string>);
  return Array.from(numbersOf(value!), (element) => element + 0);
}

/** Attributes that are floats even where their values are whole. */
export function floats(values: Readonly<Record<string, number>>): Record<string, Attribute> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { kind: 'float', value }]));
}
