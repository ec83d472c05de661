/** Interpolation along one axis as taps: the elements that each output reads, with weights. */
import type { Positions } from './coordinates.js';

/** A function of the distance to a sample, zero from `radius` on. */
export interface InterpolationKernel {
  readonly radius: number;
  weight(distance: number): number;
}

export const linearKernel: InterpolationKernel = {
  radius: 1,
  weight: (distance) => Math.max(0, 1 - Math.abs(distance)),
};

/** Cubic convolution with the coefficient `a` (Keys 1981, equation 4). */
export function cubicKernel(a: number): InterpolationKernel {
  return {
    radius: 2,
    weight: (distance) => {
      const t = Math.abs(distance);
      if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
      return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
    },
  };
}

/** `count` taps for each output, one output after another. */
export interface Taps {
  readonly count: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

export interface TapOptions {
  /** Antialiasing: widens the kernel by this factor, at least 1, and normalizes the weights to sum 1. */
  readonly stretch: number;
  /** Drops taps outside the axis instead of repeating its ends, and normalizes the weights to sum 1. */
  readonly excludeOutside: boolean;
}

/** The taps for an axis of `input` elements at `positions`. Weights depend only on the fractions. */
export function tapsAt(
  { wholes, fractions }: Positions,
  input: number,
  kernel: InterpolationKernel,
  { stretch, excludeOutside }: TapOptions,
): Taps {
  const reach = kernel.radius * stretch;
  const count = wholes.length === 0 ? 0 : Math.ceil(2 * reach);
  const indices = new Int32Array(wholes.length * count);
  const weights = new Float64Array(wholes.length * count);
  wholes.forEach((whole, o) => {
    const fraction = fractions[o]!;
    const first = Math.floor(fraction - reach) + 1;
    const start = o * count;
    for (let k = 0; k < count; k++) {
      const i = whole + first + k;
      const isOutside = i < 0 || i >= input;
      indices[start + k] = Math.max(0, Math.min(i, input - 1));
      weights[start + k] = isOutside && excludeOutside ? 0 : kernel.weight((first + k - fraction) / stretch);
    }
    if (stretch > 1 || excludeOutside) normalize(weights.subarray(start, start + count));
  });
  return { count, indices, weights };
}

function normalize(weights: Float64Array): void {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum !== 0) for (let k = 0; k < weights.length; k++) weights[k]! /= sum;
}
