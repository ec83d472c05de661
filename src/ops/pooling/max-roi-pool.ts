/** MaxRoiPool: the maxima of a grid of bins over each region. Bins begin and end at whole elements. */
import { floatsOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { requireList } from '../convolution/window.js';
import { resultArray } from '../elementwise/element-types.js';
import { defineOperator, type Operator } from '../operator.js';
import { regionsShape, requireImage } from './regions.js';
import { maxRoiPoolSchema } from './schemas.js';

interface RegionPoolAttributes {
  readonly pooled_shape: readonly number[];
  readonly spatial_scale: number;
}

function pooledSizes({ pooled_shape }: RegionPoolAttributes): readonly [number, number] {
  requireList('pooled_shape', pooled_shape, 2, 1);
  return pooled_shape as readonly [number, number];
}

interface Span {
  readonly first: number;
  readonly last: number;
}

/** The elements [first, last) of each bin along an axis; bins overlap where they do not divide the region. */
function bins(start: number, end: number, pooled: number, scale: number, size: number): Span[] {
  const first = roundHalfAway(start * scale);
  const length = Math.max(1, roundHalfAway(end * scale) - first + 1);
  const clip = (i: number) => Math.max(0, Math.min(first + i, size));
  return Array.from({ length: pooled }, (_, p) => ({
    first: clip(Math.floor((p * length) / pooled)),
    last: clip(Math.ceil(((p + 1) * length) / pooled)),
  }));
}

/** Rounds like C's round. */
function roundHalfAway(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

/** Bins outside the image are 0. */
function maxRoiPool(attributes: RegionPoolAttributes, x: Tensor, rois: Tensor): Tensor {
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const [pooledHeight, pooledWidth] = pooledSizes(attributes);
  const dims = [rois.dims[0]!, channels, pooledHeight, pooledWidth];
  const out = resultArray(x.type, elementCount(dims));
  const data = floatsOf(x);
  const regions = floatsOf(rois);
  let o = 0;
  for (let roi = 0; roi < rois.dims[0]!; roi++) {
    const [index, left, top, right, bottom] = regions.subarray(roi * 5, roi * 5 + 5);
    const image = requireImage(index!, batch, roi);
    const rows = bins(top!, bottom!, pooledHeight, attributes.spatial_scale, height);
    const columns = bins(left!, right!, pooledWidth, attributes.spatial_scale, width);
    for (let c = 0; c < channels; c++) {
      const plane = (image * channels + c) * height * width;
      for (const row of rows) {
        for (const column of columns) out[o++] = maximum(data, plane, width, row, column);
      }
    }
  }
  return tensorFromNumbers(x.type, dims, out);
}

function maximum(data: ArrayLike<number>, plane: number, width: number, rows: Span, columns: Span): number {
  if (rows.last <= rows.first || columns.last <= columns.first) return 0;
  let best = Number.NEGATIVE_INFINITY;
  for (let y = rows.first; y < rows.last; y++) {
    for (let x = columns.first; x < columns.last; x++) best = Math.max(best, data[plane + y * width + x]!);
  }
  return best;
}

export const maxRoiPools: readonly Operator[] = [
  defineOperator({
    ...maxRoiPoolSchema,
    infer: (context) => {
      return [tensorType(context.elementType(0), regionsShape(context, 5, pooledSizes(context.attributes)))];
    },
    reference: (context) => [maxRoiPool(context.attributes, tensorAt(context, 0), tensorAt(context, 1))],
  }),
];
