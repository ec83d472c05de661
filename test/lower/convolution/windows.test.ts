/** Pieces of windows: together they have every tap of every output, once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byResidue } from '../../../src/lower/convolution/arrangements.js';
import { bandCount, bandsOf, cutBands } from '../../../src/lower/convolution/bands.js';
import {
  type AxisWindow,
  convolutionAxis,
  copyCount,
  filtersOf,
  haloOf,
  termCount,
  transposedPhases,
} from '../../../src/lower/convolution/geometry.js';
import {
  type Alike,
  alikeSubconvolutions,
  isTransformed,
  type Subconvolution,
  subconvolutionsOf,
  tapGroups,
  tilePieces,
  tilesAlong,
  tilingOf,
} from '../../../src/lower/convolution/windows.js';
import { noTap } from '../../../src/plan/execution-plan.js';

const window = fc
  .record({
    isTransposed: fc.boolean(),
    size: fc.integer({ min: 1, max: 11 }),
    kernel: fc.integer({ min: 1, max: 13 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    pad: fc.nat(2),
    subconvolution: fc.nat(2),
  })
  .map(({ isTransposed, size, kernel, stride, dilation, pad, subconvolution }): AxisWindow => {
    if (!isTransposed) return convolutionAxis(size, kernel, stride, dilation, pad);
    const subconvolutions = transposedPhases(size, kernel, stride, dilation, pad);
    return subconvolutions[subconvolution % subconvolutions.length]!;
  });
const subconvolution: fc.Arbitrary<Subconvolution> = fc.record({ depth: window, height: window, width: window });
const outputs = fc.constantFrom(2, 4, 6);

/** What is added to which output along an axis: place in the output, place in the input, index in the kernel. */
function termsOf(window: AxisWindow): string[] {
  const { size, outputStart, outputStep, inputStart, inputStep, tapStep, filters = [] } = window;
  const starts = filters.reduce(
    (all, axis) => all.flatMap((start) => Array.from({ length: axis.count }, (_, i) => start + i * axis.inputStep)),
    [0],
  );
  const { count, ...step } = window.copies ?? { count: 1, outputStep: 0, inputStep: 0 };
  return Array.from({ length: count * size }, (_, place) => {
    const [copy, i] = [Math.floor(place / size), place % size];
    const output = outputStart + copy * step.outputStep + i * outputStep;
    const input = inputStart + copy * step.inputStep + i * inputStep;
    return filtersOf(window).flatMap((taps, filter) =>
      taps.flatMap((tap, k) => (tap === noTap ? [] : `${output} ${input + starts[filter]! + k * tapStep} ${tap}`)),
    );
  }).flat();
}

function allTerms(subconvolutions: readonly Subconvolution[]): string[] {
  return subconvolutions
    .flatMap(({ depth, height, width }) =>
      termsOf(depth).flatMap((z) => termsOf(height).flatMap((y) => termsOf(width).map((x) => `${z}, ${y}, ${x}`))),
    )
    .sort();
}

