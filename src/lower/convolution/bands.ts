/** Layers that Winograd's steps go through in bands, so that what one step leaves for the next stays in the last cache. */
import { type AxisWindow, copyCount, outputCount } from './geometry.js';
import { type Alike, partOf, type Subconvolution, subconvolutionsOf } from './windows.js';

/** Floats of transformed tiles that the last cache holds. */
const mostTileFloats = 3 * 2 ** 20;

/** Floats between the steps of a band that are worth transforming one weight anew. */
const worthTransforming = 7;

/** What a layer in bands leaves between its steps, and what it makes anew for each band. */
export interface BandCosts {
  readonly tileFloats: number;
  /** Of the weights that are transformed while running. */
  readonly rawFloats: number;
}

/**
 * The number of bands, of slices, copies or rows, that subconvolutions are cut into, so that what one step leaves for the next
 * stays in the last cache.
 * @param outputs rows of a tile
 */
export function bandCount(costs: BandCosts, alike: Alike, outputs: number): number {
  return bandsOf(costs, alike, outputs).length;
}

/** The subconvolutions in bands; if more than one is needed, each has bands of its own. */
export function bandsOf({ tileFloats, rawFloats }: BandCosts, alike: Alike, outputs: number): Alike[] {
  const count = tileFloats / Math.max(mostTileFloats, worthTransforming * rawFloats);
  if (count <= 1) return [alike];
  const all = alike.reduce((sum, one) => sum + outputCount(one), 0);
  return alike.flatMap((one) =>
    cutBands(one, Math.ceil((count * outputCount(one)) / all), outputs).map((band): Alike => [band]),
  );
}

/** @param outputs rows of a tile */
export function cutBands({ depth, height, width }: Subconvolution, count: number, outputs: number): Subconvolution[] {
  const slices = Math.min(depth.size, count);
  const copies = Math.min(copyCount(height), Math.ceil(count / slices));
  const rows = Math.min(Math.ceil(height.size / outputs), Math.ceil(count / slices / copies));
  const high = cutCopies(height, copies).flatMap((part) => cutWindow(part, rows, outputs));
  return subconvolutionsOf(cutWindow(depth, slices, 1), high, [width]);
}

function cutCopies(window: AxisWindow, count: number): AxisWindow[] {
  const { copies, inputStart, outputStart } = window;
  if (copies === undefined) return [window];
  return cuts(copies.count, count).map(([first, end]) => ({
    ...window,
    inputStart: inputStart + first * copies.inputStep,
    outputStart: outputStart + first * copies.outputStep,
    copies: { ...copies, count: end - first },
  }));
}

/** Pieces of whole tiles; the last one ends as the window does. */
function cutWindow(window: AxisWindow, count: number, outputs: number): AxisWindow[] {
  const tiles = Math.ceil(window.size / outputs);
  return cuts(tiles, count).map(([first, end]) =>
    partOf(window, first * outputs, Math.min(window.size, end * outputs)),
  );
}

/** The numbers to before `size` in ranges as equal as can be. */
function cuts(size: number, count: number): [first: number, end: number][] {
  return Array.from({ length: count }, (_, i) => [
    Math.round((size * i) / count),
    Math.round((size * (i + 1)) / count),
  ]);
}
