import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32 } from '../../../src/ir/tensor.js';
import type { AttributeInput } from '../../support/run-operator.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf } from '../../support/tensors.js';

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function pool(op: string, dims: number[], values: number[], attributes: Record<string, AttributeInput>, opset = 22) {
  const [y] = runOperator({ op, opset, inputs: [float32(dims, values)], attributes });
  return { dims: y!.dims, values: elementsOf(y) };
}

describe('AveragePool', () => {
  it('takes the mean of every window', () => {
    const attributes = { kernel_shape: [2, 2], strides: [2, 2] };
    expect(pool('AveragePool', [1, 1, 4, 4], range(16), attributes)).toEqual({
      dims: [1, 1, 2, 2],
      values: [3.5, 5.5, 11.5, 13.5],
    });
  });

  it('leaves padding out of the mean unless it is to be counted', () => {
    const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
    const left = pool('AveragePool', [1, 1, 3, 3], range(9), attributes).values;
    expect(left).toEqual([3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7]);
    const counted = pool('AveragePool', [1, 1, 3, 3], range(9), { ...attributes, count_include_pad: 1 }).values;
    [12, 21, 16, 27, 45, 33, 24, 39, 28].forEach((sum, i) => {
      expect(counted[i]).toBeCloseTo(sum / 9, 6);
    });
  });

  it('lets a last window hang over with ceil_mode', () => {
    const attributes = { kernel_shape: [2], strides: [2], ceil_mode: 1 };
    expect(pool('AveragePool', [1, 1, 5], range(5), attributes).values).toEqual([1.5, 3.5, 5]);
    expect(pool('AveragePool', [1, 1, 5], range(5), { ...attributes, ceil_mode: 0 }).values).toEqual([1.5, 3.5]);
  });

  it.each([
    ['SAME_UPPER', [1.5, 2.5, 3]],
    ['SAME_LOWER', [1, 1.5, 2.5]],
    ['VALID', [1.5, 2.5]],
  ])('pads as %s says', (auto_pad, expected) => {
    expect(pool('AveragePool', [1, 1, 3], range(3), { kernel_shape: [2], auto_pad }).values).toEqual(expected);
  });

  it('takes its elements apart by the dilation, in one to three dimensions', () => {
    expect(pool('AveragePool', [1, 1, 5], range(5), { kernel_shape: [2], dilations: [2] }).values).toEqual([2, 3, 4]);
    const cube = pool('AveragePool', [1, 1, 2, 2, 2], range(8), { kernel_shape: [2, 2, 2] });
    expect(cube).toEqual({ dims: [1, 1, 1, 1, 1], values: [4.5] });
  });

  it('halves open sizes rounded down', () => {
    const shape = [symbol('N'), 3, symbol('H'), symbol('W')];
    const attributes = { kernel_shape: [2, 2], strides: [2, 2] };
    const { shapes } = inferOperator({ op: 'AveragePool', inputs: [shape], attributes });
    expect(shapes[0]!.map(String)).toEqual(['N', '3', 'floor(H/2)', 'floor(W/2)']);
  });

  it('refuses a kernel of another rank and a window that fits nowhere', () => {
    const codes = (dims: number[], kernel_shape: number[]) =>
      inferOperator({ op: 'AveragePool', inputs: [dims], attributes: { kernel_shape } }).diagnostics.map(
        ({ code }) => code,
      );
    expect(codes([1, 1, 4], [2, 2])).toEqual(['US1209']);
    expect(codes([1, 1, 4], [5])).toEqual(['US1207']);
  });
});

describe('LpPool', () => {
  it('takes the p-norm of every window', () => {
    const attributes = { kernel_shape: [2], strides: [2] };
    expect(pool('LpPool', [1, 1, 4], [3, -4, 6, 8], attributes).values).toEqual([5, 10]);
    expect(pool('LpPool', [1, 1, 4], [3, -4, 6, 8], { ...attributes, p: 1 }).values).toEqual([7, 14]);
  });
});

describe('pooling over whole planes', () => {
  const planes = [1, 2, 3, 4, -5, -6, -7, -8];

  it.each([
    ['GlobalAveragePool', {}, [2.5, -6.5]],
    ['GlobalMaxPool', {}, [4, -5]],
    ['GlobalLpPool', { p: 1 }, [10, 26]],
  ])('%s', (op, attributes, expected) => {
    expect(pool(op, [1, 2, 2, 2], planes, attributes)).toEqual({ dims: [1, 2, 1, 1], values: expected });
    const { shapes } = inferOperator({ op, inputs: [[symbol('N'), symbol('C'), symbol('L')]], attributes });
    expect(shapes[0]!.map(String)).toEqual(['N', 'C', '1']);
  });
});
