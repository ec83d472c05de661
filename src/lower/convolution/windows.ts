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

/**
 * Whether Winograd gains something: it takes several taps along an axis of the plane, and outputs to share the transforms.
 * Along the depth there may be any taps: their slices are transformed one by one.
 */
export function isTransformed({ depth, height, width }: Subconvolution, outputs: number): boolean {
  const taps = [filterTaps(height), filterTaps(width)];
  if (taps[0] === undefined || taps[1] === undefined || taps[0] * taps[1] === 1) return false;
  return depth.taps.length > 0 && height.size * width.size >= outputs;
}

/** A subconvolution as tiles of F(m, r): points and outputs of a tile, how many tiles, and slices that an output sums over. */
export function tilingOf({ depth, height, width }: Subconvolution, outputs: number, images: number) {
  const [high, wide] = [filterSize(height.taps.length, outputs), filterSize(width.taps.length, outputs)];
  return {
    high,
    wide,
    slices: depth.taps.length,
    points: (high.outputs + high.taps - 1) * (wide.outputs + wide.taps - 1),
    tiles: images * depth.size * Math.ceil(height.size / high.outputs) * Math.ceil(width.size / wide.outputs),
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
    return {
      ...window,
      size: end! - first!,
      outputStart: window.outputStart + first! * window.outputStep,
      inputStart: window.inputStart + first! * window.inputStep,
    };
  });
}
