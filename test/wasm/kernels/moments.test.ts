/** Means and squared deviations of channels, and what group normalization makes of them, against sums in double precision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupFactors } from '../../../src/wasm/kernels/group-factors.js';
import { channelMoments, momentsStride } from '../../../src/wasm/kernels/moments.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';
import { elementCount, nhwc8Tensor, type Size } from './tensors.js';

const cuts = fc.array(fc.nat(8), { maxLength: 2 });

function momentsOf(values: readonly number[]): readonly [mean: number, squares: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0)];
}

describe.each(tiers)('moments, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('of channels, far from zero as near it', () => {
    const problem = fc.record({
      size: fc.record<Size>({
        images: fc.integer({ min: 1, max: 2 }),
        channels: fc.integer({ min: 1, max: 37 }),
        depth: fc.integer({ min: 1, max: 2 }),
        height: fc.integer({ min: 1, max: 9 }),
        width: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 60, max: 140 })),
      }),
      halo: fc.record({ top: fc.nat(1), left: fc.nat(2), bottom: fc.nat(1), right: fc.nat(1) }),
      offset: fc.constantFrom(0, 100, -3000),
      groups: fc.integer({ min: 1, max: 3 }),
      cuts,
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ size, halo, offset, groups, cuts: pieces, seed }) => {
        const x = noise(elementCount(size), seed).map((value) => value + offset);
        const source = nhwc8Tensor(size, x, { halo });
        const stride = momentsStride(size.channels);
        const run = (where: readonly number[]) =>
          runKernel(tier, (target) => channelMoments(target, { input: source.view, groups }), {
            arrays: [source.data, new Float32Array(size.images * stride).fill(7)],
            offsets: [source.offset, 0],
            cuts: where,
          })[1]!;
        const y = run([]);
        const pixels = elementCount(size) / size.images / size.channels;
        for (let image = 0; image < size.images; image++) {
          for (let channel = 0; channel < size.channels; channel++) {
            const start = (image * size.channels + channel) * pixels;
            const [mean, squares] = momentsOf([...x.subarray(start, start + pixels)]);
            const at = image * stride + channel;
            expect(Math.abs(y[at]! - mean)).toBeLessThan(1e-6 * Math.max(1, Math.abs(offset)));
            // Distances from a mean of thousands are multiples of 2^-12.
            expect(Math.abs(y[at + stride / 2]! - squares)).toBeLessThan((1e-5 + 1e-6 * Math.abs(offset)) * pixels);
          }
        }
        expect(run(pieces)).toEqual(y);
      }),
      { numRuns: 25 },
    );
  });

  it.skipIf(isMissing)('of groups, as factors of their channels', () => {
    const problem = fc.record({
      images: fc.integer({ min: 1, max: 3 }),
      groups: fc.integer({ min: 1, max: 4 }),
      each: fc.integer({ min: 1, max: 9 }),
      pixels: fc.integer({ min: 1, max: 50 }),
      isByGroup: fc.boolean(),
      cuts,
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ images, groups, each, pixels, isByGroup, cuts: pieces, seed }) => {
        const channels = groups * each;
        const epsilon = 1e-3;
        const stride = momentsStride(channels);
        const moments = noise(images * stride, seed);
        for (let i = 0; i < moments.length; i++)
          if (i % stride >= stride / 2) moments[i] = Math.abs(moments[i]!) * pixels;
        const parameters = isByGroup ? groups : channels;
        const [factors, biases] = [noise(parameters, seed + 1), noise(parameters, seed + 2)];
        const padded = Math.ceil(channels / 8) * 8;
        const results = [0, 1, 2].map(() => new Float32Array(images * padded).fill(7));
        const params = { images, channels, groups, pixels, epsilon, isByGroup, stride: padded };
        const run = (where: readonly number[]) =>
          runKernel(tier, (target) => groupFactors(target, params), {
            arrays: [moments, factors, biases, ...results],
            cuts: where,
          }).slice(3);
        const made = run([]);
        for (let at = 0; at < images * channels; at++) {
          const [image, channel] = [Math.floor(at / channels), at % channels];
          const place = image * padded + channel;
          const own = Math.floor(channel / each);
          const first = image * stride + own * each;
          const means = [...moments.subarray(first, first + each)];
          const [mean, between] = momentsOf(means);
          const within = moments.subarray(first + stride / 2, first + stride / 2 + each).reduce((a, b) => a + b, 0);
          const variance = (within + pixels * between) / (each * pixels);
          const parameter = isByGroup ? own : channel;
          expect(made[0]![place]).toBeCloseTo(mean, 5);
          expect(made[1]![place]).toBeCloseTo(factors[parameter]! / Math.sqrt(variance + epsilon), 4);
          expect(made[2]![place]).toBe(biases[parameter]);
        }
        for (const result of made) {
          expect(result.every((value, i) => i % padded < channels || value === 0)).toBe(true);
        }
        expect(run(pieces)).toEqual(made);
      }),
      { numRuns: 30 },
    );
  });
});
