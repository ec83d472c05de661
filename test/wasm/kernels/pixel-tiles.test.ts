import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowsOfUnits, tileRuns } from '../../../src/wasm/kernels/pixel-tiles.js';

const size = fc.integer({ min: 1, max: 40 });

it('tiles have every pixel once', () => {
  fc.assert(
    fc.property(fc.nat(400), fc.integer({ min: 1, max: 8 }), (pixels, most) => {
      const made = tileRuns(pixels, most).flatMap((run) => {
        expect(run.pixels).toBeLessThanOrEqual(most);
        return Array.from({ length: run.times * run.pixels }, (_, i) => run.first + i);
      });
      expect(made).toEqual(Array.from({ length: pixels }, (_, i) => i));
    }),
  );
});

it('tiles of many pixels have one size where some may be computed twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 900 }), (pixels) => {
      const runs = tileRuns(pixels, 6, true);
      expect(new Set(runs.map((run) => run.pixels))).toEqual(new Set([6]));
      const made = new Set(
        runs.flatMap((run) => Array.from({ length: run.times * run.pixels }, (_, i) => run.first + i)),
      );
      expect([...made].sort((a, b) => a - b)).toEqual(Array.from({ length: pixels }, (_, i) => i));
    }),
  );
});

it('tiles have two sizes where there are more than a few', () => {
  const sizes = new Set(Array.from({ length: 500 }, (_, i) => tileRuns(i + 20, 6).map(({ pixels }) => pixels)).flat());
  expect(sizes).toEqual(new Set([6, 5]));
});

it('units have as many rows as they should, or a few more', () => {
  fc.assert(
    fc.property(size, size, size, (height, width, least) => {
      const rows = rowsOfUnits(height, width, least, 6);
      expect(rows).toBeGreaterThanOrEqual(Math.min(least, height));
      expect(rows).toBeLessThanOrEqual(height);
      if (height * width > 36) expect(rows).toBeLessThanOrEqual(Math.min(height, least + 5));
    }),
  );
  expect(rowsOfUnits(24, 8, 1, 6)).toBe(3);
  expect(rowsOfUnits(64, 60, 1, 6)).toBe(1);
  // Nothing of an empty output.
  expect(rowsOfUnits(0, 5, 1, 6)).toBe(1);
  expect(tileRuns(0, 6)).toEqual([]);
});
