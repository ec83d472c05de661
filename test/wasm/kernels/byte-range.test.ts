/** The range that a convolution of bytes keeps against the numbers that it stores, however its units are split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteScratch } from '../../../src/wasm/kernels/byte-pixels.js';
import { byteRange, rangeScratch } from '../../../src/wasm/kernels/byte-range.js';
import type { ConvolutionParams } from '../../../src/wasm/kernels/convolution.js';
import { runKernel, tiers } from './run-kernel.js';

describe.each(tiers)('the range of a convolution of bytes, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is that of its results', () => {
    const geometry = fc.record({
      height: fc.integer({ min: 1, max: 9 }),
      width: fc.integer({ min: 1, max: 13 }),
      columns: fc.constantFrom(8, 24),
      units: fc.integer({ min: 1, max: 12 }),
      cuts: fc.array(fc.nat(11), { maxLength: 2 }),
      seed: fc.nat(255),
    });
    fc.assert(
      fc.property(geometry, ({ height, width, columns, units, cuts, seed }) => {
        const params: ConvolutionParams = {
          outer: [],
          height: { size: height, input: width * 8, output: width * columns },
          width: { size: width, input: 8, output: columns },
          sum: [{ size: 8, stride: 1 }],
          ...{ columns, writable: columns, bias: true, tile: { pixels: 6, columns: 8 }, unit: { rows: 1, panels: 1 } },
          bytes: {
            ...{ products: 'pairs', channels: 32, weightOffset: 0, hasZeroPoint: false },
            ...{ output: 'floats', keepsRange: true },
          },
        };
        const pixels = height * width;
        const inputs = Uint8Array.from({ length: pixels * 32 }, (_, i) => Math.imul(i + seed, 40503) >>> 4);
        const weights = Int8Array.from({ length: columns * 32 }, (_, i) => Math.imul(i + seed, 30011) >>> 5);
        const apart = units * 4;
        // The scratch for the range follows that of the convolution.
        const scratch = new Float32Array(byteScratch + rangeScratch);
        const arrays = [
          ...[new Float32Array(inputs.buffer), new Float32Array(weights.buffer), new Float32Array(columns)],
          ...[new Float32Array(pixels * columns), scratch, scratch, new Float32Array(2 * apart)],
        ];
        const results = runKernel(
          tier,
          (target) => byteRange(target, { of: { name: 'convolution', params }, pointers: 5, units, apart }),
          { arrays, offsets: [0, 0, 0, 0, 0, byteScratch, 0], cuts: cuts.filter((cut) => cut < units) },
        );
        const [stored, ranges] = [results[3]!, results[6]!];
        expect([Math.max(...ranges.slice(0, apart)), Math.min(...ranges.slice(apart))]).toEqual([
          Math.max(...stored),
          Math.min(...stored),
        ]);
      }),
      { numRuns: 8 },
    );
  });
});
