/** Arrays of 16-bit floats against the conversion of single numbers, which is written from the definition of the formats. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HalfFloat, narrowToHalves, widenHalves } from '../../src/ir/half-floats.js';
import { decodeSmallFloat, encodeSmallFloat } from '../../src/ir/small-float.js';

const all = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits);

function widened(type: HalfFloat, bits: Uint16Array): Float32Array {
  const numbers = new Float32Array(bits.length);
  widenHalves(type, bits, numbers);
  return numbers;
}

describe.each(['float16', 'bfloat16'] as const)('%s', (type) => {
  it('is widened exactly, every pattern', () => {
    const numbers = widened(type, all);
    expect([...all].filter((bits) => !Object.is(numbers[bits], decodeSmallFloat(type, bits)))).toEqual([]);
  });

  it('comes back as it was, NaN as the one', () => {
    const numbers = widened(type, all);
    const nan = type === 'float16' ? 0x7e00 : 0x7fc0;
    const back = narrowToHalves(type, numbers);
    expect([...all].filter((bits) => back[bits] !== (Number.isNaN(numbers[bits]) ? nan : bits))).toEqual([]);
  });

  it('is rounded to the nearest, ties to even, around every number', () => {
    const numbers = widened(type, all).filter(Number.isFinite);
    const near = new Float32Array(numbers.length * 5);
    const words = new Uint32Array(near.buffer);
    // The middle between a number and the next is half of a unit away: the middle itself, and what lies beside it.
    for (const [i, number] of numbers.entries()) {
      const next = decodeSmallFloat(type, encodeSmallFloat(type, Math.abs(number)) + 1);
      near[i * 5] = number;
      near[i * 5 + 1] = (Math.abs(number) + (Number.isFinite(next) ? next : Math.abs(number) * 1.0005)) / 2;
      words[i * 5 + 2] = words[i * 5 + 1]! + 1;
      words[i * 5 + 3] = Math.max(0, words[i * 5 + 1]! - 1);
      near[i * 5 + 4] = -near[i * 5 + 1]!;
    }
    const narrowed = narrowToHalves(type, near);
    const wrong = [...near.keys()].filter((i) => narrowed[i] !== encodeSmallFloat(type, near[i]!));
    expect(wrong.slice(0, 5).map((i) => near[i])).toEqual([]);
  });

  it('is rounded as single numbers are, whatever the bits', () => {
    fc.assert(
      fc.property(fc.uint32Array({ minLength: 1, maxLength: 200 }), (words) => {
        const numbers = new Float32Array(words.buffer, words.byteOffset, words.length);
        expect([...narrowToHalves(type, numbers)]).toEqual(
          Array.from(numbers, (number) => encodeSmallFloat(type, number)),
        );
      }),
    );
  });
});

it('values written out: subnormals, the largest, infinities', () => {
  const cases: readonly (readonly [number, number])[] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [-1e9, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * (1 + 2 ** -20), 0x0001],
    [3 * 2 ** -25, 0x0002],
    [-(2 ** -26), 0x8000],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2048 + 1, 0x6800],
    [Number.NaN, 0x7e00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [-0, 0x8000],
  ];
  expect([
    ...narrowToHalves(
      'float16',
      Float32Array.from(cases, ([number]) => number),
    ),
  ]).toEqual(cases.map(([, bits]) => bits));
  const brain: readonly (readonly [number, number])[] = [
    [1, 0x3f80],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [3.4e38, 0x7f80],
    [2 ** -133, 0x0001],
    [2 ** -134, 0x0000],
  ];
  expect([
    ...narrowToHalves(
      'bfloat16',
      Float32Array.from(brain, ([number]) => number),
    ),
  ]).toEqual(brain.map(([, bits]) => bits));
});
