/** Tensors element by element, by coordinates: the slow, plain way that tests compare with. */
import { elementCount, rowMajorStrides, Tensor } from '../../src/ir/tensor.js';

/** Every position of a tensor of shape `dims`, the last axis fastest. */
export function positionsOf(dims: readonly number[]): number[][] {
  return dims.reduce<number[][]>(
    (positions, size) => positions.flatMap((position) => Array.from({ length: size }, (_, i) => [...position, i])),
    [[]],
  );
}

/** A float32 tensor whose elements are 0, 1, 2, … */
export function counting(dims: readonly number[]): Tensor<Float32Array> {
  return new Tensor(
    'float32',
    dims,
    Float32Array.from({ length: elementCount(dims) }, (_, i) => i),
  );
}

/** The element at a position of a counting tensor. */
export function countAt(dims: readonly number[], position: readonly number[]): number {
  const strides = rowMajorStrides(dims);
  return position.reduce((sum, i, axis) => sum + i * strides[axis]!, 0);
}
