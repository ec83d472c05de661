import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import type { Shape } from '../../../src/ir/shape.js';
import { elementCount, float32, int64, rowMajorStrides, type Tensor } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

/** The version in which the axes became an input is 13 for ReduceSum and 18 for the others. */
const opset = 20;

function reduce(op: string, x: ReturnType<typeof tensor>, axes?: readonly number[], attributes = {}) {
  const inputs = axes === undefined ? [x] : [x, int64([axes.length], axes)];
  return runOperator({ op, opset, inputs, attributes })[0]!;
}

const definitions: Readonly<Record<string, (set: readonly number[]) => number>> = {
  ReduceSum: (set) => set.reduce((a, b) => a + b, 0),
  ReduceMean: (set) => set.reduce((a, b) => a + b, 0) / set.length,
  ReduceProd: (set) => set.reduce((a, b) => a * b, 1),
  ReduceMax: (set) => Math.max(...set),
  ReduceMin: (set) => Math.min(...set),
  ReduceL1: (set) => set.reduce((a, b) => a + Math.abs(b), 0),
  ReduceL2: (set) => Math.sqrt(set.reduce((a, b) => a + b * b, 0)),
  ReduceSumSquare: (set) => set.reduce((a, b) => a + b * b, 0),
  ReduceLogSum: (set) => Math.log(set.reduce((a, b) => a + b, 0)),
  ReduceLogSumExp: (set) => Math.log(set.reduce((a, b) => a + Math.exp(b), 0)),
};

/** By definition: the elements that share an index along the axes that stay. */
function naive(op: string, dims: readonly number[], axes: readonly number[], x: readonly number[]): number[] {
  const strides = rowMajorStrides(dims);
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const keptStrides = rowMajorStrides(kept);
  const sets = Array.from({ length: elementCount(kept) }, (): number[] => []);
  x.forEach((value, i) => {
    const at = dims.reduce(
      (sum, dim, axis) => sum + (axes.includes(axis) ? 0 : (Math.floor(i / strides[axis]!) % dim) * keptStrides[axis]!),
      0,
    );
    sets[at]!.push(value);
  });
  return sets.map(definitions[op]!);
}

