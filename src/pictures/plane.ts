/** One channel of one picture in a tensor. */
import { rowMajorStrides } from '../ir/tensor.js';
import type { ImageAxes } from './image-layout.js';

/** Channel `channel` of picture `batch`, row by row. */
export function readPlane(
  values: ArrayLike<number>,
  dims: readonly number[],
  axes: ImageAxes,
  batch: number,
  channel: number,
): Float32Array {
  const strides = rowMajorStrides(dims);
  const [height, width] = [dims[axes.rows]!, dims[axes.columns]!];
  const [rowStride, columnStride] = [strides[axes.rows]!, strides[axes.columns]!];
  let row =
    (axes.batch === undefined ? 0 : batch * strides[axes.batch]!) +
    (axes.channels === undefined ? 0 : channel * strides[axes.channels]!);
  const plane = new Float32Array(width * height);
  let at = 0;
  for (let y = 0; y < height; y++, row += rowStride)
    for (let x = 0, source = row; x < width; x++, source += columnStride) plane[at++] = values[source]!;
  return plane;
}
