import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedSize, packWeights } from '../../../src/wasm/kernels/convolution.js';
import { packPanels } from '../../../src/wasm/kernels/pack-panels.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

describe.each(tiers)('packing of matrices that are computed, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is that of weights, whatever the strides', () => {
    const problem = fc.record({
      batches: fc.integer({ min: 1, max: 3 }),
      sum: fc.integer({ min: 1, max: 20 }),
      columns: fc.integer({ min: 1, max: 40 }),
      kind: fc.constantFrom('rows', 'columns', 'neither'),
      tile: fc.constantFrom({ pixels: 6, columns: 8 }, { pixels: 6, columns: 16 }),
      cuts: fc.array(fc.nat(6), { maxLength: 2 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ batches, sum, columns, kind, tile, cuts, seed }) => {
        const [sumStride, columnStride] = {
          rows: [columns + 1, 1],
          columns: [1, sum + 3],
          neither: [2, 2 * sum],
        }[kind] as [number, number];
        const size = 2 * (sum + 3) * (columns + 1);
        const x = noise(batches * size, seed);
        const floats = packedSize(sum, columns, tile);
        const expected = Array.from({ length: batches }, (_, batch) => [
          ...packWeights(sum, columns, tile, (k, j) => x[batch * size + k * sumStride + j * columnStride]!),
        ]).flat();
        const [, y] = runKernel(
          tier,
          (target) =>
            packPanels(target, {
              batches: [{ size: batches, strides: [size, floats] }],
              sum,
              sumStride,
              columns,
              columnStride,
              tile,
            }),
          { arrays: [x, new Float32Array(batches * floats).fill(Number.NaN)], cuts },
        );
        expect([...y!]).toEqual(expected);
      }),
      { numRuns: 120 },
    );
  });
});
