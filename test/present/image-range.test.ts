import { describe, expect, it } from 'vitest';
import { bool, float32, Tensor } from '../../src/ir/tensor.js';
import { imageRange } from '../../src/present/image-range.js';

/** From `low` to `high`, `count` values, and as many more as are given. */
function ramp(low: number, high: number, ...more: number[]): Tensor {
  const values = Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100);
  return float32([101 + more.length], [...values, ...more]);
}

describe('the range of a picture', () => {
  const bytes = { low: 0, high: 255 };
  it.each([
    ['0..1', ramp(0, 1), undefined, { low: 0, high: 1 }],
    ['0..1 with a little beyond', ramp(0, 1, -0.1, 1.2), undefined, { low: 0, high: 1 }],
    ['a dark picture that overshoots', ramp(0, 0.8, -0.03), undefined, { low: 0, high: 1 }],
    ['-1..1', ramp(-1, 1), undefined, { low: -1, high: 1 }],
    ['-1..1 with a little beyond', ramp(-1, 1, -1.1), undefined, { low: -1, high: 1 }],
    ['0..255', ramp(0, 255), undefined, bytes],
    ['0..255 with a little beyond', ramp(0, 255, -40, 272), bytes, bytes],
    ['0..1, fed as bytes', ramp(0, 1), bytes, { low: 0, high: 1 }],
    ['what was fed', ramp(-2, 2), { low: -2, high: 2 }, { low: -2, high: 2 }],
  ])('is %s', (_, tensor, fed, expected) => {
    expect(imageRange(tensor, fed)).toMatchObject({ ...expected, isKnown: true });
  });

  it('is stretched from the least to the greatest where it is none of these', () => {
    for (const [low, high] of [
      [-73, 33],
      [0, 9],
      [1000, 1001],
    ] as const) {
      const range = imageRange(ramp(low, high), bytes);
      expect(range).toMatchObject({ low, high, isKnown: false });
      expect(range.description).toContain('stretched');
    }
  });

  it('says how much it cuts off', () => {
    expect(imageRange(ramp(0, 1, 1.2)).description).toBe('values 0..1, 1.0 % of them cut off');
  });

  it('of bytes and truth values is their own', () => {
    expect(imageRange(new Tensor('uint8', [2], Uint8Array.of(3, 9)))).toMatchObject({
      low: 0,
      high: 255,
      isKnown: true,
    });
    expect(imageRange(bool([2], [true, false]))).toMatchObject({ low: 0, high: 1, isKnown: true });
    expect(imageRange(float32([1], [Number.NaN])).isKnown).toBe(true);
  });
});
