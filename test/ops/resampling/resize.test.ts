import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { type AttributeInput, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats, tensor } from '../../support/tensors.js';

interface Options {
  readonly scales?: readonly number[];
  readonly sizes?: readonly number[];
  readonly roi?: readonly number[];
  readonly opset?: number;
  readonly attributes?: Readonly<Record<string, AttributeInput>> | undefined;
}

function resize(x: Tensor, { scales, sizes, roi, opset = 19, attributes = {} }: Options): Tensor {
  const list = (values: readonly number[] | undefined) => values && float32([values.length], values);
  const inputs = [x, list(roi), list(scales), sizes && int64([sizes.length], sizes)];
  return runOperator({ op: 'Resize', opset, inputs, attributes })[0]!;
}

function row(values: readonly number[]): Tensor {
  return float32([values.length], values);
}

function rounded(result: Tensor): number[] {
  return elementsOf(result).map((value) => Number((value as number).toFixed(5)));
}

const square = float32([1, 1, 2, 2], [1, 2, 3, 4]);

describe('Resize, nearest', () => {
  it('doubles every element', () => {
    const result = resize(square, { scales: [1, 1, 2, 2] });
    expect(result.dims).toEqual([1, 1, 4, 4]);
    expect(elementsOf(result)).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  });

  it.each([
    ['round_prefer_floor', [1, 3, 5], [1, 3, 5]],
    ['round_prefer_ceil', [1, 3, 5], [2, 4, 6]],
    ['floor', [1, 3, 4], [1, 3, 5]],
    ['ceil', [2, 3, 5], [2, 4, 6]],
  ])('takes the element that %s says', (nearest_mode, fromFive, fromSix) => {
    const three = (values: number[]) => elementsOf(resize(row(values), { sizes: [3], attributes: { nearest_mode } }));
    expect(three([1, 2, 3, 4, 5]), 'at 1/3, 2, 11/3').toEqual(fromFive);
    expect(three([1, 2, 3, 4, 5, 6]), 'at 0.5, 2.5, 4.5').toEqual(fromSix);
  });

  it('keeps bits, big integers and strings as they are', () => {
    const big = 2n ** 60n + 1n;
    expect(elementsOf(resize(tensor('int64', [big, 2n]), { scales: [2] }))).toEqual([big, big, 2n, 2n]);
    expect(elementsOf(resize(tensor('string', ['a', 'b']), { sizes: [3] }))).toEqual(['a', 'a', 'b']);
    expect(elementsOf(resize(tensor('bool', [1, 0]), { scales: [1.5] }))).toEqual([1, 1, 0]);
    expect(elementsOf(resize(tensor('float16', [0.5, -2]), { scales: [2] }))).toEqual([0.5, 0.5, -2, -2]);
  });

  it('rounds up where the axis shrinks and down where it grows, in version 10', () => {
    const run = (values: number[], scale: number) =>
      elementsOf(runOperator({ op: 'Resize', opset: 10, inputs: [row(values), row([scale])] })[0]);
    expect(run([1, 2, 3, 4], 0.6)).toEqual([1, 3]);
    expect(run([1, 2], 1.5)).toEqual([1, 1, 2]);
  });
});

