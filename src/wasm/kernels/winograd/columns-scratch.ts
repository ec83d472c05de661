/** What products of few tiles in one kernel are made for, and what lies where in the scratch of a thread. */
import { roundUp } from '../kernel.js';
import { panelProductsScratch, turnsOf } from './panel-scratch.js';
import { betweenSizes, transformScratch, type WinogradParams, type WinogradProductsParams } from './tiling.js';

/** Tiles of one size, of which `first` come before, and what is added to the pointers, in floats. */
export interface ColumnsPiece {
  readonly params: WinogradParams;
  readonly first: number;
  readonly input: number;
  readonly output: number;
  readonly operands: readonly number[];
}

export interface WinogradColumnsParams {
  readonly products: WinogradProductsParams;
  /** Whether weights are as they are, of two taps an axis at most. */
  readonly isRaw: boolean;
  readonly pieces: readonly ColumnsPiece[];
}

const line = 16;

/** Panels of a unit. Two read the inputs at a point from the nearest cache the second time. */
export function panelsTogether({ products, isRaw }: Pick<WinogradColumnsParams, 'products' | 'isRaw'>): number {
  if (isRaw) return turnsOf(products).panels;
  return products.columns < 4 * products.tile.columns ? 1 : 2;
}

/** The products as they lie in a thread's scratch: the sums of a unit side by side. */
export function unitProducts(given: Pick<WinogradColumnsParams, 'products' | 'isRaw'>): WinogradProductsParams {
  return { ...given.products, sumColumns: panelsTogether(given) * given.products.tile.columns };
}

/** Where in the scratch what lies, in floats: the transforms' own first. */
export function placesOf(given: Pick<WinogradColumnsParams, 'products' | 'isRaw'>) {
  const { products, isRaw } = given;
  const sizes = betweenSizes(unitProducts(given));
  const transformed = roundUp(transformScratch(products.filter), line);
  const sums = roundUp(transformed + sizes.transformed, line);
  const raw = roundUp(sums + sizes.sums, line);
  return { transformed, sums, raw, end: raw + (isRaw ? panelProductsScratch(products) : 0) };
}

/** Floats of scratch of a thread. */
export function columnsScratch(params: Pick<WinogradColumnsParams, 'products' | 'isRaw'>): number {
  return placesOf(params).end;
}
