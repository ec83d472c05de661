/** NonZero, Compress and Trilu. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type Dim, symbol, symbolsOf } from '../../../src/ir/dim.js';
import { type Tensor, zeros } from '../../../src/ir/tensor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { inferShapes, knownOutputs } from '../../support/known.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const dims = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 });
const bits = fc.array(fc.constantFrom(0, 1), { minLength: 27, maxLength: 27 });

describe('NonZero', () => {
  const nonZero = (x: Tensor) => {
    const [y] = runOperator({ op: 'NonZero', inputs: [x] });
    return [y!.dims, elementsOf(y).map(Number)];
  };

  it('gives a row of coordinates for each axis', () => {
    expect(nonZero(tensor('float32', [1, 0, 1, 1], [2, 2]))).toEqual([
      [2, 3],
      [0, 1, 1, 0, 0, 1],
    ]);
    fc.assert(
      fc.property(dims, bits, (shape, drawn) => {
        const positions = positionsOf(shape);
        const x = tensor('uint8', drawn.slice(0, positions.length), shape);
        const found = positions.filter((_, i) => drawn[i] === 1);
        expect(nonZero(x)).toEqual([
          [3, found.length],
          [0, 1, 2].flatMap((axis) => found.map((position) => position[axis])),
        ]);
      }),
    );
  });

  it('knows zeros of every type', () => {
    expect(nonZero(tensor('float32', [-0, Number.NaN, 0]))).toEqual([[1, 1], [1]]);
    expect(nonZero(tensor('float16', [-0, 1, 0]))).toEqual([[1, 1], [1]]);
    expect(nonZero(tensor('int64', [0, -1]))).toEqual([[1, 1], [1]]);
    expect(nonZero(tensor('string', ['', 'a', '0']))).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(nonZero(tensor('bool', [1, 0]))).toEqual([[1, 1], [0]]);
  });

  it('gives no rows for a scalar, which has no axes', () => {
    expect(nonZero(tensor('int32', [5], []))).toEqual([[0, 1], []]);
    expect(nonZero(tensor('int32', [0], []))).toEqual([[0, 0], []]);
  });

  it('counts before the run where it can: sizes are not zero', () => {
    expect(inferSymbolic({ op: 'NonZero', inputs: [{ values: [n, 0, 3] }] }).values).toEqual([[0, 2]]);
    expect(knownOutputs({ op: 'NonZero', inputs: [tensor('int64', [0, 7])] })).toEqual([[1]]);
    const [shape] = inferOperator({ op: 'NonZero', inputs: [[n, 4]] }).shapes;
    expect(shape![0]).toBe(2);
    expect([...symbolsOf(shape![1]!).values()].map(({ reason }) => reason)).toEqual([
      'the number of elements other than 0 shows at run time (node)',
    ]);
  });
});

describe('Compress', () => {
  const compress = (x: Tensor, condition: number[], attributes = {}) =>
    runOperator({ op: 'Compress', inputs: [x, tensor('bool', condition)], attributes })[0]!;

  it('keeps slices for which the condition holds', () => {
    const x = tensor('string', ['a', 'b', 'c', 'd', 'e', 'f'], [3, 2]);
    const rows = compress(x, [0, 1, 1], { axis: 0 });
    expect([rows.dims, elementsOf(rows)]).toEqual([
      [2, 2],
      ['c', 'd', 'e', 'f'],
    ]);
    expect(elementsOf(compress(x, [0, 1], { axis: -1 }))).toEqual(['b', 'd', 'f']);
    const flat = compress(x, [0, 1, 0, 0, 1]);
    expect([flat.dims, elementsOf(flat)]).toEqual([[2], ['b', 'e']]);
  });

  it('is a filter of positions; what reaches beyond the other is dropped', () => {
    fc.assert(
      fc.property(
        dims,
        bits,
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 4 }),
        (shape, drawn, axis, length) => {
          const condition = drawn.slice(0, length);
          const y = compress(counting(shape), condition, { axis });
          expect(elementsOf(y)).toEqual(
            positionsOf(shape)
              .filter((position) => condition[position[axis]!] === 1)
              .map((position) => countAt(shape, position)),
          );
          const kept = condition.filter((bit, i) => bit === 1 && i < shape[axis]!).length;
          expect(y.dims).toEqual(shape.with(axis, kept));
        },
      ),
    );
  });

  it('counts before the run where the axis is surely long enough', () => {
    const shapeOf = (size: Dim, condition: number[]) =>
      inferOperator({ op: 'Compress', inputs: [[size, 4], tensor('bool', condition)], attributes: { axis: 0 } })
        .shapes[0]!;
    expect(shapeOf(add(n, 2), [1, 0, 1])).toEqual([2, 4]);
    expect(shapeOf(n, [1, 0])).toEqual([1, 4]);
    expect(typeof shapeOf(n, [1, 0, 1])[0]).toBe('object');
    expect(shapeOf(2, [1, 0, 1])).toEqual([1, 4]);
    const inputs = [{ values: [n, 3] }, tensor('bool', [1, 0])];
    expect(inferSymbolic({ op: 'Compress', inputs }).values).toEqual([[n]]);
    const [unknown] = inferShapes('Compress', [
      ['float32', [n, 4]],
      ['bool', [n]],
    ]);
    expect(unknown).toHaveLength(1);
  });

  it('wants a list of bools', () => {
    const x = counting([2]);
    expect(() => runOperator({ op: 'Compress', inputs: [x, tensor('int32', [1])] })).toThrow(/US1210/);
    expect(() => runOperator({ op: 'Compress', inputs: [x, tensor('bool', [1], [1, 1])] })).toThrow(/US1201/);
  });

  it('does not go through axes of empty tensors', () => {
    expect(compress(zeros('float32', [2 ** 40, 3, 0]), [1, 1], { axis: 1 }).dims).toEqual([2 ** 40, 2, 0]);
  });
});

describe('Trilu', () => {
  const trilu = (x: Tensor, attributes = {}, k?: number) =>
    runOperator({ op: 'Trilu', inputs: k === undefined ? [x] : [x, tensor('int64', [k], [])], attributes })[0]!;

  it('keeps the upper triangle unless told, from the diagonal asked for', () => {
    const x = tensor('int64', [1, 2, 3, 4, 5, 6], [2, 3]);
    expect(elementsOf(trilu(x))).toEqual([1n, 2n, 3n, 0n, 5n, 6n]);
    expect(elementsOf(trilu(x, {}, 1))).toEqual([0n, 2n, 3n, 0n, 0n, 6n]);
    expect(elementsOf(trilu(x, { upper: 0 }))).toEqual([1n, 0n, 0n, 4n, 5n, 0n]);
    expect(elementsOf(trilu(x, { upper: 0 }, -1))).toEqual([0n, 0n, 0n, 4n, 0n, 0n]);
    expect(elementsOf(trilu(tensor('string', ['a', 'b', 'c', 'd'], [2, 2])))).toEqual(['a', 'b', '', 'd']);
  });

  it('compares rows and columns in every matrix', () => {
    fc.assert(
      fc.property(dims, fc.integer({ min: -5, max: 5 }), fc.boolean(), (shape, k, upper) => {
        const y = trilu(counting(shape), { upper: Number(upper) }, k);
        expect(elementsOf(y)).toEqual(
          positionsOf(shape).map((position) => {
            const [, row, column] = position as [number, number, number];
            const isKept = upper ? column >= row + k : column <= row + k;
            return isKept ? countAt(shape, position) : 0;
          }),
        );
      }),
    );
  });

  it('is followed, and has the shape of its input', () => {
    const x = tensor('int32', [1, 2, 3, 4], [2, 2]);
    expect(knownOutputs({ op: 'Trilu', inputs: [x] })).toEqual([[1, 2, 0, 4]]);
    expect(inferOperator({ op: 'Trilu', inputs: [[n, 3]] }).shapes).toEqual([[n, 3]]);
    expect(() => trilu(counting([3]))).toThrow(/US1201/);
    expect(() => runOperator({ op: 'Trilu', inputs: [x, tensor('int64', [1, 2])] })).toThrow(/US1202/);
    const far = 2n ** 62n;
    expect(elementsOf(runOperator({ op: 'Trilu', inputs: [x, tensor('int64', [far], [])] })[0])).toEqual([0, 0, 0, 0]);
  });
});
