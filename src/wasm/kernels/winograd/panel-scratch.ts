/** How products from weights that are not transformed beforehand share their work, and the memory that it takes beside the operands. */
import { panelsOf } from '../convolution.js';
import { roundUp } from '../kernel.js';
import {
  chunk,
  conflictFreeStride,
  filtersOf,
  sumLength,
  takesRawWeights,
  type WinogradProductsParams,
} from './tiling.js';

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
  if (params.inTurns) return factorRoom(params);
  const { wide } = filtersOf(params.filter);
  return wide.points * panelsTogether(params) * pointStride(params);
}

/** Floats of the factors of both axes. */
function factorRoom({ filter }: WinogradProductsParams): number {
  const { high, wide } = filtersOf(filter);
  return roundUp(high.points + wide.points, 16);
}

/**
 * How raw weights lie whose points take turns: of so many panels side by side so many channels after another, panel by panel, of each
 * channel all taps. More points are worth more channels, since their sums are loaded and stored for each turn.
 */
export function turnsOf({ columns, filter, tile }: WinogradProductsParams): WeightTurns {
  return {
    channels: filtersOf(filter).points > 9 ? chunk : 16,
    panels: columns % (2 * manyUnits * tile.columns) === 0 ? 2 : 1,
  };
}

export interface WeightTurns {
  readonly channels: number;
  readonly panels: number;
}

/**
 * Whether points take turns with raw weights, of which each is the sum of few: where tiles are so few that a product goes over all of
 * them at once, so that sums are made in registers. The first point that reads weights brings them from memory, the others find them in
 * the nearest cache, and processors go on reading ahead meanwhile.
 */
export function takesTurns({ filter, parts, tile }: WinogradProductsParams): boolean {
  return takesRawWeights(filter) && parts.reduce((sum, { tiles }) => sum + tiles, 0) <= tile.pixels;
}
