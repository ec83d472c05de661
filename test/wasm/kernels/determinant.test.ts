/** Determinants against their expansion by minors; of exchanged, equal and empty rows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { determinant, determinantScratch } from '../../../src/wasm/kernels/determinant.js';
import { runKernel, tiers } from './run-kernel.js';

function byMinors(matrix: readonly (readonly number[])[]): number {
  if (matrix.length === 0) return 1;
  return matrix[0]!.reduce((sum, value, column) => {
    const minor = matrix.slice(1).map((row) => row.toSpliced(column, 1));
    return sum + (column % 2 === 0 ? value : -value) * byMinors(minor);
  }, 0);
}

describe.each(tiers)('determinants, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are sums of products', () => {
    // Few different whole numbers: many matrices are singular, and results are exact.
    const problem = fc.record({
      matrices: fc.integer({ min: 1, max: 4 }),
      size: fc.integer({ min: 1, max: 5 }),
      numbers: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 100, maxLength: 100 }),
      cuts: fc.array(fc.nat(4), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(problem, ({ matrices, size, numbers, cuts }) => {
        const count = matrices * size * size;
        const x = Float32Array.from({ length: count }, (_, i) => numbers[i % numbers.length]!);
        const run = (pieces: readonly number[]) =>
          runKernel(tier, (target) => determinant(target, { matrices, size }), {
            arrays: [x, new Float32Array(matrices + 1).fill(7), new Float32Array(determinantScratch(size))],
            cuts: pieces,
          })[1]!;
        const y = run([]);
        expect(y[matrices]).toBe(7);
        for (let m = 0; m < matrices; m++) {
          const rows = Array.from({ length: size }, (_, row) => {
            const start = (m * size + row) * size;
            return [...x.subarray(start, start + size)];
          });
          expect(y[m]).toBeCloseTo(byMinors(rows), 4);
        }
        expect(run(cuts)).toEqual(y);
      }),
      { numRuns: 60 },
    );
  });
});
