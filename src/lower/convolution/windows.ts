/** Subconvolutions as Winograd can take them: as sums of filters of few taps, in tiles. */
import { noTap } from '../../plan/execution-plan.js';
import { type AxisWindow, copyCount, filterCount, filterLength, type Windows } from './geometry.js';

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

/** Points of a tile at most: with more the transforms are not accurate in float32, and do not fit into registers. */
const mostPoints = 8;
/** Taps at most: of more, two filters take fewer multiplications. */
const mostTaps = 5;

/** The number of a filter's taps, where Winograd can take them: few, as far apart as neighboring outputs read. */
export function filterTaps(window: AxisWindow): number | undefined {
  const count = filterLength(window);
  if (count === 0 || count > mostTaps) return undefined;
  return count === 1 || window.tapStep === window.inputStep ? count : undefined;
}

/** F(m, r) along an axis, of at most so many outputs; nothing is to be gained from a single tap. */
export function filterSize(taps: number, outputs: number): { readonly outputs: number; readonly taps: number } {
  return taps === 1 ? { outputs: 1, taps: 1 } : { outputs: Math.min(outputs, mostPoints + 1 - taps), taps };
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

/** Outputs of the smaller tiles that a filter can have beside its own. */
function smallerTiles({ outputs }: AxisTiles['filter']): number[] {
  return Array.from({ length: Math.max(0, Math.floor(outputs / 2) - 1) }, (_, i) => outputs - 2 * (i + 1));
}

/**
 * The tiles with the fewest points that cover so many outputs.
 * @param smaller the sizes that smaller tiles may have
 */
export function tilesAlong(size: number, filter: AxisTiles['filter'], smaller = smallerTiles(filter)): AxisTiles {
  const { outputs, taps } = filter;
  const whole = Math.ceil(size / outputs);
  let best: AxisTiles = { filter, count: whole, rest: undefined, points: whole * (outputs + taps - 1) };
  const most = best.points * worthMixing;
  for (const less of smaller) {
    for (let count = Math.max(1, whole - 3); count < whole; count++) {
      const rest = { outputs: less, count: Math.ceil((size - count * outputs) / less) };
      const points = count * (outputs + taps - 1) + rest.count * (less + taps - 1);
      if (points <= most && points < best.points) best = { filter, count, rest, points };
    }
  }
  return best;
}

/** The tiles of each of some windows with equal taps: the smaller ones have one size, so that they share points. */
function tilesOfAll(windows: readonly AxisWindow[], outputs: number): AxisTiles[] {
  const filter = filterSize(filterLength(windows[0]!), outputs);
  const choices = [[], ...smallerTiles(filter).map((less) => [less])].map((smaller) =>
    windows.map(({ size }) => tilesAlong(size, filter, smaller)),
  );
  const pointsOf = (tiles: readonly AxisTiles[]) =>
    tiles.reduce((sum, { points }, i) => sum + points * copyCount(windows[i]!), 0);
  return choices.reduce((best, tiles) => (pointsOf(tiles) < pointsOf(best) ? tiles : best));
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

/**
 * Subconvolutions that one product at each point can make: with the same taps. They are those of a dilated convolution; of
 * others each is by itself. The first one has the most outputs.
 */
export type Alike = readonly [Subconvolution, ...Subconvolution[]];

export function alikeSubconvolutions(subconvolutions: readonly Subconvolution[]): Alike[] {
  const tapsOf = ({ depth, height, width }: Subconvolution) =>
    JSON.stringify([depth, height, width].map(({ taps, tapStep, copies }) => [taps, tapStep, copies === undefined]));
  const groups = new Map<string, [Subconvolution, ...Subconvolution[]]>();
  for (const [i, subconvolution] of subconvolutions.entries()) {
    const isCopied = [subconvolution.depth, subconvolution.height, subconvolution.width].some(({ copies }) => copies);
    const key = isCopied ? tapsOf(subconvolution) : `${i}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [subconvolution]);
    else group.push(subconvolution);
  }
  return [...groups.values()];
}

/** Subconvolutions as tiles of F(m, r), and slices or filters that an output sums over. */
export function tilingOf(alike: Alike, outputs: number, images: number) {
  const high = tilesOfAll(
    alike.map(({ height }) => height),
    outputs,
  );
  const wide = tilesOfAll(
    alike.map(({ width }) => width),
    outputs,
  );
  const points = ({ filter }: AxisTiles) => filter.outputs + filter.taps - 1;
  const count = (axis: AxisTiles) => axis.count + (axis.rest?.count ?? 0);
  const sizes = (axis: AxisTiles) => (axis.rest === undefined ? 1 : 2);
  const planes = alike.map(
    ({ depth, height, width }) => images * depth.size * copyCount(depth) * copyCount(height) * copyCount(width),
  );
  const total = (of: (high: AxisTiles, wide: AxisTiles) => number) =>
    planes.reduce((sum, plane, i) => sum + plane * of(high[i]!, wide[i]!), 0);
  return {
    high: high[0]!.filter,
    wide: wide[0]!.filter,
    slices: alike[0].depth.taps.length * filterCount(alike[0].height) * filterCount(alike[0].width),
    /** Of a tile of the larger size: as many are the matrices of transformed weights. */
    points: points(high[0]!) * points(wide[0]!),
    tiles: total((y, x) => count(y) * count(x)),
    /** Points of all tiles: the rows of the products. */
    rows: total((y, x) => y.points * x.points),
    /** Steps of a transform. */
    pieces: high.reduce((sum, y, i) => sum + sizes(y) * sizes(wide[i]!), 0),
  };
}

/** Tiles of one size: the outputs that they cover, and the size. */
export interface TilePiece {
  readonly windows: Subconvolution;
  readonly height: number;
  readonly width: number;
}

/**
 * The tiles of subconvolutions by their size. Those that have a point of the transform follow one another, for each point: tiles
 * of fewer outputs have fewer points.
 */
export function tilePieces(alike: Alike, outputs: number): TilePiece[] {
  const cut = (axis: 'height' | 'width') => {
    const windows = alike.map((subconvolution) => subconvolution[axis]);
    return tilesOfAll(windows, outputs).map(({ filter, count, rest }, i) => {
      const window = windows[i]!;
      const first = rest === undefined ? window.size : count * filter.outputs;
      const main = { outputs: filter.outputs, window: partOf(window, 0, first) };
      return { main, rest: rest && { outputs: rest.outputs, window: partOf(window, first, window.size) } };
    });
  };
  const [high, wide] = [cut('height'), cut('width')];
  const pairs = [
    ['rest', 'main'],
    ['main', 'main'],
    ['main', 'rest'],
    ['rest', 'rest'],
  ] as const;
  return pairs.flatMap(([vertical, horizontal]) =>
    alike.flatMap(({ depth }, i): TilePiece[] => {
      const [y, x] = [high[i]![vertical], wide[i]![horizontal]];
      if (y === undefined || x === undefined) return [];
      return [{ windows: { depth, height: y.window, width: x.window }, height: y.outputs, width: x.outputs }];
    }),
  );
}

/** Outputs `first` to before `end`. */
export function partOf(window: AxisWindow, first: number, end: number): AxisWindow {
  return {
    ...window,
    size: end - first,
    outputStart: window.outputStart + first * window.outputStep,
    inputStart: window.inputStart + first * window.inputStep,
  };
}

/** Channels at most for which taps that are missing take less than outputs that are transformed, and added to, once more. */
const mostPadded = 40;

/**
 * Windows whose sums add up to the window's, each of filters of few taps, which are as far apart as neighboring outputs read: with a
 * stride of 2, even and odd taps are apart; seven taps are 4 + 3. Filters of equal length are one sum. Shorter ones are with them, their
 * taps missing, but for single taps, which would be multiplied twice, and where there are many channels.
 */
function groupsOf(window: AxisWindow, channels: number): AxisWindow[] {
  const { inputStep, tapStep, taps } = window;
  // Without a common grid of taps and outputs there is nothing to cut.
  if (taps.length <= 1 || inputStep % tapStep !== 0) return [window];
  const { among: _whole, ...rest } = window;
  const grids = inputStep / tapStep;
  const longest = Math.ceil(taps.length / grids);
  const pieces = Math.ceil(longest / mostTaps);
  const length = Math.ceil(longest / pieces);
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  /** Filters from a tap on, so many taps apart. */
  const sumOf = (first: number, axes: readonly { readonly count: number; readonly apart: number }[], each: number) => {
    const starts = axes.reduce(
      (all, { count, apart }) => all.flatMap((start) => range(count).map((i) => start + i * apart)),
      [first],
    );
    const several = axes.filter(({ count }) => count > 1);
    return {
      ...rest,
      inputStart: window.inputStart + first * tapStep,
      tapStep: inputStep,
      taps: starts.flatMap((start) => range(each).map((i) => taps[start + i * grids] ?? noTap)),
      ...(several.length === 0
        ? {}
        : { filters: several.map(({ count, apart }) => ({ count, inputStep: apart * tapStep })) }),
    };
  };
  const ofGrids = { count: Math.min(grids, taps.length), apart: 1 };
  const ofPieces = { count: pieces, apart: length * grids };
  const missing = ofGrids.count * pieces * length - taps.length;
  // Along a single axis the last filters are shorter: all grids by one tap, or a piece by all that is missing.
  const [shorter, shortest] = pieces === 1 ? [missing, length - 1] : [1, length - missing];
  const isPadded = shortest > 1 && channels <= mostPadded;
  if (missing === 0 || isPadded || (pieces > 1 && grids > 1)) return [sumOf(0, [ofGrids, ofPieces], length)];
  const { count, apart } = pieces === 1 ? ofGrids : ofPieces;
  const long = count - shorter;
  return [sumOf(0, [{ count: long, apart }], length), sumOf(long * apart, [{ count: shorter, apart }], shortest)];
}

/**
 * Subconvolutions of fewer taps whose results add up to these; themselves where Winograd takes them as they are, or no piece of
 * them.
 * @param channels of the input
 */
export function tapGroups(alike: Alike, outputs: number, channels: number): readonly Alike[] {
  if (isTransformed(alike[0], outputs)) return [alike];
  const [first, ...others] = alike.map(({ depth, height, width }) =>
    subconvolutionsOf([depth], groupsOf(height, channels), groupsOf(width, channels)),
  );
  const groups = first!.map((group, i): Alike => [group, ...others.map((list) => list[i]!)]);
  return groups.some(([group]) => isTransformed(group, outputs)) ? groups : [alike];
}
