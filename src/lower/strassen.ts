/**
 * Products by a level of Strassen's algorithm: which ones it fits, and what it saves. Bits depend on where rows are halved, so `strict`
 * does not take it.
 */
import type { TileSize } from '../wasm/kernels/convolution.js';
import { halfOf, manyUnits, mostPixels, strassenScratch } from '../wasm/kernels/strassen-params.js';
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
