/** Resizes tensors, for Resize and Upsample. */
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { allocateLike, elementCount, Tensor } from '../../ir/tensor.js';
import { requireKind } from '../elementwise/element-types.js';
import {
  type CoordinateMode,
  type NearestMode,
  nearestIndices,
  originalPositions,
  type Positions,
  type ResizedAxis,
} from './coordinates.js';
import { sampledArray, sampledTensor } from './sampled.js';
import { gatherGrid, interpolate } from './separable.js';
import { cubicKernel, linearKernel, type Taps, tapsAt } from './taps.js';

export interface ResizeMethod {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: CoordinateMode;
  readonly nearest: NearestMode;
  readonly cubicCoefficient: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
  /** The value that tf_crop_and_resize puts at positions outside the original. */
  readonly extrapolation: number;
}

/** An axis of the tensor with the positions that its outputs read. */
interface PlacedAxis extends ResizedAxis {
  readonly positions: Positions;
}

/** Resizes every axis of `x` by its entry in `axes`. Integer types are truncated and saturated. */
export function resizeTensor(x: Tensor, axes: readonly ResizedAxis[], method: ResizeMethod): Tensor {
  const dims = axes.map((axis) => axis.output);
  if (dims.length === 0) return x;
  if (elementCount(dims) === 0) return new Tensor(x.type, dims, allocateLike(x.data, 0));
  const placed = axes.map((axis) => ({ ...axis, positions: originalPositions(method.coordinates, axis) }));
  const resized = method.mode === 'nearest' ? takeNearest(x, placed, method) : interpolated(x, placed, method);
  if (method.coordinates === 'tf_crop_and_resize') fillOutside(resized, placed, method.extrapolation);
  return resized;
}

function takeNearest(x: Tensor, axes: readonly PlacedAxis[], { nearest }: ResizeMethod): Tensor {
  const dims = axes.map((axis) => axis.output);
  const data = allocateLike(x.data, elementCount(dims));
  const indices = axes.map((axis) => nearestIndices(nearest, axis.positions, axis));
  gatherGrid(x.data, x.dims, indices, data as { [index: number]: unknown });
  return new Tensor(x.type, dims, data);
}

function interpolated(x: Tensor, axes: readonly PlacedAxis[], method: ResizeMethod): Tensor {
  requireKind(x.type, 'number', 'X');
  const resampled = axes.flatMap((placed, axis) => {
    const taps = interpolationTaps(placed, method);
    return taps === undefined ? [] : [{ axis, output: placed.output, taps }];
  });
  const dims = axes.map((axis) => axis.output);
  const out = sampledArray(x.type, elementCount(dims));
  interpolate(numbersOf(x), x.dims, resampled, out);
  return sampledTensor(x.type, dims, out);
}

/** The taps of an interpolation along an axis; undefined if every output equals the input at its position. */
function interpolationTaps({ input, output, extent, positions }: PlacedAxis, method: ResizeMethod): Taps | undefined {
  if (input === output && isIdentity(positions)) return undefined;
  const kernel = method.mode === 'linear' ? linearKernel : cubicKernel(method.cubicCoefficient);
  const stretch = method.antialias ? Math.max(1, input / extent) : 1;
  return tapsAt(positions, input, kernel, { stretch, excludeOutside: method.excludeOutside });
}

/** Whether each position is its own index. */
function isIdentity({ wholes, fractions }: Positions): boolean {
  return wholes.every((whole, i) => whole === i && fractions[i] === 0);
}

/** Indices and weights that each output of an axis reads, the same number for each. */
export interface AxisTaps {
  readonly outputs: readonly (readonly { readonly position: number; readonly weight: number }[])[];
  readonly isIdentity: boolean;
}

/** `resizeTensor` as one table for each axis; undefined for tf_crop_and_resize, which also fills. */
export function axisTables(axes: readonly ResizedAxis[], method: ResizeMethod): readonly AxisTaps[] | undefined {
  if (method.coordinates === 'tf_crop_and_resize') return undefined;
  return axes.map((axis) => {
    const { input, output } = axis;
    const positions = originalPositions(method.coordinates, axis);
    if (method.mode === 'nearest') {
      const indices = Array.from(nearestIndices(method.nearest, positions, axis));
      const isIdentity = input === output && indices.every((index, i) => index === i);
      return { outputs: indices.map((position) => [{ position, weight: 1 }]), isIdentity };
    }
    const taps = interpolationTaps({ ...axis, positions }, method);
    if (taps === undefined) {
      const outputs = Array.from({ length: output }, (_, position) => [{ position, weight: 1 }]);
      return { outputs, isIdentity: true };
    }
    const { count, indices, weights } = taps;
    const outputs = Array.from({ length: output }, (_, o) =>
      Array.from({ length: count }, (_tap, k) => ({
        position: indices[o * count + k]!,
        weight: weights[o * count + k]!,
      })),
    );
    return { outputs, isIdentity: false };
  });
}

/** Writes `value` wherever a position is outside the original along some axis. */
function fillOutside(tensor: Tensor, axes: readonly PlacedAxis[], value: number): void {
  axes.forEach(({ input, output, positions }, axis) => {
    const { wholes, fractions } = positions;
    const isInside = (x: number) => {
      const position = wholes[x]! + fractions[x]!;
      return position >= 0 && position <= input - 1;
    };
    if (wholes.every((_, x) => isInside(x))) return;
    requireKind(tensor.type, 'ordered', 'X');
    const filler = tensorFromNumbers(tensor.type, [], [value]).data[0];
    const data = tensor.data as { [index: number]: unknown };
    const inner = elementCount(tensor.dims.slice(axis + 1));
    for (let row = 0; row * inner < tensor.size; row++) {
      if (isInside(row % output)) continue;
      for (let i = row * inner; i < (row + 1) * inner; i++) data[i] = filler;
    }
  });
}
