/** What the kernel of Strassen's products is emitted for, and the scratch that it needs. */
import type { ConvolutionParams, TileSize } from './convolution.js';
import type { View } from './views.js';

/** Where a half of the columns is, in floats. */
export interface ColumnPlace {
  readonly weights: number;
  readonly bias: number;
  /** Of the output and the operands. */
  readonly outputs: readonly number[];
}

export interface StrassenParams
  extends Pick<ConvolutionParams, 'outer' | 'height' | 'width' | 'bias' | 'epilogue' | 'tile'> {
  /** Length of the sum, a multiple of 16. */
  readonly channels: number;
  /** Columns of a half, a multiple of a panel's. */
  readonly columns: number;
  /** Pairs of halves: of one product, or of several products of the same input. */
  readonly halves: readonly (readonly [ColumnPlace, ColumnPlace])[];
  /** Rows of a half of a unit, and how many units share the columns. */
  readonly unit: { readonly rows: number; readonly shares: number };
  /**
   * Set where the output is wanted in ONNX order: the output as it would be in memory of its own, without a halo. A unit has all
   * columns of its rows then, and makes them in scratch, after `strassenScratch`; images are the only axis around.
   */
  readonly ordered?: View;
}

/** Plain products of one input, which the kernel computes in place of theirs: from their packed weights. */
export interface StrassenProducts extends Pick<StrassenParams, 'ordered'> {
  /** All of them, but for where they are. */
  readonly product: ConvolutionParams;
  /** How far the pointers of each are from the kernel's: input, weights, bias, output, operands. */
  readonly offsets: readonly (readonly number[])[];
}

/** Pixels of a half of a unit at most: more do not stay in the cache with their sums. */
export const mostPixels = 192;
/** What the sums of weights of a unit take, in its pixels. */
const panelSums = 4;
/** Units that leave threads something to share. */
export const manyUnits = 24;
/** The rows of a half of a unit with which all units are expected to take the least time, and the number of units. */
export function halfOf(
  height: number,
  width: number,
  tile: TileSize,
): { readonly rows: number; readonly bands: number } {
  const tiles = (pixels: number) => Math.ceil(pixels / tile.pixels) * tile.pixels;
  const time = (rows: number) => (rows === 0 ? 0 : (7 / 4) * tiles(Math.ceil(rows / 2) * width) + panelSums);
  let [rows, least] = [1, Number.POSITIVE_INFINITY];
  for (let half = 1; half === 1 || half <= Math.min(Math.ceil(height / 2), mostPixels / width); half++) {
    const all = Math.floor(height / half / 2) * time(half * 2) + time(height % (half * 2));
    if (all < least) [rows, least] = [half, all];
  }
  return { rows, bands: Math.ceil(height / rows / 2) };
}

/** Floats between matrices of scratch, so that their rows are not in the same places of a cache. */
const gap = 32;
/** Of zeros that scratch begins with, as many as a panel has columns, and of all that comes before the matrices. */
export const zeroFloats = 16;
const headerFloats = 32;

interface Sizes extends Pick<StrassenParams, 'channels' | 'tile'> {
  readonly width: { readonly size: number };
  readonly unit: { readonly rows: number };
}

/** Where matrices are in scratch: three of sums between, then four of panels and four of the input, so many floats each. */
export function strassenPlaces({ channels, width, tile, unit }: Sizes) {
  const pixels = unit.rows * width.size;
  const matrix = pixels * tile.columns + gap;
  const panel = (channels / 2) * tile.columns;
  const rows = (pixels * channels) / 2 + gap;
  const panels = headerFloats + 3 * matrix;
  const sums = panels + 4 * panel + gap;
  return { betweens: headerFloats, matrix, panels, panel, sums, rows, end: sums + 4 * rows };
}

/** Floats of a thread's scratch. */
export function strassenScratch(params: Sizes): number {
  return strassenPlaces(params).end;
}
