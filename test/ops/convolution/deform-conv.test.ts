import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mul, symbol } from '../../../src/ir/dim.js';
import { elementCount, float32, type Tensor, zeros } from '../../../src/ir/tensor.js';
import { findOperator } from '../../../src/ops/registry.js';
import { smallIntegers } from '../../support/geometry.js';
import { type AttributeInput, graphOf, inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf } from '../../support/tensors.js';

function deform(inputs: readonly (Tensor | undefined)[], attributes: Readonly<Record<string, AttributeInput>>): Tensor {
  return runOperator({ op: 'DeformConv', inputs, attributes })[0]!;
}

function numbers(dims: readonly number[], seed: number): Tensor {
  return float32(dims, smallIntegers(elementCount(dims), seed));
}

describe('DeformConv', () => {
  const plane = float32([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
  const one = float32([1, 1, 1, 1], [1]);

  it('reads where the offsets say, rows before columns', () => {
    // One offset for every output: half a row down and one column to the right; outside are zeros.
    const offset = float32([1, 2, 2, 3], [...new Array(6).fill(0.5), ...new Array(6).fill(1)]);
    expect(elementsOf(deform([plane, one, offset], {}))).toEqual([3.5, 4.5, 0, 2.5, 3, 0]);
  });

  it('has offsets and masks for every element of the kernel', () => {
    const kernel = float32([1, 1, 1, 2], [1, 10]);
    // The second element reads one row down in the second output only.
    const offset = float32([1, 4, 1, 2], [0, 0, 0, 0, 0, 1, 0, 0]);
    const mask = float32([1, 2, 1, 2], [1, 0.5, 1, 2]);
    const x = float32([1, 1, 1, 3], [1, 2, 3]);
    expect(elementsOf(deform([x, kernel, zeros('float32', [1, 4, 1, 2]), undefined, mask], {}))).toEqual([21, 61]);
    expect(elementsOf(deform([x, kernel, offset, float32([1], [100]), mask], {}))).toEqual([121, 101]);
  });

  it('has groups of offsets', () => {
    const x = float32([1, 2, 1, 2], [1, 2, 30, 40]);
    const sum = float32([1, 2, 1, 1], [1, 1]);
    const offset = float32([1, 4, 1, 2], [0, 0, 0, 0, 0, 0, 1, -1]);
    expect(elementsOf(deform([x, sum, offset], { offset_group: 2 }))).toEqual([41, 32]);
  });

  it('is Conv where no offset moves it, in two and three axes', () => {
    const axis = fc.record({
      input: fc.integer({ min: 3, max: 5 }),
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 2 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      pad: fc.integer({ min: 1, max: 2 }),
    });
    const test = fc.record({
      axes: fc.array(axis, { minLength: 2, maxLength: 3 }),
      group: fc.integer({ min: 1, max: 2 }),
      offsetGroup: fc.integer({ min: 1, max: 2 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(test, ({ axes, group, offsetGroup, seed }) => {
        const channels = 2 * group;
        const kernel = axes.map((item) => item.kernel);
        const x = numbers([2, channels, ...axes.map((item) => item.input)], seed);
        const w = numbers([2 * group, 2, ...kernel], seed + 1);
        const bias = numbers([2 * group], seed + 2);
        const attributes = {
          group,
          strides: axes.map((item) => item.stride),
          dilations: axes.map((item) => item.dilation),
          pads: [...axes, ...axes].map((item) => item.pad),
        };
        const [expected] = runOperator({ op: 'Conv', inputs: [x, w, bias], attributes });
        const reads = offsetGroup * elementCount(kernel);
        const output = expected!.dims.slice(2);
        const mask = float32([2, reads, ...output], new Array(2 * reads * elementCount(output)).fill(1));
        const still = zeros('float32', [2, reads * axes.length, ...output]);
        const actual = deform([x, w, still, bias, mask], { ...attributes, offset_group: offsetGroup });
        expect(actual).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('interpolates between whole offsets, one axis after the other', () => {
    const x = numbers([1, 2, 4, 4], 5);
    const w = numbers([3, 2, 2, 2], 6);
    const at = (row: number, column: number) => {
      const offsets = Array.from({ length: 8 * 9 }, (_, i) => (Math.floor(i / 9) % 2 === 0 ? row : column));
      return elementsOf(deform([x, w, float32([1, 8, 3, 3], offsets)], {})) as number[];
    };
    const [a, b, c, d] = [at(-1, -1), at(-1, 0), at(0, -1), at(0, 0)];
    at(-0.75, -0.75).forEach((value, i) => {
      expect(value).toBeCloseTo((9 * a[i]! + 3 * b[i]! + 3 * c[i]! + d[i]!) / 16, 5);
    });
  });

  it('has the shape and the cost of a convolution', () => {
    const [n, h, w] = [symbol('N'), symbol('H'), symbol('W')];
    const [x, weights, offset] = [
      [n, 4, h, w],
      [8, 4, 3, 3],
      [n, 18, h, w],
    ];
    const test = { op: 'DeformConv', attributes: { pads: [1, 1, 1, 1] } };
    const { shapes } = inferOperator({ ...test, inputs: [x, weights, offset] });
    expect(shapes[0]).toEqual([n, 8, h, w]);
    const node = graphOf({ ...test, inputs: [one, one, one] }).nodes[0]!;
    const macs = findOperator(node)!
      .bind(node)
      .macs({ inputs: [x, weights, offset], outputs: [[n, 8, h, w]] });
    expect(macs).toBe(mul(n, h, w, 8 * 4 * 9));
  });

  it('says what does not fit', () => {
    const shape = (offset: number[], attributes: Readonly<Record<string, number>> = {}) =>
      inferOperator({ op: 'DeformConv', inputs: [[1, 4, 8, 8], [8, 4, 3, 3], offset], attributes }).diagnostics;
    expect(shape([1, 9, 6, 6])).toMatchObject([
      {
        code: 'US1202',
        message: 'offset does not have the channels that the kernel and offset_group need',
        expected: '18',
        actual: '9',
      },
    ]);
    expect(shape([1, 54, 6, 6], { offset_group: 3 })).toMatchObject([{ code: 'US1205', value: 'offset_group' }]);
    expect(shape([1, 18, 8, 8])).toMatchObject([{ code: 'US1202' }]);
  });
});
