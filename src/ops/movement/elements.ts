/**
 * Storage for operators that only move elements: typed arrays and strings in a run, quantities in shape arithmetic. The
 * same kernel works on both.
 */
import type { SymbolicTensor } from '../../ir/quantity.js';
import { symbolicTensor } from '../../ir/quantity.js';
import { allocateLike, Tensor } from '../../ir/tensor.js';

/** Where each element of a result comes from. */
export interface Gathered {
  readonly dims: readonly number[];
  /** For each element of the result, its index in the source. */
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
