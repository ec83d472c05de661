/** How a matrix product is cut into work units, which threads share: what a unit reads again should still be in a cache. */

/** Floats of the left operand that a second-level cache holds beside the weights of a panel. */
const wholeFloats = 2 ** 18;
/** Weights that no such cache holds. */
const manyWeights = 2 ** 18;
/** Of some rows of the left operand. */
const partFloats = 2 ** 16;
/** Units that leave threads something to share. */
const manyUnits = 16;

export interface UnitSize {
  readonly rows: number;
  readonly panels: number;
}

/** The unit of a product with few rows and many weights: all rows, so that weights, which come from memory, are read once. */
export function wholeUnit(rows: number, rowFloats: number, weights: number, panels: number): UnitSize | undefined {
  const isWhole = weights >= manyWeights && rows * rowFloats <= Math.min(wholeFloats, weights);
  return isWhole ? { rows, panels: Math.ceil(panels / manyUnits) } : undefined;
}

/**
 * All rows where these are few; else as many as stay in the cache, and all panels if that leaves enough units.
 * @param rowFloats of the left operand
 * @param step rows are a multiple of it
 */
export function unitOf(rows: number, rowFloats: number, weights: number, panels: number, step: number): UnitSize {
  const whole = wholeUnit(rows, rowFloats, weights, panels);
  if (whole !== undefined) return whole;
  const fitting = Math.floor(Math.min(partFloats / rowFloats, rows / manyUnits) / step) * step;
  const together = Math.max(step, fitting);
  const units = Math.ceil(rows / together);
  return { rows: together, panels: units >= manyUnits / 2 ? panels : Math.ceil((panels * units) / manyUnits) };
}
