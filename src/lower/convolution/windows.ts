/** Subconvolutions cut into pieces that Winograd can take: by taps, and by rows of outputs. */
import type { AxisWindow, Windows } from './geometry.js';

/** A convolution is one; a transposed one is one for each phase of its output, the remainder of a position by the strides. */
export type Subconvolution = Windows;

export function subconvolutionsOf(
  deep: readonly AxisWindow[],
  high: readonly AxisWindow[],
  wide: readonly AxisWindow[],
): Subconvolution[] {
  return deep.flatMap((depth) =>
    high.flatMap((height) => wide.map((width): Subconvolution => ({ depth, height, width }))),
  );
}

/** The number of taps, where Winograd's filtering can take them: at most three, as far apart as neighboring outputs read. */
export function filterTaps(window: AxisWindow): number | undefined {
  const count = window.taps.length;
  if (count === 0 || count > 3) return undefined;
  return count === 1 || window.tapStep === window.inputStep ? count : undefined;
}

/** F(m, r) along an axis; nothing is to be gained from a single tap. */
export function filterSize(taps: number, outputs: number): { readonly outputs: number; readonly taps: number } {
  return taps === 1 ? { outputs: 1, taps: 1 } : { outputs, taps };
}

/** Tiles along an axis: first those of the filter's outputs, then some of fewer, which hang over less. */
export interface AxisTiles {
  readonly filter: { readonly outputs: number; readonly taps: number };
  readonly count: number;
  readonly rest: { readonly outputs: number; readonly count: number } | undefined;
  /** Points of all tiles. */
  readonly points: number;
}

/** The gain from which on tiles of two sizes are worth their code. */
const worthMixing = 0.98;

/** The tiles with the fewest points that cover so many outputs. */
export function tilesAlong(size: number, filter: AxisTiles['filter']): AxisTiles {
  const { outputs, taps } = filter;
  const whole = Math.ceil(size / outputs);
  let best: AxisTiles = { filter, count: whole, rest: undefined, points: whole * (outputs + taps - 1) };
  const most = best.points * worthMixing;
  for (let less = outputs - 2; less >= 2; less -= 2) {
    for (let count = Math.max(1, whole - 3); count < whole; count++) {
      const rest = { outputs: less, count: Math.ceil((size - count * outputs) / less) };
      const points = count * (outputs + taps - 1) + rest.count * (less + taps - 1);
      if (points <= most && points < best.points) best = { filter, count, rest, points };
    }
  }
  return best;
}

/**
 * Whether Winograd gains something: it takes several taps along an axis of the plane, and outputs to share the transforms.
 * Along the depth there may be any taps: their slices are transformed one by one.
 */
export function isTransformed({ depth, height, width }: Subconvolution, outputs: number): boolean {
  const taps = [filterTaps(height), filterTaps(width)];
  if (taps[0] === undefined || taps[1] === undefined || taps[0] * taps[1] === 1) return false;
  return depth.taps.length > 0 && height.size * width.size >= outputs;
}

/** A subconvolution as tiles of F(m, r), and slices that an output sums over. */
export function tilingOf({ depth, height, width }: Subconvolution, outputs: number, images: number) {
  const high = tilesAlong(height.size, filterSize(height.taps.length, outputs));
  const wide = tilesAlong(width.size, filterSize(width.taps.length, outputs));
  const points = (axis: AxisTiles) => axis.filter.outputs + axis.filter.taps - 1;
  const count = (axis: AxisTiles) => axis.count + (axis.rest?.count ?? 0);
  return {
    high,
    wide,
    slices: depth.taps.length,
    /** Of a tile of the larger size: as many are the matrices of transformed weights. */
    points: points(high) * points(wide),
    tiles: images * depth.size * count(high) * count(wide),
    /** Points of all tiles: the rows of the products. */
    rows: images * depth.size * high.points * wide.points,
  };
}

/** Tiles of one size: the outputs that they cover, and the size. */
export interface TilePiece {
  readonly windows: Subconvolution;
  readonly height: number;
  readonly width: number;
}

/**
 * The tiles of a subconvolution by their size. Those that have a point of the transform follow one another, for each point: tiles
 * of fewer outputs have fewer points.
 */
