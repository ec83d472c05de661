/** Weights in the order that kernels read them, the plain way: what the packing code is held to. */
import { panelsOf } from '../../src/wasm/kernels/convolution.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import { smallNLanes } from '../../src/wasm/kernels/tile.js';
import { type Filtering, filtering } from '../../src/wasm/kernels/winograd/matrices.js';
import { sumLength, type WinogradShape, winogradWeightsSize } from '../../src/wasm/kernels/winograd/tiling.js';

/**
 * Weights of a small-N convolution: tap by tap, so many channels at a time, column by column.
 * @param weightAt the weight of a tap (in the order of `sum`), a channel and a column.
 */
export function packSmallNWeights(
  tier: Tier,
  taps: number,
  channels: number,
  columns: number,
  weightAt: (tap: number, channel: number, column: number) => number,
): Float32Array {
  const lanes = smallNLanes(tier);
  const steps = Math.ceil(channels / lanes);
  const packed = new Float32Array(taps * steps * columns * lanes);
  let position = 0;
  for (let tap = 0; tap < taps; tap++) {
    for (let step = 0; step < steps; step++) {
      for (let column = 0; column < columns; column++) {
        for (let lane = 0; lane < lanes; lane++, position++) {
          const channel = step * lanes + lane;
          if (channel < channels) packed[position] = weightAt(tap, channel, column);
        }
      }
    }
  }
  return packed;
}

/**
 * The weights, transformed in double precision: point by point, in panels as for a matrix product.
 * @param weightAt the weight of a tap, a term of the sum (slices of input channels) and an output channel.
 */
export function packWinogradWeights(
  params: WinogradShape,
  weightAt: (tapY: number, tapX: number, term: number, column: number) => number,
): Float32Array {
  const { filter, columns, tile } = params;
  const terms = sumLength(params);
  const [high, wide] = [filter.height, filter.width].map(({ outputs, taps, like = outputs }) =>
    filtering(like, taps),
  ) as [Filtering, Filtering];
  const panels = panelsOf(columns, tile);
  const packed = new Float32Array(winogradWeightsSize(params));
  const taps = new Float64Array(high.taps * wide.taps);
  const half = new Float64Array(high.points * wide.taps);
  const pointSize = terms * panels.reduce((sum, panel) => sum + panel.columns, 0);
  for (const panel of panels) {
    const width = Math.min(panel.columns, columns - panel.first);
    for (let term = 0; term < terms; term++) {
      for (let j = 0; j < width; j++) {
        for (let y = 0; y < high.taps; y++) {
          for (let x = 0; x < wide.taps; x++) taps[y * wide.taps + x] = weightAt(y, x, term, panel.first + j);
        }
        half.fill(0);
        for (let p = 0; p < high.points; p++) {
          for (let y = 0; y < high.taps; y++) {
            const factor = high.weightTransform[p]![y]!;
            for (let x = 0; x < wide.taps; x++) half[p * wide.taps + x]! += factor * taps[y * wide.taps + x]!;
          }
        }
        const at = panel.first * terms + term * panel.columns + j;
        for (let p = 0; p < high.points; p++) {
          for (let q = 0; q < wide.points; q++) {
            let sum = 0;
            for (let x = 0; x < wide.taps; x++) sum += wide.weightTransform[q]![x]! * half[p * wide.taps + x]!;
            packed[(p * wide.points + q) * pointSize + at] = sum;
          }
        }
      }
    }
  }
  return packed;
}
