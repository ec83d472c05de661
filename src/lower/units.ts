/** How a matrix product is cut into work units, which threads share: what a unit reads again should still be in a cache. */

/** Floats of the left operand that a second-level cache holds beside the weights of a panel. */
const wholeFloats = 2 ** 18;
/** Of some rows of it. */
const partFloats = 2 ** 16;
/** Units that leave threads something to share. */
const manyUnits = 16;

export interface UnitSize {
  readonly rows: number;
  readonly panels: number;
}

/**
 * Where weights are many and rows few, a unit has all rows: weights, which come from memory, are read once. Else it has as many
 * rows as stay in the cache, and all panels if that leaves enough units.
 * @param rowFloats of the left operand
 * @param step rows are a multiple of it
 */
export function unitOf(rows: number, rowFloats: number, weights: number, panels: number, step: number): UnitSize {
  if (rows * rowFloats <= Math.min(wholeFloats, weights)) return { rows, panels: Math.ceil(panels / manyUnits) };
  const fitting = Math.floor(Math.min(partFloats / rowFloats, rows / manyUnits) / step) * step;
  const together = Math.max(step, fitting);
  const units = Math.ceil(rows / together);
  return { rows: together, panels: units >= manyUnits / 2 ? panels : Math.ceil((panels * units) / manyUnits) };
}
