/** How products from weights that are not transformed beforehand share their work, and the memory that it takes beside the operands. */
import { panelsOf } from '../convolution.js';
import { roundUp } from '../kernel.js';
import { readableAfter } from '../views.js';
import type { Filtering } from './matrices.js';
import { conflictFreeStride, filtersOf, sumLength, takesRawWeights, type WinogradProductsParams } from './tiling.js';

/** Floats of transformed weights that stay in a cache while tiles are multiplied with them: half a mebibyte and a little. */
const mostFloats = 140_000;

export function pointStride(params: WinogradProductsParams): number {
  return conflictFreeStride(sumLength(params) * params.tile.columns);
}

/** Panels whose weights are transformed together: the tiles are read once for all of them. */
export function panelsTogether(params: WinogradProductsParams): number {
  const { wide } = filtersOf(params.filter);
  const count = panelsOf(params.columns, params.tile).length;
  const fitting = Math.max(1, Math.floor(mostFloats / (wide.points * pointStride(params))));
  return Math.ceil(count / Math.ceil(count / fitting));
}

/** Floats of scratch that each thread needs: the transformed weights of a row of points. */
export function panelProductsScratch(params: WinogradProductsParams): number {
  if (takesRawWeights(params.filter)) return rawProductsScratch(params);
  const { wide } = filtersOf(params.filter);
  return wide.points * panelsTogether(params) * pointStride(params);
}

/** Factors of the second tap at each point, which is at the point itself; the first point is 0, the last is infinity. */
function secondFactors({ weightTransform, points }: Filtering): number[] {
  return weightTransform.map((row, i) => (i === 0 || i === points - 1 ? 0 : row[1]! / row[0]!));
}

/** Floats from the start of the scratch, where the factors of both axes are, to the weights of a point. */
export function factorRoom({ filter }: WinogradProductsParams): number {
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

/** Whether storing the weights of a point is worth it: they are multiplied more than once, and are more than plain sums. */
export function areStored(params: WinogradProductsParams): boolean {
  return tileCount(params.parts) > params.tile.pixels && !isPlain(params);
}

function tileCount(parts: WinogradProductsParams['parts']): number {
  return parts.reduce((sum, { tiles }) => sum + tiles, 0);
}

/**
 * Terms that all points of a panel take in turns where tiles are few: the first to read weights brings them from memory, the others find
 * them in the nearest cache, and processors go on reading ahead meanwhile. Their lines, of each tap, divide a page.
 */
export const termsInTurns = 16;

/** Whether points take turns; weights that are stored are multiplied at once. */
export function areInTurns({ parts, tile }: WinogradProductsParams): boolean {
  return tileCount(parts) <= tile.pixels;
}

/** Units of a panel of raw weights: rows of points, or one where these take turns. */
export function unitsOfPanel(params: WinogradProductsParams): number {
  return areInTurns(params) ? 1 : filtersOf(params.filter).high.points;
}

/** The same where weights of at most two taps are added up as they are. */
function rawProductsScratch(params: WinogradProductsParams): number {
  return factorRoom(params) + (areStored(params) ? sumLength(params) * params.tile.columns + readableAfter : 0);
}
