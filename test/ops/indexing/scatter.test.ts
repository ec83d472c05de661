import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { inferShapes } from '../../support/known.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const h = symbol('H');

function run(op: string, inputs: Tensor[], attributes = {}, opset = 22) {
  return runOperator({ op, opset, inputs, attributes })[0]!;
}

/** Element 1 of a vector, reduced with two updates one after the other. */
function reduced(
  op: string,
  type: ElementType,
  reduction: string,
  from: number | bigint,
  ...updates: (number | bigint)[]
) {
  const dims = op === 'ScatterND' ? [updates.length, 1] : [updates.length];
  const index = tensor('int64', new Array(updates.length).fill(1), dims);
  const y = run(op, [tensor(type, [9, from, 9]), index, tensor(type, updates)], { reduction });
  return elementsOf(y)[1];
}

describe.each(['Scatter', 'ScatterElements'])('%s', (op) => {
  const opset = op === 'Scatter' ? 10 : 22;

  it('puts an update where its index says', () => {
    const zeros = tensor('float32', new Array(9).fill(0), [3, 3]);
    const index = tensor('int64', [1, 0, 2, 0, 2, -2], [2, 3]);
    const y = run(op, [zeros, index, tensor('float32', [1, 2, 3, 4, 5, 6], [2, 3])], {}, opset);
    expect(elementsOf(y)).toEqual([4, 2, 0, 1, 0, 6, 0, 5, 3]);
    const words = run(
      op,
      [tensor('string', ['a', 'b', 'c'], [1, 3]), tensor('int32', [2], [1, 1]), tensor('string', ['z'], [1, 1])],
      { axis: 1 },
      opset,
    );
    expect(elementsOf(words)).toEqual(['a', 'b', 'z']);
  });

  it('leaves its input as it was', () => {
    const data = tensor('float32', [1, 2]);
    run(op, [data, tensor('int64', [0]), tensor('float32', [5])], {}, opset);
    expect(elementsOf(data)).toEqual([1, 2]);
  });

  it('follows symbols', () => {
    const inputs = [{ values: [n, 3, h] }, tensor('int64', [0]), tensor('int64', [7])];
    expect(inferSymbolic({ op, opset, inputs }).values).toEqual([[7, 3, h]]);
  });

  it('names what does not fit', () => {
    const data = tensor('float32', [1, 2]);
    expect(() => run(op, [data, tensor('int64', [0, 2]), tensor('float32', [5, 6])], {}, opset)).toThrow(
      /US2006: indices\[1\] is 2, outside axis 0 of size 2/,
    );
    expect(() => run(op, [data, tensor('int64', [0]), tensor('float32', [5, 6])], {}, opset)).toThrow(/US1202/);
    expect(() => run(op, [data, tensor('int64', [0]), tensor('int32', [5])], {}, opset)).toThrow(/US1210/);
  });
});

describe('ScatterElements', () => {
  it('undoes GatherElements along every line', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(shape, fc.integer({ min: 0, max: 2 }), fc.nat({ max: 5 }), (dims, axis, turn) => {
        const index = positionsOf(dims).map((position) => (position[axis]! + turn) % dims[axis]!);
        const indices = tensor('int64', index, dims);
        const gathered = run('GatherElements', [counting(dims), indices], { axis });
        const back = run(
          'ScatterElements',
          [
            tensor(
              'float32',
              index.map(() => -1),
              dims,
            ),
            indices,
            gathered,
          ],
          { axis },
        );
        expect(elementsOf(back)).toEqual(elementsOf(counting(dims)));
        expect(elementsOf(gathered)).toEqual(
          positionsOf(dims).map((position, i) => countAt(dims, position.with(axis, index[i]!))),
        );
      }),
    );
  });

  it('has reductions since version 16', () => {
    const { diagnostics } = inferOperator({
      op: 'ScatterElements',
      opset: 13,
      inputs: [[2], tensor('int64', [0]), [1]],
      attributes: { reduction: 'add' },
    });
    expect(diagnostics.map(({ code }) => code)).toEqual(['US1301']);
    expect(() => reduced('ScatterElements', 'float32', 'mean', 1, 2)).toThrow(/US1304/);
  });
});

