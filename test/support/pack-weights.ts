/** Weights in the order that kernels read them, the plain way: what the packing code is held to. */
import { type HalfFloat, narrowToHalves, widenHalves } from '../../src/ir/half-floats.js';
import { panelsOf, type TileSize } from '../../src/wasm/kernels/convolution.js';
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

/** The power of two that brings a number to what float16 has at its upper end. */
function scaleFor(largest: number): number {
  return largest === 0 ? 1 : 2 ** (15 - Math.max(-127, Math.floor(Math.log2(largest))));
}

/** Numbers as weights of 16 bits have them, by the size of the largest of their tensor. */
export function roundedWeights(type: HalfFloat, weights: Float32Array, largest: number): Float32Array {
  // Half of it: rounded up, the largest would be infinite.
  const scale = type === 'float16' ? scaleFor(largest) / 2 : 1;
  const scaled = weights.map((weight) => weight * scale);
  const rounded = new Float32Array(weights.length);
  widenHalves(type, narrowToHalves(type, scaled), rounded);
  const least = type === 'float16' ? 2 ** -15 : 0;
  return rounded.map((weight) => (Math.abs(weight) < least ? 0 : weight / scale));
}

/** The bits of panels of 16 bits, in words: column i of n in the low half, column i + n/2 in the high one. */
export function packHalfWeights(
  type: HalfFloat,
  largest: number,
  sumLength: number,
  columns: number,
  tile: TileSize,
  weightAt: (k: number, column: number) => number,
): Float32Array {
  const scale = type === 'float16' ? scaleFor(largest) : 1;
  const words: number[] = [];
  for (const panel of panelsOf(columns, tile)) {
    const half = panel.columns / 2;
    const at = (k: number, j: number) => (panel.first + j < columns ? weightAt(k, panel.first + j) * scale : 0);
    if (type === 'float16') {
      const header = new Float32Array(half);
      header[0] = 2 ** 112 / scale;
      words.push(...new Uint32Array(header.buffer));
    }
    for (let k = 0; k < sumLength; k++) {
      const row = Float32Array.from({ length: panel.columns }, (_, j) => at(k, j));
      const bits = narrowToHalves(type, row).map((word, j) =>
        type === 'float16' && Math.abs(row[j]!) < 2 ** -14 ? word & 0x8000 : word,
      );
      for (let j = 0; j < half; j++) words.push(((bits[j + half]! << 16) | bits[j]!) >>> 0);
    }
  }
  return new Float32Array(Uint32Array.from(words).buffer);
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

/** Weights in panels, of each a tap after another, in the order in which points take turns with them. */
export function inTurns(
  packed: Float32Array,
  { taps, channels, columns, tile, turns }: TurnsShape,
): Float32Array<ArrayBuffer> {
  const panels = panelsOf(columns, tile);
  const ordered: number[] = [];
  for (let unit = 0; unit < panels.length; unit += turns.panels) {
    for (let first = 0; first < channels; first += turns.channels) {
      for (const panel of panels.slice(unit, unit + turns.panels)) {
        for (let channel = first; channel < Math.min(channels, first + turns.channels); channel++) {
          for (let tap = 0; tap < taps; tap++) {
            const at = panel.first * taps * channels + (tap * channels + channel) * panel.columns;
            ordered.push(...packed.subarray(at, at + panel.columns));
          }
        }
      }
    }
  }
  return Float32Array.from(ordered);
}

interface TurnsShape {
  readonly taps: number;
  readonly channels: number;
  readonly columns: number;
  readonly tile: Pick<TileSize, 'columns'>;
  readonly turns: { readonly channels: number; readonly panels: number };
}
