/** The order of elements for TopK and Unique. */
import { isBigInt } from '../../ir/element-type.js';
import { numbersOf } from '../../ir/numeric.js';
import type { Tensor } from '../../ir/tensor.js';

/** Negative if element `i` comes before element `j`, 0 if they are equal. */
export type CompareElements = (i: number, j: number) => number;

/** Ascending: numbers by value, NaN after all of them and equal to itself, strings by their UTF-16 units. */
export function ascending(tensor: Tensor): CompareElements {
  if (tensor.type === 'string' || isBigInt(tensor.type)) {
    const values = tensor.data as ArrayLike<string | bigint>;
    return (i, j) => compare(values[i]!, values[j]!);
  }
  const values = numbersOf(tensor);
  return (i, j) => {
    const [a, b] = [values[i]!, values[j]!];
    return compare(a, b) || Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  };
}

function compare<T extends string | bigint | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