describe('reductions', () => {
  it.each(Object.keys(definitions))('%s is what its definition says, over any axes', (op) => {
    const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(
        shape,
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        fc.integer(),
        (dims, picks, keepdims, seed) => {
          const axes = dims.flatMap((_, axis) => (picks[axis] ? [axis] : []));
          const x = smallIntegers(elementCount(dims), seed);
          const negative = axes.map((axis, i) => (i % 2 === 0 ? axis - dims.length : axis));
          const y = reduce(op, float32(dims, x), negative, { keepdims: Number(keepdims), noop_with_empty_axes: 1 });
          expect(y.dims).toEqual(
            dims
              .map((dim, axis) => (axes.includes(axis) ? 1 : dim))
              .filter((_, axis) => keepdims || !axes.includes(axis)),
          );
          const expected = naive(op, dims, axes, Array.from(x));
          const actual = elementsOf(y) as number[];
          for (const [i, value] of expected.entries()) {
            if (Number.isFinite(value))
              expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
            else expect(actual[i]).toEqual(value);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each<{ op: string; type: ElementType; x: (number | bigint)[]; gives: (number | bigint)[] }>([
    { op: 'ReduceSum', type: 'int32', x: [2 ** 31 - 1, 1], gives: [-(2 ** 31)] },
    { op: 'ReduceSum', type: 'int64', x: [2n ** 53n, 1n, 2n], gives: [2n ** 53n + 3n] },
    { op: 'ReduceSum', type: 'float16', x: [2048, 1, 1, 1, 1], gives: [2052] },
    { op: 'ReduceSum', type: 'float32', x: [1e8, 1, -1e8], gives: [1] },
    { op: 'ReduceMean', type: 'int32', x: [-3, -4], gives: [-3] },
    { op: 'ReduceMean', type: 'int64', x: [2n ** 60n + 1n, 2n ** 60n + 3n], gives: [2n ** 60n + 2n] },
    { op: 'ReduceProd', type: 'int32', x: [65537, 65537], gives: [131073] },
    { op: 'ReduceProd', type: 'uint64', x: [2n ** 63n, 2n], gives: [0n] },
    { op: 'ReduceMax', type: 'float32', x: [1, nan, 3], gives: [nan] },
    { op: 'ReduceMax', type: 'bool', x: [0, 1, 0], gives: [1] },
    { op: 'ReduceMin', type: 'bool', x: [1, 0], gives: [0] },
    { op: 'ReduceMin', type: 'int8', x: [-128, 127], gives: [-128] },
    { op: 'ReduceMax', type: 'uint64', x: [2n ** 64n - 1n, 1n], gives: [2n ** 64n - 1n] },
    { op: 'ReduceL1', type: 'int64', x: [-(2n ** 53n), -1n], gives: [2n ** 53n + 1n] },
    { op: 'ReduceL2', type: 'int32', x: [2, 3], gives: [3] },
    { op: 'ReduceL2', type: 'int64', x: [3n, 4n], gives: [5n] },
    { op: 'ReduceSumSquare', type: 'int32', x: [65536, 3], gives: [9] },
    { op: 'ReduceLogSumExp', type: 'float32', x: [1000, 1000], gives: [Math.fround(1000 + Math.LN2)] },
    { op: 'ReduceLogSumExp', type: 'float32', x: [-inf, -inf], gives: [-inf] },
    { op: 'ReduceLogSumExp', type: 'float32', x: [inf, 1], gives: [inf] },
    { op: 'ReduceLogSum', type: 'float32', x: [0], gives: [-inf] },
  ])('$op of $type $x is $gives', ({ op, type, x, gives }) => {
    expect(elementsOf(reduce(op, tensor(type, x)))).toEqual(gives);
  });

  it.each<{ op: string; type: ElementType; gives: number | bigint }>([
    { op: 'ReduceSum', type: 'float32', gives: 0 },
    { op: 'ReduceProd', type: 'int64', gives: 1n },
    { op: 'ReduceMean', type: 'float32', gives: nan },
    { op: 'ReduceMax', type: 'float16', gives: -inf },
    { op: 'ReduceMax', type: 'int32', gives: -(2 ** 31) },
    { op: 'ReduceMax', type: 'bool', gives: 0 },
    { op: 'ReduceMin', type: 'float32', gives: inf },
    { op: 'ReduceMin', type: 'uint8', gives: 255 },
    { op: 'ReduceMin', type: 'int64', gives: 2n ** 63n - 1n },
    { op: 'ReduceMin', type: 'bool', gives: 1 },
    { op: 'ReduceL1', type: 'float32', gives: 0 },
    { op: 'ReduceL2', type: 'float32', gives: 0 },
    { op: 'ReduceSumSquare', type: 'float32', gives: 0 },
    { op: 'ReduceLogSum', type: 'float32', gives: -inf },
    { op: 'ReduceLogSumExp', type: 'float32', gives: -inf },
  ])('$op of no $type is $gives', ({ op, type, gives }) => {
    const y = reduce(op, tensor(type, [], [2, 0]), [1], { keepdims: 0 });
    expect(y.dims).toEqual([2]);
    expect(elementsOf(y)).toEqual([gives, gives]);
  });

  it('have their axes in an attribute first, in an input later', () => {
    const x = float32([2, 3], [1, 2, 3, 4, 5, 6]);
    const old = (op: string, version: number) =>
      elementsOf(runOperator({ op, opset: version, inputs: [x], attributes: { axes: [-1], keepdims: 0 } })[0]);
    expect(old('ReduceSum', 6)).toEqual([6, 15]);
    expect(old('ReduceSum', 11)).toEqual([6, 15]);
    expect(old('ReduceMax', 13)).toEqual([3, 6]);
    expect(old('ReduceMean', 17)).toEqual([2, 5]);
    const unread = inferOperator({ op: 'ReduceSum', opset: 13, inputs: [[2, 3]], attributes: { axes: [1] } });
    expect(unread.diagnostics).toMatchObject([{ code: 'US1301', value: 'axes' }]);
    expect(runOperator({ op: 'ReduceSum', opset: 13, inputs: [x, int64([1], [0])] })[0]!.dims).toEqual([1, 3]);
  });

  it('of no axes take all, or none where told; the elements are transformed all the same', () => {
    const x = float32([2, 2], [1, -2, 3, -4]);
    expect(reduce('ReduceSum', x).dims).toEqual([1, 1]);
    expect(reduce('ReduceSum', x, []).dims).toEqual([1, 1]);
    const none = (op: string) => elementsOf(reduce(op, x, [], { noop_with_empty_axes: 1, keepdims: 0 }));
    expect(none('ReduceSum')).toEqual([1, -2, 3, -4]);
    expect(none('ReduceSumSquare')).toEqual([1, 4, 9, 16]);
    expect(none('ReduceL1')).toEqual([1, 2, 3, 4]);
    expect(none('ReduceL2')).toEqual([1, 2, 3, 4]);
    expect(elementsOf(reduce('ReduceSum', float32([], [5]), undefined, { keepdims: 0 }))).toEqual([5]);
  });

  it('are inferred for symbols, and for axes that are not known', () => {
    const [n, h] = [symbol('N'), symbol('H')];
    const shapes = (axes: Tensor | Shape, attributes = {}) =>
      inferOperator({ op: 'ReduceMean', inputs: [[n, 3, h], axes], attributes }).shapes[0];
    expect(shapes(int64([1], [-1]))).toEqual([n, 3, 1]);
    expect(shapes(int64([2], [0, 1]), { keepdims: 0 })).toEqual([h]);
    expect(shapes([3])).toEqual([1, 1, 1]);
    expect(shapes([2], { keepdims: 0 })).toHaveLength(1);
    expect(shapes([n], { keepdims: 0 })).toBeUndefined();
    expect(shapes([n])).toHaveLength(3);
  });

  it('refuse an axis that is listed twice, from whichever end', () => {
    expect(() => reduce('ReduceSumSquare', float32([1, 2], [1, 2]), [0, -2])).toThrow(/US1208/);
  });

  it('refuse axes out of range and types without order', () => {
    expect(() => reduce('ReduceSum', float32([2], [1, 2]), [1])).toThrow(/US1208/);
    expect(() => reduce('ReduceSum', tensor('bool', [1]))).toThrow(/US1210/);
    expect(() => reduce('ReduceMax', tensor('string', ['a']))).toThrow(/US1210/);
  });
});
