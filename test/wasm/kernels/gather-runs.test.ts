/** Runs from where a table says, against a loop. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatherRuns } from '../../../src/wasm/kernels/gather-runs.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const problem = fc.record({
  outer: fc.integer({ min: 1, max: 4 }),
  places: fc.integer({ min: 1, max: 9 }),
  indices: fc.array(fc.nat(8), { minLength: 1, maxLength: 20 }),
  run: fc.integer({ min: 1, max: 21 }),
  cuts: fc.array(fc.nat(12), { maxLength: 3 }),
  seed: fc.integer(),
});

describe.each(tiers)('gathered runs, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are where the table says', () => {
    fc.assert(
      fc.property(problem, ({ outer, places, indices, run, cuts, seed }) => {
        const offsets = indices.map((index) => (index % places) * run);
        const slice = places * run;
        const x = new Float32Array([...noise(outer * slice, seed), ...new Array<number>(16).fill(Number.NaN)]);
        const table = new Float32Array(Int32Array.from(offsets).buffer);
        const size = outer * offsets.length * run;
        const expected = Array.from({ length: outer }, (_, i) =>
          offsets.map((offset) => Array.from(x.subarray(i * slice + offset, i * slice + offset + run))),
        ).flat(2);
        const params = {
          outer: [{ size: outer, strides: [slice, offsets.length * run] }],
          count: offsets.length,
          run,
        };
        for (const where of [[], cuts]) {
          const [, , y] = runKernel(tier, (target) => gatherRuns(target, params), {
            arrays: [x, table, new Float32Array(size + 1).fill(7)],
            cuts: where,
          });
          expect(Array.from(y!)).toEqual([...expected, 7]);
        }
      }),
      { numRuns: 120 },
    );
  });
});
