/**
 * Storage that movement operators work on without looking at it: typed arrays and strings when they run, quantities when
 * shape arithmetic is followed. One kernel serves both.
 */
import type { SymbolicTensor } from '../../ir/quantity.js';
import { symbolicTensor } from '../../ir/quantity.js';
import { allocateLike, Tensor } from '../../ir/tensor.js';

/** Where each element of a result comes from. */
export interface Gathered {
  readonly dims: readonly number[];
  /** Index into the source for each element of the result. */
  readonly indices: ArrayLike<number>;
}

/** Picks elements of one source by index. */
export function pick<D extends ArrayLike<unknown>>(data: D, indices: ArrayLike<number>): D {
  const out = allocateLike(data, indices.length) as unknown as unknown[];
  for (let i = 0; i < indices.length; i++) out[i] = data[indices[i]!];
  return out as unknown as D;
}

export function pickTensor(tensor: Tensor, { dims, indices }: Gathered): Tensor {
  return new Tensor(tensor.type, dims, pick(tensor.data, indices));
}

export function pickSymbolic(tensor: SymbolicTensor, { dims, indices }: Gathered): SymbolicTensor {
  return symbolicTensor(tensor.type, dims, pick(tensor.elements, indices));
}
