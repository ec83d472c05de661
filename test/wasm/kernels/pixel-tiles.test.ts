import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type PixelGrid, rowGroups, type TileRun } from '../../../src/wasm/kernels/pixel-tiles.js';

/** The pixels that runs compute, from the first row on. */
function pixelsOf(runs: readonly TileRun[], { width }: PixelGrid, firstRow: number): number[] {
  return runs.flatMap(({ pixels, times }) =>
    Array.from({ length: times }, (_, turn) =>
      pixels.map(({ row, column }) => (firstRow + row) * width + column + turn * pixels.length),
    ).flat(),
  );
}

it('tiles have every pixel once, and stay within a row or are alone', () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(size, size, fc.boolean(), fc.integer({ min: 1, max: 8 }), (height, width, isContiguous, most) => {
      const grid = { height, width, isContiguous };
      const { rows, count, runs, rest } = rowGroups(grid, most);
      const made = Array.from({ length: count }, (_, i) => pixelsOf(runs, grid, i * rows)).flat();
      made.push(...pixelsOf(rest, grid, count * rows));
      expect(made.sort((a, b) => a - b)).toEqual(Array.from({ length: height * width }, (_, i) => i));
      for (const { pixels, times } of [...runs, ...rest]) {
        expect(pixels.length).toBeLessThanOrEqual(most);
        const { row, column } = pixels[0]!;
        if (times > 1 && !isContiguous) {
          expect(new Set(pixels.map((pixel) => pixel.row))).toEqual(new Set([row]));
          expect(column + times * pixels.length).toBeLessThanOrEqual(width);
        }
      }
    }),
  );
});

it('tiles are full where rows are short', () => {
  const sizes = (height: number, width: number) => {
    const { runs, rest } = rowGroups({ height, width, isContiguous: false }, 6);
    return [...runs, ...rest].flatMap(({ pixels, times }) => new Array<number>(times).fill(pixels.length));
  };
  expect(sizes(4, 4)).toHaveLength(3);
  expect(new Set(sizes(24, 8))).toEqual(new Set([6]));
  expect(rowGroups({ height: 64, width: 60, isContiguous: false }, 6).rows).toBe(1);
  // Nothing of an empty output.
  expect(rowGroups({ height: 0, width: 5, isContiguous: false }, 6).runs).toEqual([]);
});