describe('Resize, linear', () => {
  const linear = (attributes = {}): Options['attributes'] => ({ mode: 'linear', ...attributes });

  it('takes centres of elements for half_pixel, and repeats the edges', () => {
    const result = resize(square, { scales: [1, 1, 2, 2], attributes: linear() });
    expect(elementsOf(result)).toEqual([
      1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4,
    ]);
  });

  it.each([
    ['align_corners', [0, 10, 20, 30]],
    ['asymmetric', [0, 15, 30, 30]],
    ['half_pixel', [0, 7.5, 22.5, 30]],
    ['half_pixel_symmetric', [0, 7.5, 22.5, 30]],
    ['pytorch_half_pixel', [0, 7.5, 22.5, 30]],
    ['tf_half_pixel_for_nn', [7.5, 22.5, 30, 30]],
  ])('reads a pair, made four, where %s says', (coordinate_transformation_mode, expected) => {
    const attributes = linear({ coordinate_transformation_mode });
    expect(rounded(resize(row([0, 30]), { opset: 11, scales: [2], roi: [], attributes }))).toEqual(expected);
  });

  it('lays a fractional size in the middle for half_pixel_symmetric', () => {
    // 4 · 0.6 = 2.4, of which 2 are left: offset 2·(1 − 2/2.4) = 1/3; positions 1/3 + (x + 0.5)/0.6 − 0.5 = 2/3, 7/3.
    const attributes = linear({ coordinate_transformation_mode: 'half_pixel_symmetric' });
    expect(rounded(resize(row([1, 2, 3, 4]), { scales: [0.6], attributes }))).toEqual([1.66667, 3.33333]);
  });

  it('reads a single output at the front for pytorch_half_pixel, in the middle for half_pixel', () => {
    const one = (coordinate_transformation_mode: string) =>
      rounded(resize(row([0, 10, 20]), { sizes: [1], attributes: linear({ coordinate_transformation_mode }) }));
    expect(one('pytorch_half_pixel')).toEqual([0]);
    expect(one('half_pixel')).toEqual([10]);
    expect(one('align_corners')).toEqual([0]);
  });

  it('cuts integers to whole numbers of their range', () => {
    const values = resize(tensor('uint8', [1, 2]), { scales: [2], attributes: linear() });
    expect(values.type).toBe('uint8');
    expect(elementsOf(values)).toEqual([1, 1, 1, 2]);
    const cubic = resize(tensor('uint8', [0, 0, 255, 255]), { scales: [2], attributes: { mode: 'cubic' } });
    expect(elementsOf(cubic)[4]).toBeGreaterThan(127);
    expect(Math.max(...(elementsOf(cubic) as number[]))).toBe(255);
    expect(elementsOf(cubic).slice(2, 4)).toEqual([0, expect.any(Number)]);
  });

  it('widens its filter against aliasing', () => {
    // Scale 1/2: weights ¼ ¾ ¾ ¼ of 2 around 0.5 and 2.5, the edges repeated.
    const attributes = linear({ antialias: 1 });
    expect(rounded(resize(row([0, 4, 8, 12]), { sizes: [2], attributes }))).toEqual([2.5, 9.5]);
    // Left out in place of repeated: (0·¾ + 4·¾ + 8·¼) / 1¾ and (4·¼ + 8·¾ + 12·¾) / 1¾.
    const outside = linear({ antialias: 1, exclude_outside: 1 });
    expect(rounded(resize(row([0, 4, 8, 12]), { sizes: [2], attributes: outside }))).toEqual([2.85714, 9.14286]);
  });
});

describe('Resize, cubic', () => {
  const at = (attributes: Readonly<Record<string, AttributeInput>>) =>
    resize(row([1, 2, 4, 8]), {
      scales: [2],
      attributes: { mode: 'cubic', coordinate_transformation_mode: 'asymmetric', ...attributes },
    });

  it('weighs four elements, −3/32 19/32 19/32 −3/32 half way', () => {
    const values = rounded(at({}));
    expect(values.slice(0, 4)).toEqual([1, 1.3125, 2, 2.71875]);
  });

  it('takes another coefficient', () => {
    // −1/16 9/16 9/16 −1/16.
    expect(rounded(at(floats({ cubic_coeff_a: -0.5 }))).slice(0, 4)).toEqual([1, 1.375, 2, 2.8125]);
  });

  it('leaves out what lies outside', () => {
    // (19·1 + 19·2 − 3·4) / 35.
    expect(rounded(at({ exclude_outside: 1 }))[1]).toBe(1.28571);
  });
});

describe('Resize, tf_crop_and_resize', () => {
  const crop = (sizes: number[], roi: number[], more: Readonly<Record<string, AttributeInput>> = {}) =>
    resize(row([0, 10, 20, 30, 40]), {
      sizes,
      roi,
      attributes: { coordinate_transformation_mode: 'tf_crop_and_resize', mode: 'linear', ...more },
    });

  it('spans the region', () => {
    expect(elementsOf(crop([4], [0.25, 1]))).toEqual([10, 20, 30, 40]);
    expect(elementsOf(crop([1], [0.25, 0.75]))).toEqual([20]);
  });

  it('puts the extrapolation value outside', () => {
    const attributes = floats({ extrapolation_value: -7 });
    expect(elementsOf(crop([3], [0.25, 1.25], attributes))).toEqual([10, 30, -7]);
    expect(elementsOf(crop([3], [-0.25, 0.75], { ...attributes, mode: 'nearest' }))).toEqual([-7, 10, 30]);
  });

  it('needs a region of finite bounds', () => {
    expect(() => crop([3], [])).toThrow(/US1306.*needs the input roi/);
    expect(() => crop([3], [0, Number.NaN])).toThrow(/US1211.*roi/);
    expect(() => crop([3], [0, 1, 2])).toThrow(/US1211.*2 finite values/);
  });
});

