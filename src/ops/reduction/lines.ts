/** A tensor as lines along one axis, for operators that work along one axis. */
import { elementCount } from '../../ir/tensor.js';

export interface Lines {
  /** Number of elements in a line. */
  readonly length: number;
  /** Distance between adjacent elements of a line. */
  readonly stride: number;
  /** Index of the first element of each line. */
  readonly starts: Iterable<number>;
}

/** The lines of a tensor along `axis`. */
export function linesAlong(dims: readonly number[], axis: number): Lines {
  const length = dims[axis]!;
  const stride = elementCount(dims.slice(axis + 1));
  return { length, stride, starts: startsOf(elementCount(dims.slice(0, axis)), length, stride) };
}

function* startsOf(outer: number, length: number, stride: number): Iterable<number> {
  for (let o = 0; o < outer; o++) for (let i = 0; i < stride; i++) yield o * length * stride + i;
}