describe('ScatterND', () => {
  it('puts slices where tuples say', () => {
    const data = tensor('int32', [1, 2, 3, 4, 5, 6], [3, 2]);
    const y = run('ScatterND', [data, tensor('int64', [2, -3], [2, 1]), tensor('int32', [7, 8, 9, 10], [2, 2])]);
    expect(elementsOf(y)).toEqual([9, 10, 3, 4, 7, 8]);
    const one = run('ScatterND', [data, tensor('int64', [1, 1], [2]), tensor('int32', [0], [])]);
    expect(elementsOf(one)).toEqual([1, 2, 3, 0, 5, 6]);
  });

  it('is assignment by position', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 });
    const width = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(shape, width, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (dims, k, draws) => {
        const tuples = [0, 1].map((t) => dims.slice(0, k).map((size, i) => draws[t * 3 + i]! % size));
        const rest = dims.slice(k);
        const length = positionsOf(rest).length;
        const updates = Array.from({ length: 2 * length }, (_, i) => -1 - i);
        const y = run('ScatterND', [
          counting(dims),
          tensor('int64', tuples.flat(), [2, k]),
          tensor('float32', updates, [2, ...rest]),
        ]);
        const expected = elementsOf(counting(dims));
        tuples.forEach((tuple, t) => {
          positionsOf(rest).forEach((position, i) => {
            expected[countAt(dims, [...tuple, ...position])] = updates[t * length + i]!;
          });
        });
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it('follows symbols', () => {
    const inputs = [{ values: [n, 3, h] }, tensor('int64', [1], [1, 1]), tensor('int64', [7])];
    expect(inferSymbolic({ op: 'ScatterND', inputs }).values).toEqual([[n, 7, h]]);
  });

  it('names what does not fit', () => {
    const data = counting([2, 3]);
    expect(() => run('ScatterND', [data, tensor('int64', [1, 3], [1, 2]), tensor('float32', [5])])).toThrow(
      /US2006: indices\[0, 1\] is 3, outside axis 1 of size 3/,
    );
    expect(() => run('ScatterND', [data, tensor('int64', [1], [1, 1]), tensor('float32', [5, 6], [1, 2])])).toThrow(
      /US1202/,
    );
    expect(() => run('ScatterND', [data, tensor('int64', [1, 1, 1], [1, 3]), tensor('float32', [5])])).toThrow(
      /US1202/,
    );
    const shapes = inferShapes('ScatterND', [
      ['float32', [n, 3]],
      ['int64', [h, 1]],
      ['float32', [h, 3]],
    ]);
    expect(shapes).toEqual([[n, 3]]);
  });
});

describe.each(['ScatterElements', 'ScatterND'])('the reductions of %s', (op) => {
  it('meet the element and every update', () => {
    expect(reduced(op, 'float32', 'none', 1, 2)).toBe(2);
    expect(reduced(op, 'float32', 'add', 1, 2, 3)).toBe(6);
    expect(reduced(op, 'float32', 'mul', 2, 3, -4)).toBe(-24);
    expect(reduced(op, 'float32', 'max', 2, 5, 3)).toBe(5);
    expect(reduced(op, 'float32', 'min', 2, 5, 1)).toBe(1);
    expect(reduced(op, 'float16', 'add', 1, 0.5)).toBe(1.5);
    expect(reduced(op, 'float32', 'max', 2, Number.NaN)).toBeNaN();
  });

  it('wrap integers', () => {
    expect(reduced(op, 'uint8', 'add', 200, 100)).toBe(44);
    expect(reduced(op, 'int32', 'mul', 65537, 65537)).toBe(131073);
    expect(reduced(op, 'int64', 'add', 2n ** 62n + 1n, 1)).toBe(2n ** 62n + 2n);
    expect(reduced(op, 'int64', 'mul', 2n ** 62n, 2)).toBe(-(2n ** 63n));
    expect(reduced(op, 'uint64', 'max', 3, 2n ** 63n)).toBe(2n ** 63n);
    expect(reduced(op, 'int64', 'min', 3, -2)).toBe(-2n);
  });

  it('are or and and for bools, and nothing for strings', () => {
    expect(reduced(op, 'bool', 'add', 1, 1)).toBe(1);
    expect(reduced(op, 'bool', 'mul', 1, 0)).toBe(0);
    expect(() => reduced(op, 'string', 'add', 1, 1)).toThrow(/US1210/);
  });
});
