/**
 * Products by a level of Strassen's algorithm: which ones it fits, what it saves, and its kernel in place of that of plain products,
 * whose packed weights it reads. Bits depend on where rows are halved, so `strict` does not take it.
 */
import type { ConvolutionParams, OutputAxis, TileSize } from '../wasm/kernels/convolution.js';
import { product } from '../wasm/kernels/kernel.js';
import { type ColumnPlace, type StrassenParams, strassenScratch } from '../wasm/kernels/strassen-params.js';
import type { View } from '../wasm/kernels/views.js';
import type { Costs } from './context/cost-tables.js';
import type { Size } from './context/tensor.js';

/** Products of one input. */
export interface ProductShape {
  readonly images: number;
  /** Pixels of an image; a matrix has rows of one. */
  readonly height: number;
  readonly width: number;
  readonly sum: number;
  readonly columns: number;
  readonly count: number;
}

/** Pixels of a half of a unit at most: more do not stay in the cache with their sums. */
const mostPixels = 192;
/** What the sums of weights of a unit take, in its pixels. */
const panelSums = 4;
/** Units that leave threads something to share. */
const manyUnits = 24;
/** The share of multiplications that is saved, less what more and shorter sums take. */
const savedShare = 0.1;
/** How many more times a tile begins and ends for an output. */
const moreTiles = 3;
/** Nanoseconds that code of its own has to save, which is compiled in each process. */
const codeCost = 20_000;

/** Nanoseconds that are saved, which may be less than none; undefined where the sizes do not fit. */
export function savedByStrassen(costs: Costs, tile: TileSize, shape: ProductShape): number | undefined {
  const { images, height, width, sum, count } = shape;
  const halves = count % 2 === 0 ? 1 : 2;
  if (height * width < 2 || sum % 16 !== 0 || shape.columns % (halves * tile.columns) !== 0) return undefined;
  const rows = images * height * width;
  const columns = shape.columns * count;
  const { bands } = height === 1 ? halfOf(width, 1, tile) : halfOf(height, width, tile);
  const multiplication = costs.direct[tile.columns === 16 ? 0 : 1];
  // Sums of quarters are made like Winograd's smallest transforms of inputs; those of pixels leave the second-level cache.
  const additions = (2 * rows * sum + images * bands * sum * columns) * costs.inputs[0];
  return rows * columns * (sum * multiplication * savedShare - moreTiles * costs.tile) - additions - codeCost;
}

/** The rows of a half of a unit with which all units are expected to take the least time, and the number of units. */
function halfOf(height: number, width: number, tile: TileSize): { readonly rows: number; readonly bands: number } {
  const tiles = (pixels: number) => Math.ceil(pixels / tile.pixels) * tile.pixels;
  const time = (rows: number) => (rows === 0 ? 0 : (7 / 4) * tiles(Math.ceil(rows / 2) * width) + panelSums);
  let [rows, least] = [1, Number.POSITIVE_INFINITY];
  for (let half = 1; half === 1 || half <= Math.min(Math.ceil(height / 2), mostPixels / width); half++) {
    const all = Math.floor(height / half / 2) * time(half * 2) + time(height % (half * 2));
    if (all < least) [rows, least] = [half, all];
  }
  return { rows, bands: Math.ceil(height / rows / 2) };
}

interface Phase {
  readonly height: { readonly size: number };
  readonly width: { readonly size: number };
}

/** Floats of a unit's output that stay in the cache until they are in another order. */
export const mostOrdered = 2 ** 17;

/**
 * Whether units bring rows of the phases of pixels into ONNX order: where they are so many that each may have all columns, and rows of
 * the output have gaps between those of a phase.
 */
export function canOrder(tile: TileSize, { height, width }: Phase, output: Size): boolean {
  const { rows, bands } = halfOf(height.size, width.size, tile);
  const phases = output.height / height.size;
  const unitFloats = 2 * rows * phases * output.width * output.channels;
  return phases > 1 && output.depth === 1 && output.images * bands >= manyUnits && unitFloats <= mostOrdered;
}

/** Floats of a thread's scratch at most, however rows lie in memory. */
export function mostScratch({ sum, width }: Pick<ProductShape, 'sum' | 'width'>, tile: TileSize): number {
  return strassenScratch({ channels: sum, width: { size: Math.max(mostPixels, width) }, tile, unit: { rows: 1 } });
}

/** A plain product, and how far its pointers are from the kernel's: input, weights, bias, output, operands. */
export interface PlainProduct {
  readonly params: ConvolutionParams;
  readonly offsets: readonly number[];
}

/** What the kernel is emitted for in place of products that it fits. */
export function strassenParams(products: readonly PlainProduct[], ordered?: View): StrassenParams {
  const [{ params }] = products as readonly [PlainProduct];
  const { outer, bias, epilogue, tile, sum } = params;
  const channels = sum.at(-1)!.size;
  const placeOf = ({ offsets: [, weights, shift, ...outputs] }: PlainProduct, first = 0): ColumnPlace => ({
    weights: weights! + first * channels,
    bias: shift! + first,
    outputs: outputs.map((output) => output + first),
  });
  const pairs = products.length / 2;
  const isPaired = Number.isInteger(pairs);
  const columns = isPaired ? params.columns : params.columns / 2;
  const [height, width] = withoutGaps(params);
  const { rows, bands } = halfOf(height.size, width.size, tile);
  return {
    ...{ outer, height, width, bias, tile, channels, columns },
    ...(epilogue === undefined ? {} : { epilogue }),
    halves: isPaired
      ? products.slice(pairs).map((other, i) => [placeOf(products[i]!), placeOf(other)])
      : products.map((one) => [placeOf(one), placeOf(one, columns)]),
    ...(ordered && { ordered }),
    unit: { rows, shares: Math.ceil(manyUnits / (product(outer.map(({ size }) => size)) * bands)) },
  };
}

/** Rows of pixels that follow one another without a gap are one row, whose pixels are rows. */
function withoutGaps({
  height,
  width,
}: Pick<ConvolutionParams, 'height' | 'width'>): readonly [OutputAxis, OutputAxis] {
  const strides = ({ input, output, operands = [] }: OutputAxis) => [input, output, ...operands];
  const pixel = strides(width);
  const follow = strides(height).every((row, i) => row === pixel[i]! * width.size);
  const isOne = width.size > 1 && (height.size === 1 || follow);
  return isOne
    ? [
        { ...width, size: height.size * width.size },
        { ...width, size: 1 },
      ]
    : [height, width];
}
