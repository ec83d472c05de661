/**
 * RoiAlign: a grid of bins over each region. Each bin is the mean or maximum of interpolated points.
 *
 * In mode max, the value of a point is the largest of its four neighbors times their bilinear weights, not the sum, as
 * in ONNX's test cases and onnxruntime. Points more than one element outside the image are 0.
 */
import { floatsOf, integersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { resultArray } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { failPoints, mostPoints, regionsShape, requireImage, requirePooledSize } from './regions.js';
import { roiAlignSchema } from './schemas.js';

interface RoiAlignAttributes {
  readonly coordinate_transformation_mode: 'half_pixel' | 'output_half_pixel';
  readonly mode: 'avg' | 'max';
  readonly output_height: number;
  readonly output_width: number;
  readonly sampling_ratio: number;
  readonly spatial_scale: number;
}

function pooledSizes({ output_height, output_width }: RoiAlignAttributes): readonly [number, number] {
  return [requirePooledSize('output_height', output_height), requirePooledSize('output_width', output_width)];
}

/** A point along one axis: its two neighbors and their weights. */
interface AxisPoint {
  readonly low: number;
  readonly high: number;
  readonly lowWeight: number;
  readonly highWeight: number;
}

/** Undefined if the point is more than one element outside. */
function axisPoint(position: number, size: number): AxisPoint | undefined {
  if (!(position >= -1 && position <= size)) return undefined;
  const inside = Math.max(0, Math.min(position, size - 1));
  const low = Math.floor(inside);
  const highWeight = inside - low;
  return { low, high: Math.min(low + 1, size - 1), lowWeight: 1 - highWeight, highWeight };
}

/** The bins of a region along one axis: where the first starts, how long each is, and how many points each has. */
interface AxisBins {
  readonly start: number;
  readonly length: number;
  readonly points: number;
}

function axisBins(from: number, to: number, pooled: number, halfPixel: boolean, samplingRatio: number): AxisBins {
  const extent = halfPixel ? to - from : Math.max(to - from, 1);
  const length = extent / pooled;
  const points = samplingRatio > 0 ? samplingRatio : Math.max(0, Math.ceil(length));
  if (!(points <= mostPoints)) failPoints(points);
  return { start: from, length, points };
}

/** The points of each bin along one axis. */
function binPoints({ start, length, points }: AxisBins, pooled: number, size: number): (AxisPoint | undefined)[][] {
  return Array.from({ length: pooled }, (_, bin) =>
    Array.from({ length: points }, (_, i) => axisPoint(start + bin * length + ((i + 0.5) * length) / points, size)),
  );
}

type Points = readonly (AxisPoint | undefined)[];

/** Computes the value of one bin of a plane. */
type ReduceBin = (data: ArrayLike<number>, plane: number, width: number, rows: Points, columns: Points) => number;

const meanOfPoints: ReduceBin = (data, plane, width, rows, columns) => {
  let sum = 0;
  for (const row of rows) {
    if (row === undefined) continue;
    const [low, high] = [plane + row.low * width, plane + row.high * width];
    for (const column of columns) {
      if (column === undefined) continue;
      const upper = column.lowWeight * data[low + column.low]! + column.highWeight * data[low + column.high]!;
      const lower = column.lowWeight * data[high + column.low]! + column.highWeight * data[high + column.high]!;
      sum += row.lowWeight * upper + row.highWeight * lower;
    }
  }
  return sum / Math.max(1, rows.length * columns.length);
};

const maximumOfPoints: ReduceBin = (data, plane, width, rows, columns) => {
  if (rows.length === 0 || columns.length === 0) return 0;
  let best = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    for (const column of columns) {
      if (row === undefined || column === undefined) {
        best = Math.max(best, 0);
        continue;
      }
      const [low, high] = [plane + row.low * width, plane + row.high * width];
      best = Math.max(
        best,
        row.lowWeight * column.lowWeight * data[low + column.low]!,
        row.lowWeight * column.highWeight * data[low + column.high]!,
        row.highWeight * column.lowWeight * data[high + column.low]!,
        row.highWeight * column.highWeight * data[high + column.high]!,
      );
    }
  }
  return best;
};

function roiAlign(attributes: RoiAlignAttributes, x: Tensor, rois: Tensor, images: readonly number[]): Tensor {
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const { mode, sampling_ratio, spatial_scale } = attributes;
  const [pooledHeight, pooledWidth] = pooledSizes(attributes);
  const isHalfPixel = attributes.coordinate_transformation_mode === 'half_pixel';
  const offset = isHalfPixel ? 0.5 : 0;
  const reduce = mode === 'avg' ? meanOfPoints : maximumOfPoints;
  const dims = [rois.dims[0]!, channels, pooledHeight, pooledWidth];
  const out = resultArray(x.type, elementCount(dims));
  const data = floatsOf(x);
  const regions = floatsOf(rois);
  const binsOf = (from: number, to: number, pooled: number, size: number) => {
    const [start, end] = [from * spatial_scale - offset, to * spatial_scale - offset];
    return binPoints(axisBins(start, end, pooled, isHalfPixel, sampling_ratio), pooled, size);
  };
  let o = 0;
  for (let roi = 0; roi < rois.dims[0]!; roi++) {
    const [left, top, right, bottom] = regions.subarray(roi * 4, roi * 4 + 4);
    const image = requireImage(images[roi]!, batch, roi);
    const rows = binsOf(top!, bottom!, pooledHeight, height);
    const columns = binsOf(left!, right!, pooledWidth, width);
    for (let c = 0; c < channels; c++) {
      const plane = (image * channels + c) * height * width;
      for (const row of rows) for (const column of columns) out[o++] = reduce(data, plane, width, row, column);
    }
  }
  return tensorFromNumbers(x.type, dims, out);
}

function checkImages(context: Pick<InferContext<unknown>, 'shape' | 'unify'>): void {
  const images = shapeOfRank(context, 2, 'batch_indices', { min: 1, max: 1 });
  const rois = context.shape(1);
  if (images !== undefined && rois !== undefined) {
    context.unify(rois[0]!, images[0]!, 'numbers of rois and of batch_indices');
  }
}

export const roiAligns: readonly Operator[] = [
  defineOperator({
    ...roiAlignSchema,
    infer: (context) => {
      const shape = regionsShape(context, 4, pooledSizes(context.attributes));
      checkImages(context);
      return [tensorType(context.elementType(0), shape)];
    },
    reference: ({ version, attributes, inputs }) => {
      // Version 10 does not shift by half an element.
      const settled: RoiAlignAttributes =
        version < 16 ? { ...attributes, coordinate_transformation_mode: 'output_half_pixel' } : attributes;
      const images = integersOf(tensorAt({ inputs }, 2));
      return [roiAlign(settled, tensorAt({ inputs }, 0), tensorAt({ inputs }, 1), images)];
    },
  }),
];
