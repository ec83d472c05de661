/** Max pooling that keeps argmax offsets, and the way back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pooling } from '../../../src/wasm/kernels/pooling.js';
import { unpool } from '../../../src/wasm/kernels/unpool.js';
import { runKernel, tiers } from './run-kernel.js';
import { elementCount, elementsOf, isOnlyViewChanged, nhwc8Tensor, type Size } from './tensors.js';

const slice = fc.option(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), { nil: undefined });
const cuts = fc.array(fc.nat(20), { maxLength: 3 });
const channels = fc.integer({ min: 1, max: 21 });
const images = fc.integer({ min: 1, max: 2 });
const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    pad: fc.nat(2),
  })
  .map((a) => ({ ...a, outputs: Math.floor((a.size + a.pad - (a.kernel - 1) * a.dilation - 1) / a.stride) + 1 }))
  .filter((a) => a.pad < a.kernel && a.outputs > 0);

/** Few different numbers, so that maxima are equal. */
function fewNumbers(length: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 28) - 20;
  });
}

describe.each(tiers)('pooling and unpooling, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('remembers the first tap that has the maximum', () => {
    const problem = fc.record({ images, channels, high: axis, wide: axis, slice, cuts, seed: fc.integer() });
    fc.assert(
      fc.property(problem, ({ images, channels, high, wide, slice, cuts, seed }) => {
        const size: Size = { images, channels, height: high.size, width: wide.size };
        const pooled: Size = { images, channels, height: high.outputs, width: wide.outputs };
        const x = fewNumbers(elementCount(size), seed);
        const source = nhwc8Tensor(size, x);
        const result = nhwc8Tensor(pooled, undefined, { slice, fill: 7 });
        const argmax = nhwc8Tensor(pooled, undefined, {
          halo: { top: 1, left: 0, bottom: 0, right: 2 },
          fill: -1,
          slice: slice && [slice[1], slice[0]],
        });
        const expected: number[] = [];
        const expectedOffsets: number[] = [];
        for (let plane = 0; plane < images * channels; plane++) {
          for (let p = 0; p < high.outputs; p++) {
            for (let q = 0; q < wide.outputs; q++) {
              let best = Number.NEGATIVE_INFINITY;
              let tap = -1;
              for (let a = 0; a < high.kernel; a++) {
                for (let b = 0; b < wide.kernel; b++) {
                  const i = p * high.stride - high.pad + a * high.dilation;
                  const j = q * wide.stride - wide.pad + b * wide.dilation;
                  if (i < 0 || j < 0 || i >= high.size || j >= wide.size) continue;
                  const value = x[(plane * high.size + i) * wide.size + j]!;
                  if (value > best) [best, tap] = [value, a * wide.kernel + b];
                }
              }
              expected.push(best);
              expectedOffsets.push(tap);
            }
          }
        }
        const [, y, t] = runKernel(
          tier,
          (target) =>
            pooling(target, {
              input: source.view,
              output: result.view,
              kind: 'max',
              kernel: [high.kernel, wide.kernel],
              strides: [high.stride, wide.stride],
              dilations: [high.dilation, wide.dilation],
              pads: [high.pad, wide.pad],
              padsEnd: [0, 0],
              countsPadding: false,
              argmax: argmax.view,
            }),
          {
            arrays: [source.data, result.data, argmax.data],
            offsets: [source.offset, result.offset, argmax.offset],
            cuts,
          },
        );
        expect([...elementsOf(result, y!)]).toEqual(expected);
        expect([...elementsOf(argmax, t!)]).toEqual(expectedOffsets);
        if (slice !== undefined) {
          expect(isOnlyViewChanged(result, y!)).toBe(true);
          expect(isOnlyViewChanged(argmax, t!)).toBe(true);
        }
      }),
      { numRuns: 120 },
    );
  });

  it.skipIf(isMissing)('puts values back at their argmax offsets, zeros elsewhere, for outputs of any size', () => {
    const problem = fc.record({
      images,
      channels,
      kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      pooled: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      output: fc.tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 15 })),
      slice,
      cuts,
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(problem, ({ images, channels, kernel, pooled, output, slice, cuts, seed }) => {
        const small: Size = { images, channels, height: pooled[0], width: pooled[1] };
        const large: Size = { images, channels, height: output[0], width: output[1] };
        const x = fewNumbers(elementCount(small), seed);
        const argmax = fewNumbers(elementCount(small), seed + 1).map((value) => (value + 20) % (kernel[0] * kernel[1]));
        const source = nhwc8Tensor(small, x);
        const numbers = nhwc8Tensor(small, argmax, { halo: { top: 0, left: 1, bottom: 2, right: 0 } });
        const result = nhwc8Tensor(large, undefined, { slice, fill: 7 });
        const expected = new Array<number>(elementCount(large)).fill(0);
        for (const [index, tap] of argmax.entries()) {
          const plane = Math.floor(index / (pooled[0] * pooled[1]));
          const row = (Math.floor(index / pooled[1]) % pooled[0]) * kernel[0] + Math.floor(tap / kernel[1]);
          const column = (index % pooled[1]) * kernel[1] + (tap % kernel[1]);
          if (row < output[0] && column < output[1]) {
            expected[(plane * output[0] + row) * output[1] + column] = x[index]!;
          }
        }
        const [, , y] = runKernel(
          tier,
          (target) => unpool(target, { input: source.view, argmax: numbers.view, output: result.view, kernel }),
          {
            arrays: [source.data, numbers.data, result.data],
            offsets: [source.offset, numbers.offset, result.offset],
            cuts,
          },
        );
        expect([...elementsOf(result, y!)]).toEqual(expected);
        if (slice !== undefined) expect(isOnlyViewChanged(result, y!)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
