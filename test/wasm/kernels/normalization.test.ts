/** Normalization and softmax against their formulas in double precision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binary, constant, input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { normalizePixels, normalizePixelsScratch, normalizeRuns } from '../../../src/wasm/kernels/normalization.js';
import { softmax } from '../../../src/wasm/kernels/softmax.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';
import { elementCount, elementsOf, forEachElement, isOnlyViewChanged, nhwc8Tensor, type Size } from './tensors.js';

const cuts = fc.array(fc.nat(20), { maxLength: 3 });
const length = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 700 }));
const epsilon = 1e-3;

function normalized(x: readonly number[]): number[] {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
}

function overRoot(values: readonly number[]): number[] {
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  return values.map((value) => value / Math.sqrt(square + epsilon));
}

const epilogues = [
  [undefined, (x: number) => x],
  [unary('relu', input(0)), (x: number) => Math.max(x, 0)],
  [binary('add', unary('sigmoid', input(0)), constant(3)), (x: number) => 3 + 1 / (1 + Math.exp(-x))],
] as const;

describe.each(tiers)('normalization, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('of runs, with factors and biases for elements or for runs', () => {
    const problem = fc.record({
      runs: fc.integer({ min: 1, max: 9 }),
      length,
      gap: fc.constantFrom(0, 3, 9),
      padding: fc.constantFrom(0, 2, 9),
      hasScale: fc.boolean(),
      hasBias: fc.boolean(),
      isBroadcast: fc.boolean(),
      centers: fc.boolean(),
      epilogue: fc.constantFrom(...epilogues),
      cuts,
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, (p) => {
        const { runs, length, isBroadcast, hasScale, hasBias, centers } = p;
        const stride = length + p.gap;
        const outStride = length + p.padding;
        const x = noise(runs * stride, p.seed).map((value) => 5 + 3 * value);
        const affine = isBroadcast ? runs : length;
        const [scale, bias] = [noise(affine, p.seed + 1), noise(affine, p.seed + 2)];
        const writable = length + Math.min(p.padding, 2);
        const run = (where: readonly number[]) =>
          runKernel(
            tier,
            (target) =>
              normalizeRuns(target, {
                centers,
                axes: [{ size: runs, strides: [stride, isBroadcast ? 1 : 0, isBroadcast ? 1 : 0, outStride] }],
                length,
                epsilon,
                hasScale,
                hasBias,
                isBroadcast,
                writable,
                ...(p.epilogue[0] === undefined ? {} : { epilogue: p.epilogue[0] }),
              }),
            { arrays: [x, scale, bias, new Float32Array(runs * outStride).fill(Number.NaN)], cuts: where },
          )[3]!;
        const y = run([]);
        for (let r = 0; r < runs; r++) {
          const own = [...x.subarray(r * stride, r * stride + length)];
          const values = centers ? normalized(own) : overRoot(own);
          for (const [i, value] of values.entries()) {
            const at = isBroadcast ? r : i;
            const expected = p.epilogue[1](value * (hasScale ? scale[at]! : 1) + (hasBias ? bias[at]! : 0));
            expect(Math.abs(y[r * outStride + i]! - expected)).toBeLessThan(1e-5);
          }
          for (let i = length; i < outStride; i++) {
            const isPadded = i < Math.min(writable, Math.ceil(length / 8) * 8);
            expect(Number.isFinite(y[r * outStride + i])).toBe(isPadded);
          }
        }
        expect(run(p.cuts)).toEqual(y);
      }),
      { numRuns: 60 },
    );
  });

  it.skipIf(isMissing)('of the pixels of channels', () => {
    const problem = fc.record({
      size: fc.record<Size>({
        images: fc.integer({ min: 1, max: 2 }),
        channels: fc.integer({ min: 1, max: 37 }),
        height: fc.integer({ min: 1, max: 13 }),
        width: fc.integer({ min: 1, max: 40 }),
      }),
      slice: fc.option(fc.tuple(fc.nat(5), fc.nat(5)), { nil: undefined }),
      halo: fc.record({ top: fc.nat(2), left: fc.nat(2), bottom: fc.nat(2), right: fc.nat(2) }),
      epilogue: fc.constantFrom(...epilogues),
      groups: fc.integer({ min: 1, max: 3 }),
      cuts,
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ size, slice, halo, epilogue, groups, cuts: where, seed }) => {
        const x = noise(elementCount(size), seed).map((value) => 2 * value - 1);
        const source = nhwc8Tensor(size, x, { halo });
        const result = nhwc8Tensor(size, undefined, { slice, fill: 7 });
        const [scale, bias] = [new Float32Array(48), new Float32Array(48)];
        scale.set(noise(size.channels, seed + 1));
        bias.set(noise(size.channels, seed + 2));
        const run = (pieces: readonly number[]) =>
          runKernel(
            tier,
            (target) =>
              normalizePixels(target, {
                input: source.view,
                output: result.view,
                epsilon,
                groups,
                ...(epilogue[0] === undefined ? {} : { epilogue: epilogue[0] }),
              }),
            {
              arrays: [source.data, scale, bias, result.data, new Float32Array(normalizePixelsScratch({ groups }))],
              offsets: [source.offset, 0, 0, result.offset, 0],
              cuts: pieces,
            },
          )[3]!;
        const y = run([]);
        const actual = elementsOf(result, y);
        const plane = size.height * size.width;
        let areNear = true;
        for (let i = 0; i < size.images * size.channels; i++) {
          const channel = i % size.channels;
          for (const [k, value] of normalized([...x.subarray(i * plane, (i + 1) * plane)]).entries()) {
            const expected = epilogue[1](value * scale[channel]! + bias[channel]!);
            areNear &&= Math.abs(actual[i * plane + k]! - expected) < 1e-5;
          }
        }
        expect(areNear).toBe(true);
        if (slice !== undefined) expect(isOnlyViewChanged(result, y)).toBe(true);
        else {
          let areFinite = true;
          forEachElement({ ...result.view, channels: result.view.pixelStride }, (_, place) => {
            areFinite &&= Number.isFinite(y[result.offset + place]);
          });
          expect(areFinite).toBe(true);
        }
        expect(run(where)).toEqual(y);
      }),
      { numRuns: 60 },
    );
  });

  it.skipIf(isMissing)('softmax and its logarithm, also in place', () => {
    const problem = fc.record({
      runs: fc.integer({ min: 1, max: 40 }),
      length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 400 })),
      padding: fc.constantFrom(0, 2, 9),
      isLog: fc.boolean(),
      isQuick: fc.boolean(),
      isInPlace: fc.boolean(),
      spread: fc.constantFrom(1, 10, 200),
      cuts,
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ runs, length, padding, isLog, isQuick, isInPlace, spread, cuts: where, seed }) => {
        const stride = length + padding;
        const x = noise(runs * stride, seed).map((value) => value * spread);
        const run = (pieces: readonly number[]) =>
          runKernel(
            tier,
            (target) =>
              softmax(target, {
                axes: [{ size: runs, strides: [stride, stride] }],
                length,
                isLog,
                isQuick,
                writable: length + Math.min(padding, 2),
              }),
            { arrays: [x, isInPlace ? x : new Float32Array(runs * stride).fill(Number.NaN)], cuts: pieces },
          )[1]!;
        const y = run([]);
        for (let r = 0; r < runs; r++) {
          const values = [...x.subarray(r * stride, r * stride + length)];
          const largest = Math.max(...values);
          const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
          for (const [i, value] of values.entries()) {
            const expected = isLog ? value - largest - Math.log(sum) : Math.exp(value - largest) / sum;
            expect(Math.abs(y[r * stride + i]! - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
          }
          if (isInPlace) continue;
          for (let i = length; i < stride; i++) {
            expect(Number.isFinite(y[r * stride + i])).toBe(i < Math.min(length + 2, Math.ceil(length / 8) * 8));
          }
        }
        expect(run(where)).toEqual(y);
      }),
      { numRuns: 60 },
    );
  });
});
