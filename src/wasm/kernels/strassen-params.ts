/** What the kernel of Strassen's products is emitted for, and the scratch that it needs. */
import type { ConvolutionParams } from './convolution.js';
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
