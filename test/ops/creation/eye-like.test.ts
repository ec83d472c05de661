import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { zeros } from '../../../src/ir/tensor.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

describe('EyeLike', () => {
  const eye = (dims: number[], attributes: Record<string, number> = {}) =>
    runOperator({ op: 'EyeLike', inputs: [zeros('int32', dims)], attributes })[0]!;

  it('has ones on the diagonal asked for', () => {
    expect(elementsOf(eye([2, 3]))).toEqual([1, 0, 0, 0, 1, 0]);
    expect(elementsOf(eye([2, 3], { k: 1 }))).toEqual([0, 1, 0, 0, 0, 1]);
    expect(elementsOf(eye([3, 2], { k: -1 }))).toEqual([0, 0, 1, 0, 0, 1]);
    expect(elementsOf(eye([2, 2], { k: 2 }))).toEqual([0, 0, 0, 0]);
    expect(elementsOf(eye([2, 2], { k: -5 }))).toEqual([0, 0, 0, 0]);
  });

  it('has the type asked for, or that of the input', () => {
    expect(eye([1, 1]).type).toBe('int32');
    const half = eye([2, 2], { dtype: 10 });
    expect([half.type, elementsOf(half)]).toEqual(['float16', [1, 0, 0, 1]]);
    expect(elementsOf(eye([1, 1], { dtype: 7 }))).toEqual([1n]);
    expect(() => eye([1, 1], { dtype: 8 })).toThrow(/US1210/);
    expect(() => eye([1, 1], { dtype: 99 })).toThrow(/US1304/);
  });

  it('wants a matrix, whose values it does not look at', () => {
    expect(inferOperator({ op: 'EyeLike', inputs: [[symbol('N'), 4]] }).shapes).toEqual([[symbol('N'), 4]]);
    expect(() => runOperator({ op: 'EyeLike', inputs: [tensor('int32', [1])] })).toThrow(/US1201/);
  });
});
