import type { Grid } from './grid.js';

/**
 * The side of a cell in pixels: so large that the grids fit the width, and no larger than is good to look at.
 * @param hasValues whether numbers stand in the cells
 */
export function cellSize(grids: readonly Grid[], isStacked: boolean, hasValues: boolean): number {
  const columns = grids.map(({ rows }) => rows[0]?.length ?? 0);
  const total = columns.reduce((sum, count) => sum + count, 0);
  const beside = Math.floor((720 - grids.length * 45 - (grids.length - 1) * 52) / Math.max(1, total));
  const below = Math.floor(660 / Math.max(1, ...columns));
  const least = hasValues ? 34 : 13;
  const largest = hasValues ? 40 : 32;
  return Math.max(least, Math.min(largest, isStacked || beside < least ? below : beside));
}
