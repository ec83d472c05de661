import { describe, expect, it } from 'vitest';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { classMask, classPalette, classShares, maskSource, overlayMask } from '../../src/pictures/class-mask.js';

const picture = [{ width: 16, height: 16 }];
const filled = (dims: readonly number[], value: (i: number) => number) =>
  float32(
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => value(i)),
  );

describe('maskSource', () => {
  it.each([
    [[1, 2, 16, 16], 2],
    [[1, 21, 16, 16], 21],
    [[1, 16, 16, 21], 21],
    [[1, 3, 16, 16], 3],
    [[1, 1, 16, 16], 2],
    [[1, 2, 10, 12], 2],
  ])('takes scores of shape %j', (dims, classes) => {
    expect(
      maskSource(
        filled(dims, (i) => (i % 9) - 4),
        picture,
      ),
    ).toMatchObject({ classes });
  });

  it.each([
    ['features on a coarse grid', filled([1, 64, 4, 4], (i) => i)],
    ['a picture in 0..1', filled([1, 3, 16, 16], () => 0.5)],
    ['a picture in -1..1', filled([1, 3, 16, 16], (i) => (i % 2 ? 1 : -1))],
    ['a picture that overshoots', filled([1, 3, 16, 16], (i) => (i % 2 ? 250 : -3))],
    ['too many channels', filled([1, 257, 16, 16], (i) => i)],
    ['nothing but NaN', filled([1, 2, 16, 16], () => Number.NaN)],
    ['bytes', new Tensor('uint8', [1, 1, 16, 16], new Uint8Array(256))],
  ])('does not take %s', (_, tensor) => {
    expect(maskSource(tensor, picture)).toBeUndefined();
  });

  it('takes nothing when no input is a picture', () => {
    expect(
      maskSource(
        filled([1, 2, 16, 16], (i) => i),
        [],
      ),
    ).toBeUndefined();
  });

  it('takes a probability when a mask is wanted', () => {
    const probability = filled([1, 1, 16, 16], (i) => i / 256);
    expect(maskSource(probability, picture)).toBeUndefined();
    expect(maskSource(probability, picture, { isWanted: true })?.choice).toEqual({ kind: 'above', threshold: 0.5 });
  });

  it('takes integers as classes', () => {
    const labels = int64(
      [1, 16, 16],
      Array.from({ length: 256 }, (_, i) => i % 5),
    );
    const source = maskSource(labels, picture)!;
    expect(source).toMatchObject({ classes: 5, choice: { kind: 'label' } });
    expect([...classMask(labels, source, 0).data.subarray(0, 6)]).toEqual([0, 1, 2, 3, 4, 0]);
  });
});

describe('classMask', () => {
  it('picks the highest score in either layout, NaN never', () => {
    const first = filled([2, 2, 8, 8], (i) => (Math.floor(i / 64) % 2 === i % 2 ? 1 : -2));
    const source = maskSource(first, [{ width: 8, height: 8 }])!;
    expect([...classMask(first, source, 1).data.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
    const last = filled([1, 8, 8, 2], (i) => (i === 1 ? Number.NaN : i % 2));
    const nhwc = maskSource(last, [{ width: 8, height: 8 }])!;
    expect([...classMask(last, nhwc, 0).data.subarray(0, 3)]).toEqual([0, 1, 1]);
  });

  it('splits one score at zero', () => {
    const scores = filled([1, 1, 8, 8], (i) => i - 32);
    const mask = classMask(scores, maskSource(scores, [{ width: 8, height: 8 }])!, 0);
    expect(classShares(mask)).toEqual([
      { label: 0, share: 33 / 64 },
      { label: 1, share: 31 / 64 },
    ]);
  });
});

describe('classPalette', () => {
  it('has a colour of its own for every class', () => {
    const palette = classPalette(256);
    expect(palette[0]).toEqual([0, 0, 0]);
    expect(new Set(palette.map(String)).size).toBe(256);
    expect(palette.flat().every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
  });
});

describe('overlayMask', () => {
  it('leaves class 0, tints classes and outlines them', () => {
    const mask = { width: 5, height: 5, channels: 1 as const, data: new Uint8Array(25) };
    for (const i of [6, 7, 8, 11, 12, 13, 16, 17, 18]) mask.data[i] = 1;
    const grey = { width: 5, height: 5, channels: 1 as const, data: new Uint8Array(25).fill(100) };
    const { data, channels } = overlayMask(grey, mask, [
      [0, 0, 0],
      [200, 0, 0],
    ]);
    const pixel = (i: number) => [...data.subarray(3 * i, 3 * i + 3)];
    expect(channels).toBe(3);
    expect(pixel(0)).toEqual([100, 100, 100]);
    expect(pixel(6)).toEqual([190, 10, 10]);
    expect(pixel(12)).toEqual([135, 65, 65]);
  });
});