export function tilePieces(subconvolution: Subconvolution, outputs: number): TilePiece[] {
  const { depth, height, width } = subconvolution;
  const cut = (window: AxisWindow) => {
    const { filter, count, rest } = tilesAlong(window.size, filterSize(window.taps.length, outputs));
    const first = rest === undefined ? window.size : count * filter.outputs;
    const main = { outputs: filter.outputs, window: partOf(window, 0, first) };
    return { main, rest: rest && { outputs: rest.outputs, window: partOf(window, first, window.size) } };
  };
  const [high, wide] = [cut(height), cut(width)];
  const pairs = [
    [high.rest, wide.main],
    [high.main, wide.main],
    [high.main, wide.rest],
    [high.rest, wide.rest],
  ] as const;
  return pairs.flatMap(([y, x]) =>
    y === undefined || x === undefined
      ? []
      : [{ windows: { depth, height: y.window, width: x.window }, height: y.outputs, width: x.outputs }],
  );
}

/** Outputs `first` to before `end`. */
function partOf(window: AxisWindow, first: number, end: number): AxisWindow {
  return {
    ...window,
    size: end - first,
    outputStart: window.outputStart + first * window.outputStep,
    inputStart: window.inputStart + first * window.inputStep,
  };
}

/**
 * Windows whose sums add up to the window's, each of at most three taps that are as far apart as neighboring outputs read.
 * With a stride of 2, even and odd taps are apart; seven taps are 3 + 2 + 2.
 */
function groupsOf(window: AxisWindow): AxisWindow[] {
  const { inputStep, tapStep, taps } = window;
  // Without a common grid of taps and outputs there is nothing to cut.
  if (taps.length <= 1 || inputStep % tapStep !== 0) return [window];
  const grids = inputStep / tapStep;
  return Array.from({ length: Math.min(grids, taps.length) }, (_, first) => {
    const own = taps.flatMap((tap, place) => (place % grids === first ? [{ tap, place }] : []));
    return cutTaps(own.length).map(([from, to]): AxisWindow => {
      const part = own.slice(from, to);
      return {
        ...window,
        inputStart: window.inputStart + part[0]!.place * tapStep,
        tapStep: inputStep,
        taps: part.map(({ tap }) => tap),
      };
    });
  }).flat();
}

function cutTaps(count: number): [from: number, to: number][] {
  const pieces = Math.ceil(count / 3);
  const borders = Array.from({ length: pieces + 1 }, (_, i) => Math.ceil((count * i) / pieces));
  return borders.slice(1).map((to, i) => [borders[i]!, to]);
}

/**
 * Subconvolutions of fewer taps whose results add up to this one's; itself where Winograd takes it as it is, or no piece of it.
 */
export function tapGroups(subconvolution: Subconvolution, outputs: number): readonly Subconvolution[] {
  if (isTransformed(subconvolution, outputs)) return [subconvolution];
  const groups = subconvolutionsOf(
    [subconvolution.depth],
    groupsOf(subconvolution.height),
    groupsOf(subconvolution.width),
  );
  return groups.some((group) => isTransformed(group, outputs)) ? groups : [subconvolution];
}

/** Floats of transformed tiles that the last cache holds. */
const mostTileFloats = 3 * 2 ** 20;

/**
 * The number of bands, of slices or of rows, that a layer is cut into, so that what one step leaves for the next stays in the
 * last cache.
 * @param outputs rows of a tile
 */
export function bandCount(tileFloats: number, subconvolution: Subconvolution, outputs: number): number {
  const { slices, rows } = bandsAlong(Math.ceil(tileFloats / mostTileFloats), subconvolution, outputs);
  return slices * rows;
}

function bandsAlong(count: number, { depth, height }: Subconvolution, outputs: number) {
  const slices = Math.min(depth.size, count);
  return { slices, rows: Math.min(Math.ceil(height.size / outputs), Math.ceil(count / slices)) };
}

/** @param outputs rows of a tile */
export function cutBands(subconvolution: Subconvolution, count: number, outputs: number): Subconvolution[] {
  const { slices, rows } = bandsAlong(count, subconvolution, outputs);
  const { depth, height, width } = subconvolution;
  return subconvolutionsOf(cutWindow(depth, slices, 1), cutWindow(height, rows, outputs), [width]);
}

/** Pieces of whole tiles; the last one ends as the window does. */
function cutWindow(window: AxisWindow, count: number, outputs: number): AxisWindow[] {
  const tiles = Math.ceil(window.size / outputs);
  return Array.from({ length: count }, (_, i) => {
    const [first, end] = [i, i + 1].map((piece) =>
      Math.min(window.size, Math.round((tiles * piece) / count) * outputs),
    );
    return partOf(window, first!, end!);
  });
}
