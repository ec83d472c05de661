/** Copies runs of elements between storages of the same kind: typed arrays, strings, or quantities. */
import { type SymbolicTensor, symbolicTensor } from '../../ir/quantity.js';
import { allocateLike, elementCount, Tensor, type TensorData } from '../../ir/tensor.js';
import { allocateChecked } from '../creation/target-shape.js';

/** Copies `length` elements. */
export type Copy = (target: number, source: number, length: number) => void;

/** A kernel that moves elements without reading their values. */
export type Move = (copy: Copy) => void;

function copyBetween(from: ArrayLike<unknown>, to: ArrayLike<unknown>): Copy {
  const out = to as { [index: number]: unknown };
  return (target, source, length) => {
    for (let i = 0; i < length; i++) out[target + i] = from[source + i];
  };
}

/**
 * A tensor of shape `dims`, initially zero, with what `move` copies from `tensor`. If it is empty, no loop runs, since
 * its other axes may be huge.
 */
export function fetchTensor({ type, data }: Tensor, dims: readonly number[], move: Move): Tensor {
  const out = allocateChecked(type, dims);
  if (out.length > 0) move(copyBetween(data, out));
  return new Tensor(type, dims, out);
}

/** `fetchTensor` for symbolic values. */
export function fetchSymbolic({ type, elements }: SymbolicTensor, dims: readonly number[], move: Move): SymbolicTensor {
  const out = new Array<number>(elementCount(dims)).fill(0);
  if (out.length > 0) move(copyBetween(elements, out));
  return symbolicTensor(type, dims, out);
}

/** A copy of `data` with what `move` copies from `updates`. */
export function replaceTensor(data: Tensor, updates: Tensor, move: Move): Tensor {
  const out = copyOf(data.data);
  move(copyBetween(updates.data, out));
  return new Tensor(data.type, data.dims, out);
}

/** `replaceTensor` for symbolic values. */
export function replaceSymbolic(data: SymbolicTensor, updates: SymbolicTensor, move: Move): SymbolicTensor {
  const out = [...data.elements];
  move(copyBetween(updates.elements, out));
  return symbolicTensor(data.type, data.dims, out);
}

export function copyOf<D extends TensorData>(data: D): D {
  const out = allocateLike(data, data.length);
  copyBetween(data, out)(0, 0, data.length);
  return out;
}
