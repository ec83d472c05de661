import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats } from '../../support/tensors.js';

type Attributes = Readonly<Record<string, AttributeInput>>;

/** A plane that grows by 1 to the right and by 10 downwards: between elements it is worth what its position says. */
function ramp(height: number, width: number): Tensor {
  const values = Array.from({ length: height * width }, (_, i) => (i % width) + 10 * Math.floor(i / width));
  return float32([1, 1, height, width], values);
}

describe('RoiAlign', () => {
  const align = (x: Tensor, rois: readonly number[], attributes: Attributes, { images = [0], opset = 22 } = {}) =>
    runOperator({
      op: 'RoiAlign',
      opset,
      inputs: [x, float32([rois.length / 4, 4], rois), int64([images.length], images)],
      attributes,
    })[0]!;
  const two = { output_height: 2, output_width: 2 };

  it('means the points of each bin, half an element back', () => {
    // x from 1 to 5 less ½: bins [0.5, 2.5], [2.5, 4.5], centres 1.5 and 3.5; y from 2 to 4 less ½: 2 and 3.
    const result = align(ramp(6, 8), [1, 2, 5, 4], two);
    expect(result.dims).toEqual([1, 1, 2, 2]);
    expect(elementsOf(result)).toEqual([21.5, 23.5, 31.5, 33.5]);
  });

  it('moves nothing back for output_half_pixel, which is all that version 10 has', () => {
    const expected = [27, 29, 37, 39];
    const mode = { coordinate_transformation_mode: 'output_half_pixel' };
    expect(elementsOf(align(ramp(6, 8), [1, 2, 5, 4], { ...two, ...mode }))).toEqual(expected);
    expect(elementsOf(align(ramp(6, 8), [1, 2, 5, 4], two, { opset: 10 }))).toEqual(expected);
  });

  it('gives a region at least one element for output_half_pixel only', () => {
    const mode = { coordinate_transformation_mode: 'output_half_pixel', sampling_ratio: 1 };
    expect(elementsOf(align(ramp(6, 8), [2, 1, 2, 1], mode))).toEqual([17.5]);
    expect(elementsOf(align(ramp(6, 8), [2, 1, 2, 1], { sampling_ratio: 1 }))).toEqual([6.5]);
  });

  it('scales regions, and repeats the edges up to one element outside', () => {
    const attributes = { ...floats({ spatial_scale: 0.5 }), sampling_ratio: 1 };
    expect(elementsOf(align(ramp(4, 4), [4, 4, 8, 8], attributes))).toEqual([27.5]);
    // Points at −0.5 count as 0; those at −1.5 are worth nothing.
    const across = { sampling_ratio: 1, output_width: 2, output_height: 1 };
    expect(elementsOf(align(ramp(4, 4), [-1.5, 1, 0.5, 2], across))).toEqual([0, 10]);
  });

  it('takes the largest weighed element for max', () => {
    // One point at (0.75, 0): weights ¼ and ¾ of 8 and 4.
    const x = float32([1, 1, 1, 2], [8, 4]);
    const attributes = { mode: 'max', sampling_ratio: 1 };
    expect(elementsOf(align(x, [1.25, 0.5, 1.25, 0.5], attributes))).toEqual([3]);
  });

  it('reads the image of each region', () => {
    const x = float32([2, 2, 1, 1], [1, 2, 3, 4]);
    const result = align(x, [0, 0, 1, 1, 0, 0, 1, 1], {}, { images: [1, 0] });
    expect(result.dims).toEqual([2, 2, 1, 1]);
    expect(elementsOf(result)).toEqual([3, 4, 1, 2]);
  });

  it('says what does not fit', () => {
    expect(() => align(ramp(2, 2), [0, 0, 1, 1], {}, { images: [1] })).toThrow(
      /US2006: region 0 is in image 1, which a batch of 1 does not have/,
    );
    expect(() => align(ramp(2, 2), [0, 0, 1e30, 1], {})).toThrow(/US2007: a region is too large/);
    expect(() => align(ramp(2, 2), [0, 0, 1, 1], { output_width: 0 })).toThrow(/US1209.*'output_width'/);
    const [n, r] = [symbol('N'), symbol('R')];
    const wrong = inferOperator({ op: 'RoiAlign', inputs: [[n, 3, 8, 8], [r, 5], [r]] });
    expect(wrong.diagnostics).toMatchObject([{ code: 'US1202', message: 'a region has 4 values' }]);
  });

  it('has as many results as regions', () => {
    const [n, r, h] = [symbol('N'), symbol('R'), symbol('H')];
    const { shapes } = inferOperator({ op: 'RoiAlign', inputs: [[n, 3, h, h], [r, 4], [r]], attributes: two });
    expect(shapes[0]).toEqual([r, 3, 2, 2]);
  });
});

describe('MaxRoiPool', () => {
  const pool = (x: Tensor, rois: readonly number[], attributes: Attributes) =>
    runOperator({ op: 'MaxRoiPool', inputs: [x, float32([rois.length / 5, 5], rois)], attributes })[0]!;

  it('takes the maxima of bins that overlap where they must', () => {
    // Columns 1 to 5: bins 1–3 and 3–5; rows 0 to 3: bins 0–1 and 2–3.
    const result = pool(ramp(6, 8), [0, 1, 0, 5, 3], { pooled_shape: [2, 2] });
    expect(elementsOf(result)).toEqual([13, 15, 33, 35]);
  });

  it('rounds borders to elements and holds 0 outside', () => {
    const result = pool(ramp(3, 3), [0, 1.5, 0, 5, 2.4], { pooled_shape: [1, 2], ...floats({ spatial_scale: 1 }) });
    // Columns 2 to 5: bins 2–3 and 4–5, of which only column 2 is there.
    expect(elementsOf(result)).toEqual([22, 0]);
    expect(
      elementsOf(pool(ramp(4, 4), [0, 2, 2, 6, 6], { pooled_shape: [1, 1], ...floats({ spatial_scale: 0.5 }) })),
    ).toEqual([33]);
  });

  it('names images that are not there, and shapes that do not fit', () => {
    expect(() => pool(ramp(2, 2), [3, 0, 0, 1, 1], { pooled_shape: [1, 1] })).toThrow(/US2006/);
    expect(() => pool(ramp(2, 2), [0, 0, 0, 1, 1], { pooled_shape: [1] })).toThrow(/US1209.*'pooled_shape'/);
  });

  it('has as many results as regions', () => {
    const [n, r, h] = [symbol('N'), symbol('R'), symbol('H')];
    const inferred = inferOperator({
      op: 'MaxRoiPool',
      inputs: [
        [n, 3, h, h],
        [r, 5],
      ],
      attributes: { pooled_shape: [4, 7] },
    });
    expect(inferred.shapes[0]).toEqual([r, 3, 4, 7]);
  });
});