describe('subconvolutions', () => {
  it('are the sum of their groups of taps', () => {
    fc.assert(
      fc.property(subconvolution, outputs, fc.constantFrom(8, 64), (whole, count, channels) => {
        const groups = tapGroups([whole], count, channels).flat();
        expect(allTerms(groups)).toEqual(allTerms([whole]));
        expect(termCount(groups)).toBe(termCount([whole]));
        expect(groups.every(({ depth }) => depth === whole.depth)).toBe(true);
        if (groups.length > 1) expect(groups.some((group) => isTransformed(group, count))).toBe(true);
        // Missing taps are read as well.
        for (const axis of ['height', 'width'] as const) {
          const windows = groups.map((group) => group[axis]);
          const [own, less] = [haloOf(windows, 20), haloOf([whole[axis]], 20)];
          expect(own.before).toBe(less.before);
          expect(own.after).toBeGreaterThanOrEqual(less.after);
        }
      }),
      { numRuns: 75 },
    );
  });

  it('are made of their bands, which are cut between slices first', () => {
    fc.assert(
      fc.property(subconvolution, outputs, fc.integer({ min: 1, max: 60 }), (whole, count, pieces) => {
        const bands = cutBands(whole, pieces, count);
        expect(allTerms(bands)).toEqual(allTerms([whole]));
        expect(bands.every(({ depth, height }) => depth.size > 0 && height.size > 0)).toBe(true);
        if (pieces <= whole.depth.size)
          expect(bands.every(({ height }) => height.size === whole.height.size)).toBe(true);
        // So many as are asked for, or as there are.
        const tiles = whole.depth.size * Math.ceil(whole.height.size / count);
        expect(bands.length).toBeGreaterThanOrEqual(Math.min(pieces, tiles));
      }),
      { numRuns: 75 },
    );
  });

  it('are cut into as many bands as keep the tiles near', () => {
    const axis = convolutionAxis(8, 3, 1, 1, 1);
    const volume = { depth: { ...axis, taps: [1] }, height: axis, width: axis };
    const million = 2 ** 20;
    const count = (tileFloats: number, rawFloats = 0) => bandCount({ tileFloats, rawFloats }, [volume], 4);
    expect(count(3 * million)).toBe(1);
    expect(count(12 * million)).toBe(4);
    expect(count(1000 * million)).toBe(16);
    // Where weights are transformed once more for each band, there are fewer.
    expect(count(12 * million, 0.4 * million)).toBe(4);
    expect(count(12 * million, million)).toBe(2);
  });

  it('are made of tiles of two sizes, those that have a point of the transform one after another', () => {
    const size = fc.integer({ min: 1, max: 40 });
    const taps = fc.constantFrom(2, 3);
    fc.assert(
      fc.property(size, size, taps, taps, outputs, (high, wide, tapsHigh, tapsWide, count) => {
        const depth = convolutionAxis(1, 1, 1, 1, 0);
        const whole = {
          depth,
          height: convolutionAxis(high, tapsHigh, 1, 1, 1),
          width: convolutionAxis(wide, tapsWide, 1, 1, 1),
        };
        const pieces = tilePieces([whole], count);
        expect(allTerms(pieces.map(({ windows }) => windows))).toEqual(allTerms([whole]));
        const tiles = pieces.map(
          ({ windows, height, width }) =>
            Math.ceil(windows.height.size / height) * Math.ceil(windows.width.size / width),
        );
        const points = pieces.map(
          ({ height, width }, i) => tiles[i]! * (height + tapsHigh - 1) * (width + tapsWide - 1),
        );
        const tiling = tilingOf([whole], count, 1);
        expect(points.reduce((a, b) => a + b)).toBe(tiling.rows);
        expect(tiles.reduce((a, b) => a + b)).toBe(tiling.tiles);
        for (const wanted of [
          pieces.map(({ height }) => height === tiling.high.outputs),
          pieces.map(({ width }) => width === tiling.wide.outputs),
        ]) {
          expect(wanted.slice(wanted.indexOf(true), wanted.lastIndexOf(true) + 1)).not.toContain(false);
        }
      }),
      { numRuns: 30 },
    );
    const filter = { outputs: 6, taps: 3 };
    expect(tilesAlong(64, filter)).toEqual({ filter, count: 10, rest: { outputs: 4, count: 1 }, points: 86 });
    expect(tilesAlong(32, filter)).toEqual({ filter, count: 4, rest: { outputs: 4, count: 2 }, points: 44 });
    expect(tilesAlong(36, filter).rest).toBeUndefined();
  });

  it('of a dilated convolution share tiles and weights, whole or in bands', () => {
    const axis = fc
      .record({ size: fc.integer({ min: 1, max: 24 }), dilation: fc.integer({ min: 1, max: 9 }) })
      .map(({ size, dilation }) => convolutionAxis(size, 3, 1, dilation, dilation));
    const depth = convolutionAxis(2, 1, 1, 1, 0);
    fc.assert(
      fc.property(axis, axis, outputs, fc.integer({ min: 1, max: 12 }), (high, wide, count, millions) => {
        fc.pre(high.tapStep * wide.tapStep > 1);
        const whole = subconvolutionsOf([depth], byResidue(high), byResidue(wide));
        const [alike, ...others] = alikeSubconvolutions(whole) as [Alike];
        expect(others).toEqual([]);
        const pieces = tilePieces(alike, count);
        expect(allTerms(pieces.map(({ windows }) => windows))).toEqual(allTerms(whole));
        const tiles = pieces.map(({ windows: { depth: slices, height: y, width: x }, height, width }) => {
          const planes = slices.size * copyCount(y) * copyCount(x);
          return planes * Math.ceil(y.size / height) * Math.ceil(x.size / width);
        });
        const tiling = tilingOf(alike, count, 1);
        expect(tiles.reduce((a, b) => a + b)).toBe(tiling.tiles);
        expect(pieces.reduce((sum, { height, width }, i) => sum + tiles[i]! * (height + 2) * (width + 2), 0)).toBe(
          tiling.rows,
        );
        expect(pieces.length).toBe(tiling.pieces);
        // At most two sizes along an axis, of which the smaller one is the same in all of them.
        for (const sizes of [pieces.map(({ height }) => height), pieces.map(({ width }) => width)]) {
          expect(new Set(sizes).size).toBeLessThanOrEqual(2);
        }
        const bands = bandsOf({ tileFloats: millions * 2 ** 20, rawFloats: 0 }, alike, count);
        expect(allTerms(bands.flat())).toEqual(allTerms(whole));
        if (millions <= 3) expect(bands).toEqual([alike]);
      }),
      { numRuns: 30 },
    );
  });
});
