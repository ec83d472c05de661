/** Walks a tensor by strides. */
import { elementCount } from '../ir/tensor.js';

/**
 * start + Σ position[axis]·strides[axis] for every position of a tensor of shape `dims`, in row-major order. Strides may
 * be 0 (an axis repeats) or negative (it is walked backwards).
 */
export function stridedIndices(dims: readonly number[], strides: readonly number[], start = 0): Uint32Array {
  const count = elementCount(dims);
  const indices = new Uint32Array(count);
  const rank = dims.length;
  const innerSize = rank === 0 ? 1 : dims[rank - 1]!;
  const innerStride = rank === 0 ? 0 : strides[rank - 1]!;
  const position = new Array<number>(rank).fill(0);
  let row = start;
  for (let at = 0; at < count; ) {
    for (let i = 0, index = row; i < innerSize; i++, index += innerStride) indices[at++] = index;
    for (let axis = rank - 2; axis >= 0; axis--) {
      row += strides[axis]!;
      if (++position[axis]! < dims[axis]!) break;
      row -= strides[axis]! * dims[axis]!;
      position[axis] = 0;
    }
  }
  return indices;
}
