/** Sums of squares over channels of any window, against a loop over the elements. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelWindow, channelWindowScratch } from '../../../src/wasm/kernels/channel-window.js';
import { binary, input } from '../../../src/wasm/kernels/elementwise-expression.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';
import { elementCount, elementsOf, isOnlyViewChanged, nhwc8Tensor, type Size } from './tensors.js';

const problem = fc.record({
  size: fc.record<Size>({
    images: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 21 }),
    height: fc.integer({ min: 1, max: 4 }),
    width: fc.integer({ min: 1, max: 4 }),
  }),
  slice: fc.option(fc.tuple(fc.nat(5), fc.nat(5)), { nil: undefined }),
  before: fc.nat(20),
  after: fc.nat(20),
  cuts: fc.array(fc.nat(8), { maxLength: 2 }),
  seed: fc.integer(),
});

describe.each(tiers)('windows of channels, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are those of a loop', () => {
    fc.assert(
      fc.property(problem, ({ size, slice, before: b, after: a, cuts, seed }) => {
        const { channels, height, width } = size;
        const [before, after] = [b, a].map((count) => Math.min(count, channels - 1)) as [number, number];
        const x = noise(elementCount(size), seed);
        const source = nhwc8Tensor(size, x);
        const result = nhwc8Tensor(size, undefined, { slice, fill: 7 });
        const tree = binary('div', input(0), input(1));
        const params = { input: source.view, output: result.view, before, after, factor: 0.5, bias: 1, tree };
        const run = (pieces: readonly number[]) =>
          runKernel(tier, (target) => channelWindow(target, params), {
            arrays: [
              source.data,
              result.data,
              new Float32Array(channelWindowScratch(channels, before, after)).fill(Number.NaN),
            ],
            offsets: [source.offset, result.offset, 0],
            cuts: pieces,
          })[1]!;
        const y = run([]);
        const plane = height * width;
        for (const [i, value] of elementsOf(result, y).entries()) {
          const channel = Math.floor(i / plane) % channels;
          let sum = 0;
          for (let c = Math.max(0, channel - before); c <= Math.min(channels - 1, channel + after); c++) {
            sum += x[i + (c - channel) * plane]! ** 2;
          }
          expect(Math.abs(value - x[i]! / (1 + sum / 2))).toBeLessThan(1e-6);
        }
        if (slice !== undefined) expect(isOnlyViewChanged(result, y)).toBe(true);
        else expect(y.subarray(0, result.view.images * result.view.imageStride).every(Number.isFinite)).toBe(true);
        expect(run(cuts)).toEqual(y);
      }),
      { numRuns: 40 },
    );
  });
});
