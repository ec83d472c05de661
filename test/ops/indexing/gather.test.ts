import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mul, symbol } from '../../../src/ir/dim.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { inferShapes, knownOutputs } from '../../support/known.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const h = symbol('H');
const dimsOfRank = (rank: number, max = 3) =>
  fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });

/** Indices of shape `dims` into axes of the sizes that `sizeOf` gives for each position, counted from either end. */
function indices(dims: readonly number[], sizeOf: (position: readonly number[]) => number): fc.Arbitrary<number[]> {
  const sizes = positionsOf(dims).map(sizeOf);
  return fc.tuple(...sizes.map((size) => fc.integer({ min: -size, max: size - 1 })));
}

function fromFront(index: number, size: number): number {
  return index < 0 ? index + size : index;
}

function run(op: string, data: Tensor, index: Tensor, attributes = {}, opset = 22) {
  return runOperator({ op, opset, inputs: [data, index], attributes })[0]!;
}

describe('Gather', () => {
  it('picks slices of an axis', () => {
    const data = tensor('string', ['a', 'b', 'c', 'd', 'e', 'f'], [3, 2]);
    const rows = run('Gather', data, tensor('int64', [2, 0], [1, 2]));
    expect([rows.dims, elementsOf(rows)]).toEqual([
      [1, 2, 2],
      ['e', 'f', 'a', 'b'],
    ]);
    const column = run('Gather', data, tensor('int32', [-1], []), { axis: 1 });
    expect([column.dims, elementsOf(column)]).toEqual([[3], ['b', 'd', 'f']]);
  });

  it('puts the shape of the indices in the place of the axis', () => {
    const test = dimsOfRank(3).chain((dims) =>
      fc
        .record({ dims: fc.constant(dims), axis: fc.integer({ min: -3, max: 2 }), indexDims: dimsOfRank(2) })
        .chain((shape) => indices(shape.indexDims, () => dims.at(shape.axis)!).map((values) => ({ ...shape, values }))),
    );
    fc.assert(
      fc.property(test, ({ dims, axis, indexDims, values }) => {
        const y = run('Gather', counting(dims), tensor('int64', values, indexDims), { axis });
        const place = fromFront(axis, 3);
        const expected = positionsOf(y.dims).map((position) => {
          const index = values[countAt(indexDims, position.slice(place, place + 2))]!;
          return countAt(dims, [
            ...position.slice(0, place),
            fromFront(index, dims[place]!),
            ...position.slice(place + 2),
          ]);
        });
        expect(y.dims).toEqual([...dims.slice(0, place), ...indexDims, ...dims.slice(place + 1)]);
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it('follows sizes with symbols', () => {
    const inputs = [{ values: [n, 3, mul(2, h)] }, tensor('int64', [2, 0])];
    expect(inferSymbolic({ op: 'Gather', inputs }).values).toEqual([[mul(2, h), n]]);
    const scalar = tensor('int64', [-1], []);
    const { shapes, values } = inferSymbolic({ op: 'Gather', inputs: [inputs[0], scalar] });
    expect([shapes, values]).toEqual([[[]], [[mul(2, h)]]]);
    expect(
      inferOperator({ op: 'Gather', inputs: [[n, h, 4], tensor('int64', [0, 1])], attributes: { axis: 1 } }).shapes,
    ).toEqual([[n, 2, 4]]);
  });

  it('names an index that is out of range, before the run where it can', () => {
    const data = counting([2, 3]);
    const index = tensor('int64', [0, 1, 1, 3], [2, 2]);
    expect(() => run('Gather', data, index, { axis: 1 })).toThrow(
      /US2006: indices\[1, 1\] is 3, outside axis 1 of size 3 \(expected -3 to 2, got 3\)/,
    );
    const { diagnostics } = inferOperator({ op: 'Gather', inputs: [[2, n], tensor('int64', [-3])] });
    expect(diagnostics.map(({ code }) => code)).toEqual(['US2006']);
    expect(inferOperator({ op: 'Gather', inputs: [[n, 2], tensor('int64', [7])] }).diagnostics).toEqual([]);
    expect(() => run('Gather', counting([0]), tensor('int64', [0]))).toThrow(/US2006.*the axis is empty/);
  });

  it('refuses indices that are no integers, and an axis that is not there', () => {
    expect(() => run('Gather', counting([2]), tensor('float32', [0]))).toThrow(/US1210/);
    expect(() => run('Gather', counting([2]), tensor('int64', [0]), { axis: 1 })).toThrow(/US1208/);
    expect(() => run('Gather', tensor('float32', [1], []), tensor('int64', [0]))).toThrow(/US1201/);
  });

  it('takes nothing of anything', () => {
    expect(run('Gather', counting([3, 2]), tensor('int64', [], [0])).dims).toEqual([0, 2]);
    expect(run('Gather', counting([2, 0]), tensor('int64', [1, 0, 1])).dims).toEqual([3, 0]);
  });

  it('refuses results that cannot be held', () => {
    const many = tensor('int32', new Array(100_000).fill(0));
    const wide = tensor('int8', new Array(100_000).fill(0), [1, 100_000]);
    expect(() => run('Gather', wide, many)).toThrow(/US2011/);
  });
});

describe('GatherElements', () => {
  it('picks an element of the axis for each index', () => {
    const data = tensor('int32', [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]);
    const index = tensor('int64', [1, 2, 0, 2, 0, 0], [2, 3]);
    expect(elementsOf(run('GatherElements', data, index))).toEqual([4, 8, 3, 7, 2, 3]);
    const square = tensor('string', ['a', 'b', 'c', 'd'], [2, 2]);
    expect(elementsOf(run('GatherElements', square, tensor('int32', [0, 0, -1, 0], [2, 2]), { axis: 1 }))).toEqual([
      'a',
      'a',
      'd',
      'c',
    ]);
  });

  it('is indexing by position, with the index on its axis', () => {
    const test = dimsOfRank(3, 4).chain((dims) =>
      fc
        .record({ axis: fc.integer({ min: 0, max: 2 }), indexDims: dimsOfRank(3, 4) })
        .map(({ axis, indexDims }) => ({
          axis,
          indexDims: indexDims.map((size, i) => (i === axis ? size : Math.min(size, dims[i]!))),
        }))
        .chain(({ axis, indexDims }) =>
          indices(indexDims, () => dims[axis]!).map((values) => ({ dims, axis, indexDims, values })),
        ),
    );
    fc.assert(
      fc.property(test, ({ dims, axis, indexDims, values }) => {
        const y = run('GatherElements', counting(dims), tensor('int64', values, indexDims), { axis });
        expect(y.dims).toEqual(indexDims);
        expect(elementsOf(y)).toEqual(
          positionsOf(indexDims).map((position, i) =>
            countAt(dims, position.with(axis, fromFront(values[i]!, dims[axis]!))),
          ),
        );
      }),
    );
  });

  it('follows symbols, and names what is out of range or beyond the data', () => {
    const inputs = [{ values: [n, 3, h] }, tensor('int64', [2, 2, 0])];
    expect(inferSymbolic({ op: 'GatherElements', inputs }).values).toEqual([[h, h, n]]);
    const data = counting([2, 2]);
    expect(() => run('GatherElements', data, tensor('int64', [0, 2], [1, 2]))).toThrow(
      /US2006: indices\[0, 1\] is 2, outside axis 0 of size 2/,
    );
    expect(() => run('GatherElements', data, tensor('int64', [0, 0, 0], [1, 3]))).toThrow(/US1202.*axis 1/);
    expect(() => run('GatherElements', data, tensor('int64', [0]))).toThrow(/US1201/);
    expect(inferOperator({ op: 'GatherElements', inputs: [[n, 4], tensor('int64', [0, 0], [1, 2])] }).shapes).toEqual([
      [1, 2],
    ]);
  });
});

describe('GatherND', () => {
  const cube = tensor('int32', [0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]);

  it('takes tuples for the beginnings of slices', () => {
    const rows = run('GatherND', cube, tensor('int64', [0, 1, 1, 0], [2, 2]));
    expect([rows.dims, elementsOf(rows)]).toEqual([
      [2, 2],
      [2, 3, 4, 5],
    ]);
    expect(elementsOf(run('GatherND', cube, tensor('int64', [0, 0, 1, -1, -1, -1], [2, 3])))).toEqual([1, 7]);
  });

  it('reads batches in step', () => {
    const y = run('GatherND', cube, tensor('int64', [1, 0], [2, 1]), { batch_dims: 1 });
    expect([y.dims, elementsOf(y)]).toEqual([
      [2, 2],
      [2, 3, 4, 5],
    ]);
  });

  it('is indexing by position, tuple by tuple', () => {
    const test = dimsOfRank(4).chain((dims) =>
      fc
        .record({
          batch: fc.integer({ min: 0, max: 2 }),
          width: fc.integer({ min: 1, max: 2 }),
          middle: dimsOfRank(1),
        })
        .chain(({ batch, width, middle }) => {
          const indexDims = [...dims.slice(0, batch), ...middle, width];
          return indices(indexDims, (position) => dims[batch + position.at(-1)!]!).map((values) => ({
            dims,
            batch,
            width,
            indexDims,
            values,
          }));
        }),
    );
    fc.assert(
      fc.property(test, ({ dims, batch, width, indexDims, values }) => {
        const y = run('GatherND', counting(dims), tensor('int64', values, indexDims), { batch_dims: batch });
        expect(y.dims).toEqual([...indexDims.slice(0, -1), ...dims.slice(batch + width)]);
        const expected = positionsOf(y.dims).map((position) => {
          const tuple = position.slice(0, batch + 1);
          const picked = Array.from({ length: width }, (_, i) =>
            fromFront(values[countAt(indexDims, [...tuple, i])]!, dims[batch + i]!),
          );
          return countAt(dims, [...position.slice(0, batch), ...picked, ...position.slice(batch + 1)]);
        });
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it('follows symbols, and has shapes with them', () => {
    const inputs = [{ values: [n, 3, h] }, tensor('int64', [2, 0], [2, 1])];
    expect(inferSymbolic({ op: 'GatherND', inputs }).values).toEqual([[h, n]]);
    const shapes = inferShapes(
      'GatherND',
      [
        ['float32', [n, 5, h, 4]],
        ['int64', [n, 7, 1]],
      ],
      { batch_dims: 1 },
    );
    expect(shapes).toEqual([[n, 7, h, 4]]);
    expect(knownOutputs({ op: 'GatherND', inputs: [cube, tensor('int64', [1, 1], [1, 2])] })).toEqual([[6, 7]]);
  });

  it('names what does not fit', () => {
    expect(() => run('GatherND', cube, tensor('int64', [0, 2], [1, 2]))).toThrow(
      /US2006: indices\[0, 1\] is 2, outside axis 1 of size 2/,
    );
    expect(() => run('GatherND', cube, tensor('int64', [0, 0, 0, 0], [1, 4]))).toThrow(/US1202.*last axis/);
    expect(() => run('GatherND', cube, tensor('int64', [], [1, 0]))).toThrow(/US1202/);
    expect(() => run('GatherND', cube, tensor('int64', [0], [1]), { batch_dims: 1 })).toThrow(/US1304.*batch_dims/);
    expect(() => run('GatherND', cube, tensor('int64', [0, 0, 0], [3, 1]), { batch_dims: 1 })).toThrow(/US1202.*batch/);
  });

  it('has batches since version 12', () => {
    const { diagnostics } = inferOperator({
      op: 'GatherND',
      opset: 11,
      inputs: [[2, 2], tensor('int64', [0], [1, 1])],
      attributes: { batch_dims: 0 },
    });
    expect(diagnostics.map(({ code }) => code)).toEqual(['US1301']);
  });
});
