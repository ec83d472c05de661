import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { positionsOf } from '../../support/coordinates.js';
import { inferShapes, knownOutputs } from '../../support/known.js';
import { runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const offOn = tensor('float32', [0, 1]);
const depthOf = (depth: number) => tensor('int64', [depth], []);

function oneHot(indices: Tensor, depth: Tensor, values: Tensor = offOn, attributes = {}, opset = 22) {
  return runOperator({ op: 'OneHot', opset, inputs: [indices, depth, values], attributes })[0]!;
}

describe('OneHot', () => {
  it('switches one value on', () => {
    const y = oneHot(tensor('int64', [2, 0]), depthOf(3));
    expect([y.dims, elementsOf(y)]).toEqual([
      [2, 3],
      [0, 0, 1, 1, 0, 0],
    ]);
    const across = oneHot(tensor('int64', [2, 0]), depthOf(3), tensor('string', ['.', 'x']), { axis: 0 });
    expect([across.dims, elementsOf(across)]).toEqual([
      [3, 2],
      ['.', 'x', '.', '.', 'x', '.'],
    ]);
  });

  it('switches nothing on outside the depth, and counts from the back since version 11', () => {
    const indices = tensor('int64', [-1, 3, -4]);
    expect(elementsOf(oneHot(indices, depthOf(3)))).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(elementsOf(oneHot(indices, depthOf(3), offOn, {}, 9))).toEqual(new Array(9).fill(0));
  });

  it('takes numbers of any type, cut to integers', () => {
    expect(elementsOf(oneHot(tensor('float32', [1.9, -0.5]), tensor('float32', [2.5])))).toEqual([0, 1, 1, 0]);
    expect(elementsOf(oneHot(tensor('uint8', [1]), tensor('int32', [2]), tensor('int64', [5, 2n ** 60n])))).toEqual([
      5n,
      2n ** 60n,
    ]);
  });

  it('is a comparison of positions', () => {
    const dims = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 2 });
    const draws = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(
        dims,
        draws,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: -3, max: 2 }),
        (shape, drawn, depth, axis) => {
          const indices = drawn.slice(0, shape[0]! * shape[1]!);
          const y = oneHot(tensor('int64', indices, shape), depthOf(depth), offOn, { axis });
          const place = axis < 0 ? axis + 3 : axis;
          expect(y.dims).toEqual(shape.toSpliced(place, 0, depth));
          expect(elementsOf(y)).toEqual(
            positionsOf(y.dims).map((position) => {
              const [i, j] = position.toSpliced(place, 1) as [number, number];
              const index = indices[i * shape[1]! + j]!;
              return Number(position[place] === (index < 0 ? index + depth : index));
            }),
          );
        },
      ),
    );
  });

  it('is followed', () => {
    const inputs = [tensor('int64', [1]), depthOf(2), { values: [0, n] }];
    expect(inferSymbolic({ op: 'OneHot', inputs }).values).toEqual([[0, n]]);
    expect(knownOutputs({ op: 'OneHot', inputs: [tensor('int64', [1, -1]), depthOf(2), offOn] })).toEqual([
      [0, 1, 0, 1],
    ]);
    expect(inferSymbolic({ op: 'OneHot', inputs: [{ shape: [n, 4] }, { values: [n] }, offOn] }).shapes).toEqual([
      [n, 4, n],
    ]);
    const [unknown] = inferShapes('OneHot', [
      ['int64', [n]],
      ['int64', []],
      ['float32', [2]],
    ]);
    expect([unknown!.length, unknown![0]]).toEqual([2, n]);
  });

  it('refuses what does not fit or cannot be held', () => {
    const index = tensor('int64', [0]);
    expect(() => oneHot(index, depthOf(-1))).toThrow(/US1211.*depth/);
    expect(() => oneHot(index, tensor('int64', [1, 2]))).toThrow(/US1202.*depth/);
    expect(() => oneHot(index, depthOf(2), tensor('float32', [0, 1, 2]))).toThrow(/US1202/);
    expect(() => oneHot(index, depthOf(2), offOn, { axis: 2 })).toThrow(/US1208/);
    expect(() => oneHot(index, depthOf(1e12))).toThrow(/US2011/);
    expect(oneHot(tensor('int64', []), depthOf(1e12)).dims).toEqual([0, 1e12]);
  });
});
