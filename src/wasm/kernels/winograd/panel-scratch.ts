/** How products from weights that are not transformed beforehand share their work, and the memory that it takes beside the operands. */
import { panelsOf } from '../convolution.js';
import { roundUp } from '../kernel.js';
import type { Filtering } from './matrices.js';
import { conflictFreeStride, filtersOf, sumLength, takesRawWeights, type WinogradProductsParams } from './tiling.js';

/** Floats of transformed weights that stay in a cache while tiles are multiplied with them: half a mebibyte and a little. */
const mostFloats = 140_000;

/** Units, rows of points of some panels, that leave threads something to share. */
const manyUnits = 4;

export function pointStride(params: WinogradProductsParams): number {
  return conflictFreeStride(sumLength(params) * params.tile.columns);
}

/** Panels whose weights are transformed together: the tiles are read once for all of them. */
export function panelsTogether(params: WinogradProductsParams): number {
  const { high, wide } = filtersOf(params.filter);
  const count = panelsOf(params.columns, params.tile).length;
  const fitting = Math.max(1, Math.floor(mostFloats / (wide.points * pointStride(params))));
  const groups = Math.max(Math.ceil(count / fitting), Math.ceil(manyUnits / high.points));
  return Math.ceil(count / Math.min(count, groups));
}

/** Floats of scratch that each thread needs: the transformed weights of a row of points. */
export function panelProductsScratch(params: WinogradProductsParams): number {
  if (takesTurns(params)) return factorRoom(params);
  const { wide } = filtersOf(params.filter);
  return wide.points * panelsTogether(params) * pointStride(params);
}

/** Factors of the second tap at each point, which is at the point itself; the first point is 0, the last is infinity. */
function secondFactors({ weightTransform, points }: Filtering): number[] {
  return weightTransform.map((row, i) => (i === 0 || i === points - 1 ? 0 : row[1]! / row[0]!));
}

/** Floats of the factors of both axes. */
function factorRoom({ filter }: WinogradProductsParams): number {
  const { high, wide } = filtersOf(filter);
  return roundUp(high.points + wide.points, 16);
}

/** Factors of the second taps at the points of each axis. */
export function factorsOf({ filter }: WinogradProductsParams): {
  readonly high: readonly number[];
  readonly wide: readonly number[];
} {
  const { high, wide } = filtersOf(filter);
  return { high: secondFactors(high), wide: secondFactors(wide) };
}

/** Whether points are sums without factors. */
export function isPlain(params: WinogradProductsParams): boolean {
  const { high, wide } = factorsOf(params);
  return [...high, ...wide].every((factor) => factor === 0 || factor === 1);
}

/** Terms that all points of a panel take in turns. Their lines, of each tap, divide a page. */
export const termsInTurns = 16;

/**
 * Whether points take turns with raw weights, of which each is the sum of few: where tiles are so few that a product goes over all of
 * them at once, so that sums are made in registers. The first point that reads weights brings them from memory, the others find them in
 * the nearest cache, and processors go on reading ahead meanwhile.
 */
export function takesTurns({ filter, parts, tile }: WinogradProductsParams): boolean {
  return takesRawWeights(filter) && parts.reduce((sum, { tiles }) => sum + tiles, 0) <= tile.pixels;
}
