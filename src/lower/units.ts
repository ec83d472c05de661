/** How a matrix product is cut into work units, which threads share: what a unit reads again should still be in a cache. */

import type { ConvolutionParams, TileSize } from '../wasm/kernels/convolution.js';

/** Floats of the left operand that a second-level cache holds beside the weights of a panel. */
const wholeFloats = 2 ** 18;
/** Weights that no such cache holds. */
const manyWeights = 2 ** 18;
/** Weights that come from memory however large the last cache is. */
const memoryWeights = 2 ** 23;
/** Of some rows of the left operand. */
const partFloats = 2 ** 17;
/** Units that leave threads something to share. */
const manyUnits = 16;

/**
 * The tile of a product. Three or four rows of very many weights go two at a time: sums of two panels fit into registers then, whose
 * weights come from two places in memory, and the rows after them find them in the cache.
 */
export function tileOf(tile: TileSize, rows: number, weights: number): TileSize {
  return rows > 2 && rows <= 4 && weights >= memoryWeights ? { ...tile, pixels: 2 } : tile;
}

export type UnitSize = NonNullable<ConvolutionParams['unit']>;

/** The unit of a product with few rows and many weights: all rows, so that weights, which come from memory, are read once. */
export function wholeUnit(rows: number, rowFloats: number, weights: number, panels: number): UnitSize | undefined {
  const isWhole = weights >= manyWeights && rows * rowFloats <= Math.min(wholeFloats, weights);
  return isWhole ? { rows, panels: Math.ceil(panels / manyUnits) } : undefined;
}

/** As many rows of the left operand as a second-level cache holds beside a panel, at least one and at most `most`. */
export function fittingRows(rowFloats: number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(wholeFloats / rowFloats)));
}

/**
 * All rows where these are few; else as many as stay in the cache, and all panels if that leaves enough units.
 * @param rowFloats of the left operand
 * @param step rows are a multiple of it
 * @param hasOperand whether the epilogue reads a tensor as large as the result
 */
export function unitOf(
  rows: number,
  rowFloats: number,
  weights: number,
  panels: number,
  step: number,
  hasOperand = false,
): UnitSize {
  const whole = wholeUnit(rows, rowFloats, weights, panels);
  if (whole !== undefined) return whole;
  const fitting = Math.floor(Math.min(partFloats / rowFloats, rows / manyUnits) / step) * step;
  const together = Math.max(step, fitting);
  const units = Math.ceil(rows / together);
  const unit = { rows: together, panels: units >= manyUnits / 2 ? panels : Math.ceil((panels * units) / manyUnits) };
  return hasOperand ? unitWithOperand(unit, weights / panels) : unit;
}

/** Floats of weights that a second-level cache holds beside a few pixels. */
const readAgain = 2 ** 17;

/**
 * The unit of a product whose epilogue reads a tensor as large as the result. Tile after tile takes its turn with several panels:
 * what is read and written then lies side by side, which processors see coming.
 * @param panelFloats weights of a panel
 */
export function unitWithOperand(unit: UnitSize, panelFloats: number): UnitSize {
  const panels = Math.min(unit.panels, Math.floor(readAgain / panelFloats));
  return panels < 2 ? unit : { ...unit, panels, isTileFirst: true };
}
