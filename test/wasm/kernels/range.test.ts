/** Ranges of runs against loops, in every tier, however their units are split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { range } from '../../../src/wasm/kernels/range.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const problem = fc.record({
  images: fc.integer({ min: 1, max: 2 }),
  rows: fc.integer({ min: 1, max: 4 }),
  run: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 8150, max: 8230 })),
  gap: fc.integer({ min: 0, max: 5 }),
  pixels: fc.integer({ min: 1, max: 3 }),
  apart: fc.nat(3),
  cuts: fc.array(fc.nat(8), { maxLength: 2 }),
  seed: fc.integer(),
});

describe.each(tiers)('the range of runs, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('has the largest and the smallest number of each', () => {
    fc.assert(
      fc.property(problem, ({ images, rows, run, gap, pixels, apart, cuts, seed }) => {
        const pixel = run + apart;
        const stride = pixels * pixel + gap;
        const isRead = (i: number) => i % stride < pixels * pixel && (i % stride) % pixel < run;
        const x = noise(images * rows * stride, seed).map((value, i) => (isRead(i) ? value : 9 - 18 * (i % 2)));
        const axes = [
          { size: images, strides: [rows * stride, rows] },
          { size: rows, strides: [stride, 1] },
        ];
        const params = { rows: axes, piece: run, pieces: { size: pixels, stride: pixel }, apart: 16 };
        const arrays = [x, new Float32Array(32)];
        const [, y] = runKernel(tier, (target) => range(target, params), { arrays, cuts });
        for (let i = 0; i < images * rows; i++) {
          const numbers = Array.from(x.subarray(i * stride, (i + 1) * stride)).filter((_, k) => isRead(i * stride + k));
          expect([y![i], y![16 + i]]).toEqual([Math.max(...numbers), Math.min(...numbers)]);
        }
      }),
      { numRuns: 40 },
    );
  });
});
