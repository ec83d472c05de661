/** Operators that look along one axis: ArgMax, ArgMin, the softmaxes, CumSum, CumProd. */
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

describe('ArgMax and ArgMin', () => {
  const x = float32([2, 3], [1, 3, 3, 2, 0, 2]);
  const arg = (op: string, attributes = {}, input: Tensor = x, opset = 13) =>
    runOperator({ op, opset, inputs: [input], attributes })[0]!;

  it('give the first index, or the last', () => {
    expect(elementsOf(arg('ArgMax', { axis: 1 }))).toEqual([1n, 0n]);
    expect(elementsOf(arg('ArgMax', { axis: -1, select_last_index: 1 }))).toEqual([2n, 2n]);
    expect(elementsOf(arg('ArgMin', { axis: 1 }))).toEqual([0n, 1n]);
    expect(elementsOf(arg('ArgMin'))).toEqual([0n, 1n, 1n]);
  });

  it('keep the axis unless told', () => {
    expect(arg('ArgMax', { axis: 1 }).dims).toEqual([2, 1]);
    expect(arg('ArgMax', { axis: 1, keepdims: 0 }).dims).toEqual([2]);
    const n = symbol('N');
    expect(inferOperator({ op: 'ArgMax', inputs: [[n, 21, 8]], attributes: { axis: 1, keepdims: 0 } }).shapes).toEqual([
      [n, 8],
    ]);
  });

  it('compare 64-bit integers exactly, and find NaN', () => {
    expect(elementsOf(arg('ArgMax', {}, tensor('int64', [2n ** 53n, 2n ** 53n + 1n])))).toEqual([1n]);
    expect(elementsOf(arg('ArgMax', {}, tensor('float32', [1, nan, 5, nan])))).toEqual([1n]);
    expect(elementsOf(arg('ArgMin', { select_last_index: 1 }, tensor('float32', [1, nan, 5, nan])))).toEqual([3n]);
    expect(elementsOf(arg('ArgMin', {}, tensor('float16', [2, 1.5, 3])))).toEqual([1n]);
  });

  it('cannot choose from nothing', () => {
    expect(() => arg('ArgMax', {}, float32([0, 2], []))).toThrow(/US2007/);
    expect(arg('ArgMax', { axis: 1 }, float32([0, 2], [])).dims).toEqual([0, 1]);
    expect(() => arg('ArgMax', { axis: 2 })).toThrow(/US1208/);
  });
});

describe('Softmax, LogSoftmax and Hardmax', () => {
  const run = (op: string, x: ReturnType<typeof tensor>, attributes = {}, opset = 13) =>
    elementsOf(runOperator({ op, opset, inputs: [x], attributes })[0]) as number[];

  it('work along the last axis, or the one told', () => {
    const x = float32([2, 2], [0, 0, 0, Math.log(3)]);
    expect(run('Softmax', x)).toEqual([0.5, 0.5, 0.25, 0.75]);
    expect(run('Softmax', x, { axis: 0 })).toEqual([0.5, 0.25, 0.5, 0.75]);
    expect(run('Hardmax', x)).toEqual([1, 0, 0, 1]);
    const [a, b] = run('LogSoftmax', float32([2], [0, Math.log(3)]));
    expect(a).toBeCloseTo(Math.log(0.25), 6);
    expect(b).toBeCloseTo(Math.log(0.75), 6);
  });

  it('worked on everything from the axis on before version 13, from axis 1 unless told', () => {
    const x = float32([1, 2, 2], [0, 0, 0, 0]);
    expect(run('Softmax', x, {}, 11)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(run('Softmax', x, { axis: 2 }, 11)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(run('Softmax', x, { axis: -1 }, 11)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(run('Hardmax', x, {}, 6)).toEqual([1, 0, 0, 0]);
    expect(inferOperator({ op: 'Softmax', opset: 11, inputs: [[4]] }).diagnostics).toMatchObject([{ code: 'US1208' }]);
  });

  it('do not overflow', () => {
    expect(run('Softmax', float32([2], [1000, 1000]))).toEqual([0.5, 0.5]);
    expect(run('Softmax', float32([2], [-inf, 0]))).toEqual([0, 1]);
    expect(run('LogSoftmax', float32([2], [1e4, 0]))).toEqual([0, -1e4]);
    expect(run('Softmax', tensor('float16', [60000, 60000]))).toEqual([0.5, 0.5]);
  });

  it('keep shapes, empty ones too', () => {
    const n = symbol('N');
    expect(inferOperator({ op: 'Softmax', inputs: [[n, 5]] }).shapes).toEqual([[n, 5]]);
    for (const dims of [
      [0, 3],
      [3, 0],
    ]) {
      expect(runOperator({ op: 'Softmax', inputs: [float32(dims, [])] })[0]!.dims).toEqual(dims);
    }
  });
});

describe('CumSum and CumProd', () => {
  const run = (
    op: string,
    type: ElementType,
    values: readonly (number | bigint)[],
    attributes = {},
    axis = 0,
    dims = [values.length],
  ) =>
    elementsOf(runOperator({ op, opset: 26, inputs: [tensor(type, values, dims), int64([], [axis])], attributes })[0]);

  it.each([
    { exclusive: 0, reverse: 0, sum: [1, 3, 6], product: [1, 2, 6] },
    { exclusive: 1, reverse: 0, sum: [0, 1, 3], product: [1, 1, 2] },
    { exclusive: 0, reverse: 1, sum: [6, 5, 3], product: [6, 6, 3] },
    { exclusive: 1, reverse: 1, sum: [5, 3, 0], product: [6, 3, 1] },
  ])('exclusive $exclusive, reverse $reverse', ({ exclusive, reverse, sum, product }) => {
    expect(run('CumSum', 'float32', [1, 2, 3], { exclusive, reverse })).toEqual(sum);
    expect(run('CumProd', 'float32', [1, 2, 3], { exclusive, reverse })).toEqual(product);
  });

  it('run along any axis', () => {
    expect(run('CumSum', 'int32', [1, 2, 3, 4, 5, 6], {}, 0, [2, 3])).toEqual([1, 2, 3, 5, 7, 9]);
    expect(run('CumSum', 'int32', [1, 2, 3, 4, 5, 6], {}, -1, [2, 3])).toEqual([1, 3, 6, 4, 9, 15]);
    expect(() => run('CumSum', 'int32', [1], {}, 1)).toThrow(/US1208/);
  });

  it('wrap integers and keep 64 bits', () => {
    expect(run('CumSum', 'int32', [2 ** 31 - 1, 1, 1])).toEqual([2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1]);
    expect(run('CumSum', 'uint32', [2 ** 32 - 1, 2])).toEqual([2 ** 32 - 1, 1]);
    expect(run('CumSum', 'int64', [2n ** 53n, 1n])).toEqual([2n ** 53n, 2n ** 53n + 1n]);
    expect(run('CumProd', 'int64', [2n ** 62n, 2n, 2n])).toEqual([2n ** 62n, -(2n ** 63n), 0n]);
    expect(run('CumSum', 'float16', [2048, 1, 1])).toEqual([2048, 2048, 2050]);
  });
});