describe('Resize, sizes', () => {
  it('rounds the product in float32, as onnxruntime does', () => {
    // In float64 the product of 10 and the float32 next to 0.7 is 6.9999998807.
    expect(resize(row(new Array(10).fill(1)), { scales: [0.7] }).dims).toEqual([7]);
    expect(resize(row(new Array(9).fill(1)), { scales: [1 / 3] }).dims).toEqual([3]);
  });

  it('reads thirds where they are, though the scale is rounded', () => {
    const attributes = { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    expect(elementsOf(resize(row([0, 1, 2, 3, 4, 5, 6, 7, 8]), { scales: [1 / 3], attributes }))).toEqual([0, 3, 6]);
  });

  it.each([
    ['stretch', [2, 6]],
    ['not_larger', [2, 3]],
    ['not_smaller', [4, 6]],
  ])('%s of 4×6 asked for 2×6', (keep_aspect_ratio_policy, expected) => {
    const x = float32([1, 1, 4, 6], new Array(24).fill(1));
    const result = resize(x, { sizes: [2, 6], attributes: { axes: [2, 3], keep_aspect_ratio_policy } });
    expect(result.dims).toEqual([1, 1, ...expected]);
  });

  it('rounds half up where the ratio is kept', () => {
    const x = float32([4, 5], new Array(20).fill(1));
    expect(resize(x, { sizes: [2, 9], attributes: { keep_aspect_ratio_policy: 'not_larger' } }).dims).toEqual([2, 3]);
  });

  it('takes axes in any order, from the end too', () => {
    const result = resize(square, { scales: [3, 2], attributes: { axes: [-1, 2] } });
    expect(result.dims).toEqual([1, 1, 4, 6]);
    expect(elementsOf(result).slice(0, 6)).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it('reads scales of no elements as absent', () => {
    expect(elementsOf(resize(row([1, 2]), { opset: 11, roi: [], scales: [], sizes: [4] }))).toEqual([1, 1, 2, 2]);
  });

  it('gives empty results for empty sizes', () => {
    expect(resize(square, { scales: [1, 1, 0.4, 1] }).dims).toEqual([1, 1, 0, 2]);
    expect(resize(float32([0, 2], []), { scales: [2, 2] }).dims).toEqual([0, 4]);
  });
});

describe('Resize, errors', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['scales that are not positive', () => resize(row([1]), { scales: [0] }), /US1211: scales must be positive/],
    ['sizes that are negative', () => resize(row([1]), { sizes: [-1] }), /US1207: a size to resize to is negative/],
    ['too few scales', () => resize(square, { scales: [2, 2] }), /US1202.*expected 4 values, got 2 values/],
    ['both', () => resize(row([1]), { scales: [2], sizes: [2] }), /US1306: scales and sizes are both given/],
    ['neither', () => resize(row([1]), { roi: [0, 1] }), /US1306: neither scales nor sizes are given/],
    [
      'scales that are one number',
      () => runOperator({ op: 'Resize', inputs: [square, undefined, float32([], [2])] }),
      /US1202: scales must be a list .expected shape \[4\].*got shape \[\]/,
    ],
    [
      'sizes that are a table',
      () => runOperator({ op: 'Resize', inputs: [square, undefined, undefined, int64([2, 2], [1, 1, 4, 4])] }),
      /US1202: sizes must be a list/,
    ],
    [
      'scales of Upsample that are one number',
      () => runOperator({ op: 'Upsample', opset: 9, inputs: [square, float32([], [2])] }),
      /US1202: scales must be a list/,
    ],
    ['an axis twice', () => resize(square, { scales: [2, 2], attributes: { axes: [3, -1] } }), /US1208/],
    ['an axis too far', () => resize(square, { scales: [2], attributes: { axes: [4] } }), /US1208/],
    ['elements from none', () => resize(float32([0], []), { sizes: [3] }), /US1202: an empty axis cannot be resized/],
    [
      'text between text',
      () => resize(tensor('string', ['a']), { scales: [2], attributes: { mode: 'linear' } }),
      /US1210/,
    ],
    ['a mode that is none', () => resize(row([1]), { scales: [2], attributes: { mode: 'area' } }), /US1304/],
  ])('names %s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});
