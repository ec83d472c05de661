import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { formatShape } from '../../../src/ir/shape.js';
import { int64 } from '../../../src/ir/tensor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

function transpose(dims: readonly number[], perm?: readonly number[]) {
  const attributes = perm === undefined ? {} : { perm };
  return runOperator({ op: 'Transpose', inputs: [counting(dims)], attributes })[0]!;
}

describe('Transpose', () => {
  it('turns the axes around unless told', () => {
    const y = transpose([2, 3]);
    expect([y.dims, elementsOf(y)]).toEqual([
      [3, 2],
      [0, 3, 1, 4, 2, 5],
    ]);
    expect(transpose([1, 2, 3]).dims).toEqual([3, 2, 1]);
    expect(transpose([]).dims).toEqual([]);
  });

  it('moves strings and int64', () => {
    const words = tensor('string', ['a', 'b', 'c', 'd'], [2, 2]);
    expect(elementsOf(runOperator({ op: 'Transpose', inputs: [words] })[0])).toEqual(['a', 'c', 'b', 'd']);
    const big = int64([2, 2], [1n, 2n ** 62n + 1n, 3n, 4n]);
    expect(elementsOf(runOperator({ op: 'Transpose', inputs: [big] })[0])).toEqual([1n, 3n, 2n ** 62n + 1n, 4n]);
  });

  it('puts every element where the order of its axes says', () => {
    const permutation = fc
      .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 })
      .chain((dims) =>
        fc.record({ dims: fc.constant(dims), perm: fc.shuffledSubarray([...dims.keys()], { minLength: dims.length }) }),
      );
    fc.assert(
      fc.property(permutation, ({ dims, perm }) => {
        const y = transpose(dims, perm);
        expect(y.dims).toEqual(perm.map((axis) => dims[axis]));
        const expected = positionsOf(y.dims).map((position) => {
          const source = new Array<number>(dims.length);
          perm.forEach((axis, i) => {
            source[axis] = position[i]!;
          });
          return countAt(dims, source);
        });
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it.each([[[0, 0]], [[0]], [[0, 2]], [[0, -1]], [[0, 1, 2]]])('refuses the order %j of two axes', (perm) => {
    expect(() => transpose([2, 3], perm)).toThrow(/US1208/);
  });

  it('moves open sizes and what they are worth', () => {
    const [n, h, w] = [symbol('N'), symbol('H'), symbol('W')];
    const inputs = [{ shape: [n, 3, h, w] }];
    const attributes = { perm: [0, 2, 3, 1] };
    expect(formatShape(inferSymbolic({ op: 'Transpose', inputs, attributes }).shapes[0])).toBe('[N, H, W, 3]');
    expect(inferSymbolic({ op: 'Transpose', inputs: [{ values: [n, h] }] }).values[0]).toEqual([n, h]);
  });
});
