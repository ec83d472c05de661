import { describe, expect, it } from 'vitest';
import { pictureTensor } from '../../src/feed/picture-tensor.js';
import { symbol } from '../../src/ir/dim.js';
import { numbersOf } from '../../src/ir/numeric.js';
import { bool, float32, Tensor } from '../../src/ir/tensor.js';
import { imageAxes, pictureInputAxes, pictureOutputAxes } from '../../src/pictures/image-layout.js';
import type { Picture } from '../../src/pictures/picture.js';
import { tensorPicture, valueRange } from '../../src/pictures/tensor-picture.js';
import { problemOf } from '../files/support.js';

const [h, w, c] = [symbol('H'), symbol('W'), symbol('C')];
const nchw = imageAxes(4, 'nchw')!;
const nhwc = imageAxes(4, 'nhwc')!;
const rgb: Picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 51, 0, 102, 255) };
const gray: Picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(51, 255) };

describe('pictureInputAxes', () => {
  it.each([
    [[1, 3, h, w], nchw],
    [[1, h, w, 3], nhwc],
    [[1, c, h, w], nchw],
    [[1, 1, 64, 3], nchw],
    [[1, 16, 16, c], nhwc],
    [[3, 64, 64], imageAxes(3, 'nchw')],
    [[64, 64, 1], imageAxes(3, 'nhwc')],
    [[28, 28], imageAxes(2, 'nchw')],
    [[1, 16, 8, 8], undefined],
    [[1, 64, h, w], undefined],
    [[1, c, 64, w], nchw],
    [[c, 32, 1, 1], undefined],
    [[1, 10, 10, 10, 10], undefined],
    [[5], undefined],
  ] as const)('finds rows, columns and channels of %j', (shape, axes) => {
    expect(pictureInputAxes(shape)).toEqual(axes);
  });

  it('takes the layout it is told', () => {
    expect(pictureInputAxes([1, 3, 64, 3], 'nhwc')).toEqual(nhwc);
    expect(pictureInputAxes([1, 3, 64, 64], 'nhwc')).toBeUndefined();
  });
});

describe('pictureOutputAxes', () => {
  it('wants four axes and sides of at least 8', () => {
    const isThree = (channels: number) => channels === 3;
    expect(pictureOutputAxes([1, 3, 8, 8], isThree)).toEqual(nchw);
    expect(pictureOutputAxes([1, 8, 8, 3], isThree)).toEqual(nhwc);
    expect(pictureOutputAxes([1, 3, 7, 8], isThree)).toBeUndefined();
    expect(pictureOutputAxes([3, 8, 8], isThree)).toBeUndefined();
  });
});

describe('pictureTensor', () => {
  const values = (...args: Parameters<typeof pictureTensor>) =>
    [...numbersOf(pictureTensor(...args).tensor)].map((value) => Number(value.toFixed(4)));

  it('scales to 0..1, channels before or after', () => {
    expect(values(rgb, 'float32', [1, 3, 1, 2], nchw)).toEqual([1, 0, 0, 0.4, 0.2, 1]);
    expect(values(rgb, 'float32', [1, 1, 2, 3], nhwc)).toEqual([1, 0, 0.2, 0, 0.4, 1]);
    const deep: Picture = { width: 2, height: 1, channels: 1, data: Uint16Array.of(65535, 13107) };
    expect(values(deep, 'float32', [1, 1, 1, 2], nchw)).toEqual([1, 0.2]);
  });

  it('normalizes by channel', () => {
    expect(values(gray, 'float32', [1, 1, 1, 2], nchw, { mean: [0.2], std: [0.5] })).toEqual([0, 1.6]);
    expect(values(rgb, 'float32', [1, 3, 1, 2], nchw, { mean: [1, 0, 0.2], std: [1, 2, 0.5] })).toEqual([
      0, -1, 0, 0.2, 0, 1.6,
    ]);
    expect(problemOf(() => pictureTensor(rgb, 'float32', [1, 3, 1, 2], nchw, { mean: [1, 2] }))).toMatchObject({
      code: 'US2003',
      expected: 'one number, or 3',
    });
  });

  it('feeds uint8 as it is and other floats rounded', () => {
    expect(values(gray, 'uint8', [1, 1, 1, 2], nchw)).toEqual([51, 255]);
    expect(pictureTensor(gray, 'float16', [1, 1, 1, 2], nchw).tensor.data).toEqual(Uint16Array.of(0x3266, 0x3c00));
    expect(problemOf(() => pictureTensor(gray, 'int64', [1, 1, 1, 2], nchw)).code).toBe('US2003');
    expect(problemOf(() => pictureTensor(gray, 'uint8', [1, 1, 1, 2], nchw, { std: [2] })).code).toBe('US2003');
  });

  it('says how it changes colors', () => {
    const notes = (picture: Picture, channels: number) =>
      pictureTensor(picture, 'float32', [1, channels, 1, 2], nchw).notes.join('; ');
    expect(notes(gray, 1)).toBe('values 0..1');
    expect(notes(gray, 3)).toBe('gray is repeated as RGB; values 0..1');
    expect(notes(rgb, 1)).toContain('made gray');
    expect(notes(rgb, 4)).toContain('opaque');
    const clear: Picture = { width: 2, height: 1, channels: 4, data: new Uint8Array(8) };
    expect(notes(clear, 3)).toContain('alpha channel is left out');
    expect(values(rgb, 'float32', [1, 1, 1, 2], nchw)).toEqual([0.3218, 0.3488]);
    expect(values(gray, 'float32', [1, 3, 1, 2], nchw)).toEqual([0.2, 1, 0.2, 1, 0.2, 1]);
    expect(values(rgb, 'float32', [1, 4, 1, 2], nchw).slice(6)).toEqual([1, 1]);
  });
});

describe('tensorPicture', () => {
  it.each([
    [float32([1, 1, 1, 3], [0, 0.5, 1]), [0, 128, 255], 'values 0..1'],
    [float32([1, 1, 1, 3], [-1, 0, 1]), [0, 128, 255], 'values -1..1'],
    [float32([1, 1, 1, 3], [-3, 0, 1]), [0, 191, 255], 'stretched: -3 is black, 1 is white'],
    [float32([1, 1, 1, 3], [5, 5, 5]), [0, 0, 0], 'stretched: 5 is black, 5 is white'],
    [float32([1, 1, 1, 3], [Number.NaN, 0, Number.POSITIVE_INFINITY]), [0, 0, 255], 'values 0..1'],
    [new Tensor('uint8', [1, 1, 1, 3], Uint8Array.of(3, 2, 1)), [3, 2, 1], 'values 0..255'],
    [bool([1, 1, 1, 3], [true, false, true]), [255, 0, 255], 'false is black, true is white'],
  ])('maps values to 0..255 (%#)', (tensor, pixels, description) => {
    const range = valueRange(tensor);
    expect(range.description).toBe(description);
    expect([...tensorPicture(tensor, nchw, 0, range).data]).toEqual(pixels);
  });

  it('gives back the picture that was fed', () => {
    for (const [axes, dims] of [
      [nchw, [1, 3, 1, 2]],
      [nhwc, [1, 1, 2, 3]],
    ] as const) {
      const { tensor } = pictureTensor(rgb, 'float32', dims, axes);
      expect(tensorPicture(tensor, axes, 0, valueRange(tensor))).toEqual(rgb);
    }
  });
});
