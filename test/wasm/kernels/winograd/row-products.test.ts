/** Rows of tiles by columns: places that are arguments, and places in the code, compared with plain loops. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../../src/wasm/kernels/kernel.js';
import { callSized } from '../../../../src/wasm/kernels/sized.js';
import { rowProducts } from '../../../../src/wasm/kernels/winograd/row-products.js';
import { runKernel, tiers } from '../run-kernel.js';

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 6 }),
  columns: fc.constantFrom(4, 8, 12, 16),
  terms: fc.integer({ min: 1, max: 40 }),
  slices: fc.integer({ min: 1, max: 2 }),
  times: fc.integer({ min: 0, max: 3 }),
  gap: fc.constantFrom(0, 4),
});

describe.each(tiers)('$title', ({ tier, isMissing }) => {
  test.skipIf(isMissing).each([false, true])('rows of products are plain sums, placed: %s', (isPlaced) => {
    fc.assert(
      fc.property(cases, ({ rows, columns, terms, slices, times, gap }) => {
        const slice = terms + gap;
        const [inputTile, sumTile, tiles] = [slices * slice + 8, columns + gap, rows * times];
        const input = Float32Array.from({ length: tiles * inputTile }, (_, i) => ((i * 7) % 11) - 5);
        const weights = Float32Array.from({ length: slices * terms * columns }, (_, i) => ((i * 5) % 13) - 6);
        const sums = new Float32Array(tiles * sumTile).fill(0.5);
        const expected = sums.map((before, i) => {
          const [tile, column] = [Math.floor(i / sumTile), i % sumTile];
          if (column >= columns) return before;
          let sum = 0;
          for (let s = 0; s < slices; s++) {
            for (let k = 0; k < terms; k++) {
              sum += input[tile * inputTile + s * slice + k]! * weights[(s * terms + k) * columns + column]!;
            }
          }
          return sum;
        });
        const [, , made] = runKernel(
          tier,
          (target): Kernel => {
            const between = {
              inputs: { tile: inputTile, point: 0 },
              sums: { tile: sumTile, point: 0 },
              sumColumns: columns,
            };
            const axes = [
              { size: slices, stride: slice },
              { size: terms, stride: 1 },
            ];
            const products = rowProducts(target, between, { axes, isPlaced }, rows, columns);
            const type = { params: Array.from({ length: 5 }, () => 'i32' as const), results: [] };
            const all = target.module.function('all', type, (f, a, b, c) =>
              f.run(callSized(products, a!, b!, c!, times)),
            );
            return { function: all, units: 1, operations: 0 };
          },
          { arrays: [input, weights, sums] },
        );
        expect(made).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});
