/**
 * Loops over tensors that are broadcast to one shape. Adjacent axes that are contiguous in every operand are merged, so
 * that mostly one long run remains: equal shapes, scalars and per-channel values need no index arithmetic per element.
 */

import { rowMajorStrides } from '../../ir/tensor.js';
import { broadcastDims } from '../broadcast.js';

/** A run of consecutive elements of the result. The object is reused, so it is valid only during the visit. */
export interface Run {
  /** The first element of the result. */
  readonly start: number;
  readonly length: number;
  /** The first element of the run in each operand. */
  readonly from: readonly number[];
  /** The stride of the run in each operand; 0 repeats one element. */
  readonly step: readonly number[];
}

/** Strides along each axis of `to` in a tensor of shape `from` that is broadcast to it. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = rowMajorStrides(from);
  const offset = to.length - from.length;
  return to.map((_, axis) => (axis < offset || from[axis - offset] === 1 ? 0 : strides[axis - offset]!));
}

/** Visits every element of the common shape in order, and returns that shape. */
export function forEachBroadcastRun(shapes: readonly (readonly number[])[], visit: (run: Run) => void): number[] {
  const dims = broadcastDims(...shapes);
  forEachRun(
    dims,
    shapes.map((shape) => broadcastStrides(shape, dims)),
    visit,
  );
  return dims;
}

/** Visits every element of shape `dims` in order; `strides` has, for each operand, its stride along each axis. */
export function forEachRun(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (run: Run) => void,
): void {
  if (dims.includes(0)) return;
  const { sizes, steps } = mergeAxes(dims, strides);
  const length = sizes[0]!;
  const from = strides.map(() => 0);
  const run = { start: 0, length, from, step: steps.map((step) => step[0]!) };
  const position = new Array<number>(sizes.length).fill(0);
  for (;;) {
    visit(run);
    run.start += length;
    let axis = 1;
    while (axis < sizes.length && ++position[axis]! === sizes[axis]) {
      for (let k = 0; k < from.length; k++) from[k]! -= steps[k]![axis]! * (sizes[axis]! - 1);
      position[axis] = 0;
      axis++;
    }
    if (axis >= sizes.length) return;
    for (let k = 0; k < from.length; k++) from[k]! += steps[k]![axis]!;
  }
}

/** Sizes and strides with adjacent axes merged, innermost first; at least one axis. */
function mergeAxes(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
): { readonly sizes: readonly number[]; readonly steps: readonly (readonly number[])[] } {
  const sizes: number[] = [];
  const steps = strides.map((): number[] => []);
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && strides.every((stride, k) => stride[axis] === steps[k]![last]! * sizes[last]!)) {
      sizes[last]! *= dims[axis]!;
    } else {
      sizes.push(dims[axis]!);
      strides.forEach((stride, k) => {
        steps[k]!.push(stride[axis]!);
      });
    }
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const step of steps) step.push(0);
  }
  return { sizes, steps };
}
