import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { type Attribute, constantFromTensor } from '../../../src/ir/graph.js';
import { knownOutputs } from '../../support/known.js';
import { type AttributeInput, runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, floats, tensor } from '../../support/tensors.js';

function sparse(dims: readonly number[], values: number[], indices: number[], indexDims = [indices.length]): Attribute {
  return {
    kind: 'sparseTensor',
    value: {
      dims,
      values: constantFromTensor(tensor('float32', values)),
      indices: constantFromTensor(tensor('int64', indices, indexDims)),
    },
  };
}

describe('Constant', () => {
  const constant = (attributes: Record<string, AttributeInput>, opset = 13) => {
    const [value] = runOperator({ op: 'Constant', opset, inputs: [], attributes });
    return [value!.type, value!.dims, elementsOf(value)];
  };

  it('takes its value from any of its attributes', () => {
    const written = tensor('int8', [1, -2, 3, 4], [2, 2]);
    expect(constant({ value: written })).toEqual(['int8', [2, 2], [1, -2, 3, 4]]);
    expect(constant(floats({ value_float: 2 }))).toEqual(['float32', [], [2]]);
    expect(constant({ value_floats: { kind: 'floats', value: [1, 0.5] } })).toEqual(['float32', [2], [1, 0.5]]);
    expect(constant({ value_int: { kind: 'int', value: 2n ** 62n + 1n } })).toEqual(['int64', [], [2n ** 62n + 1n]]);
    expect(constant({ value_ints: [3, -4] })).toEqual(['int64', [2], [3n, -4n]]);
    expect(constant({ value_string: 'wörd' })).toEqual(['string', [], ['wörd']]);
    expect(constant({ value_strings: ['a', ''] })).toEqual(['string', [2], ['a', '']]);
  });

  it('makes a sparse value dense, whichever way it is indexed', () => {
    expect(constant({ sparse_value: sparse([2, 3], [5, 7], [1, 5]) })).toEqual(['float32', [2, 3], [0, 5, 0, 0, 0, 7]]);
    expect(constant({ sparse_value: sparse([2, 3], [5, 7], [0, 1, 1, 2], [2, 2]) })).toEqual([
      'float32',
      [2, 3],
      [0, 5, 0, 0, 0, 7],
    ]);
    expect(() => constant({ sparse_value: sparse([2, 3], [5], [6]) })).toThrow(/US1007/);
    expect(() => constant({ sparse_value: sparse([2 ** 30, 2 ** 30], [5], [6]) })).toThrow(/US2011/);
  });

  it('wants exactly one', () => {
    expect(() => constant({})).toThrow(/US1302/);
    expect(() => constant({ value_int: 1, value_ints: [1] })).toThrow(/US1302.*value_int, value_ints/);
  });

  it('knows of value_int since version 12 only', () => {
    expect(() => constant({ value_int: 1 }, 11)).toThrow(/US1302/);
    expect(constant({ value: tensor('float32', [1]) }, 7)).toEqual(['float32', [1], [1]]);
  });
});

describe('ConstantOfShape', () => {
  const of = (shape: number[], attributes: Record<string, AttributeInput> = {}, opset = 13) =>
    runOperator({ op: 'ConstantOfShape', opset, inputs: [tensor('int64', shape)], attributes })[0]!;

  it('repeats its value, a float of 0 unless told', () => {
    expect([of([2, 2]).type, elementsOf(of([2, 2]))]).toEqual(['float32', [0, 0, 0, 0]]);
    expect(elementsOf(of([3], { value: tensor('int64', [7]) }))).toEqual([7n, 7n, 7n]);
    expect(elementsOf(of([2], { value: tensor('string', ['x']) }))).toEqual(['x', 'x']);
    expect(elementsOf(of([2], { value: tensor('bfloat16', [1.5]) }, 25))).toEqual([1.5, 1.5]);
  });

  it('makes scalars and empty tensors', () => {
    expect([of([]).dims, elementsOf(of([], { value: tensor('int8', [4]) }))]).toEqual([[], [4]]);
    expect([of([3, 0]).dims, of([3, 0]).size]).toEqual([[3, 0], 0]);
  });

  it('is followed, into shapes with symbols and into small values', () => {
    const n = symbol('N');
    const { shapes } = inferSymbolic({ op: 'ConstantOfShape', inputs: [{ values: [n, 3] }] });
    expect(shapes).toEqual([[n, 3]]);
    const value = tensor('int64', [-1]);
    const inputs = [tensor('int64', [2])];
    expect(knownOutputs({ op: 'ConstantOfShape', inputs, attributes: { value } })).toEqual([[-1, -1]]);
  });

  it('has a rank when the number of sizes is known', () => {
    const rankOf = (length: number) =>
      inferSymbolic({ op: 'ConstantOfShape', inputs: [{ shape: [length] }] }).shapes[0];
    expect(rankOf(3)).toHaveLength(3);
    expect(rankOf(1_000_000_000)).toBeUndefined();
  });

  it('refuses what is negative or cannot be held, and values of several elements', () => {
    expect(() => of([2, -1])).toThrow(/US1207/);
    expect(() => of([1_000_000, 1_000_000])).toThrow(/US2011.*3\.64 TiB would be made/);
    expect(() => of([2 ** 31], { value: tensor('string', ['']) })).toThrow(/US2011/);
    expect(() => of([2], { value: tensor('int64', [1, 2]) })).toThrow(/US1304/);
  });
});
