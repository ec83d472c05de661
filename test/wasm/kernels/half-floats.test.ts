/** Rounding to 16-bit floats in four lanes is that of arrays by their bits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HalfFloat, narrowToHalves, widenHalves } from '../../../src/ir/half-floats.js';
import { elementwise } from '../../../src/wasm/kernels/elementwise.js';
import { input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { runKernel } from './run-kernel.js';

function rounded(type: HalfFloat, numbers: Float32Array): Float32Array {
  const params = { tree: unary(type, input(0)), axes: [], channels: numbers.length, writable: numbers.length };
  const arrays = [numbers, new Float32Array(numbers.length)];
  return runKernel('baseline', (target) => elementwise(target, { ...params, isBroadcast: [false] }), { arrays })[1]!;
}

function expected(type: HalfFloat, numbers: Float32Array): Float32Array {
  const result = new Float32Array(numbers.length);
  widenHalves(type, narrowToHalves(type, numbers), result);
  return result;
}

function differing(type: HalfFloat, numbers: Float32Array): readonly (readonly number[])[] {
  const [actual, wanted] = [rounded(type, numbers), expected(type, numbers)];
  return [...numbers.keys()]
    .filter((i) => !Object.is(actual[i], wanted[i]))
    .map((i) => [numbers[i]!, actual[i]!, wanted[i]!]);
}

describe.each(['float16', 'bfloat16'] as const)('rounding to %s', (type) => {
  it('rounds correctly around every number of the type: the number itself, and just below and above the next midpoint', () => {
    const words = new Uint32Array(8 * (1 << 16));
    // The upper 19 bits are those of float16 where its exponents are; of bfloat16 it is the upper 16.
    const unused = type === 'float16' ? 13 : 16;
    for (let i = 0; i < 1 << 16; i++) {
      const word = type === 'float16' ? ((i & 0x8000) << 16) | ((i & 0x7fff) << 13) : i << 16;
      const middle = 1 << (unused - 1);
      for (const [k, low] of [0, 1, middle - 1, middle, middle + 1, 2 * middle - 1].entries()) {
        words[i * 8 + k] = (word + (type === 'float16' ? 0x38000000 : 0)) | low;
      }
    }
    expect(differing(type, new Float32Array(words.buffer)).slice(0, 5)).toEqual([]);
  });

  it('rounds what is below the normal numbers, and infinities and NaN', () => {
    const small = Float32Array.from({ length: 1 << 12 }, (_, i) => (i - 2048) * 2 ** -26);
    const special = [0, -0, 65504, 65519.99, 65520, -65520, 3.3895e38, 3.4e38, Number.NaN, 2 ** -24, 2 ** -25, 1e-45];
    const all = [...small, ...special, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    expect(all.length % 8).toBe(0);
    expect(differing(type, Float32Array.from(all)).slice(0, 5)).toEqual([]);
  });

  it('rounds any bits', () => {
    fc.assert(
      fc.property(fc.uint32Array({ minLength: 64, maxLength: 64 }), (words) => {
        expect(differing(type, new Float32Array(Uint32Array.from(words).buffer))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
