/** Means and variances over some axes of a tensor, and normalization by them, in float64. */

import { defineProblem, fail } from '../../diagnostics.js';
import { type ElementType, elementTypeFromCode, isFloat } from '../../ir/element-type.js';
import { type NumberArray, numbersOf } from '../../ir/numeric.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { broadcastIndices } from '../broadcast.js';

/** Groups of elements that share a mean: those that differ only along the reduced axes. */
export interface Groups {
  /** The shape with reduced axes of size 1; each of its elements is a group. */
  readonly dims: readonly number[];
  readonly count: number;
  /** Elements in each group. */
  readonly length: number;
  /** The group of every element. */
  readonly of: Uint32Array;
}

export function groupsOver(dims: readonly number[], reduced: readonly number[]): Groups {
  const kept = dims.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  const length = elementCount(reduced.map((axis) => dims[axis]!));
  return { dims: kept, count: elementCount(kept), length, of: broadcastIndices(kept, dims) };
}

export function meanOf(x: NumberArray, groups: Groups): Float64Array {
  const sums = new Float64Array(groups.count);
  for (let i = 0; i < x.length; i++) sums[groups.of[i]!]! += x[i]!;
  return sums.map((sum) => sum / groups.length);
}

export function meanSquareOf(x: NumberArray, groups: Groups): Float64Array {
  const sums = new Float64Array(groups.count);
  for (let i = 0; i < x.length; i++) sums[groups.of[i]!]! += x[i]! * x[i]!;
  return sums.map((sum) => sum / groups.length);
}

/** Population variance: the mean squared difference from the mean. */
export function varianceOf(x: NumberArray, groups: Groups, mean: Float64Array): Float64Array {
  return meanSquareOf(minusMean(x, groups, mean), groups);
}

export function minusMean(x: NumberArray, groups: Groups, mean: Float64Array): Float64Array {
  return new Float64Array(x).map((value, i) => value - mean[groups.of[i]!]!);
}

export interface Standardized {
  /** (x − mean) / √(variance + epsilon). */
  readonly values: Float64Array;
  readonly mean: Float64Array;
  /** 1 / √(variance + epsilon). */
  readonly inverseDeviation: Float64Array;
}

export function standardize(x: NumberArray, groups: Groups, epsilon: number): Standardized {
  const mean = meanOf(x, groups);
  const values = minusMean(x, groups, mean);
  const inverseDeviation = meanSquareOf(values, groups).map((variance) => 1 / Math.sqrt(variance + epsilon));
  for (let i = 0; i < values.length; i++) values[i]! *= inverseDeviation[groups.of[i]!]!;
  return { values, mean, inverseDeviation };
}

/** values · scale + shift in place; both are broadcast to `dims`. */
export function scaleAndShift(values: Float64Array, dims: readonly number[], scale: Tensor, shift?: Tensor): void {
  const factors = numbersOf(scale);
  const factorOf = broadcastIndices(scale.dims, dims);
  for (let i = 0; i < values.length; i++) values[i]! *= factors[factorOf[i]!]!;
  if (shift === undefined) return;
  const addends = numbersOf(shift);
  const addendOf = broadcastIndices(shift.dims, dims);
  for (let i = 0; i < values.length; i++) values[i]! += addends[addendOf[i]!]!;
}

const stashTypeUnknown = defineProblem('US1304', { code: 'integer' }, ({ code }) => ({
  message: "the attribute 'stash_type' does not name a float type",
  value: 'stash_type',
  expected: '1 (float32) or 16 (bfloat16)',
  actual: String(code),
}));

/** The element type of saved statistics, which the attribute stash_type names. */
export function stashElementType(code: number): ElementType {
  const type = elementTypeFromCode(code);
  if (type === undefined || !isFloat(type)) {
    fail(stashTypeUnknown({ code }));
  }
  return type;
}
