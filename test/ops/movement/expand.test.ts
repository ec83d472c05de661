import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type Dim, mul, symbol } from '../../../src/ir/dim.js';
import { formatShape } from '../../../src/ir/shape.js';
import { int64, type Tensor } from '../../../src/ir/tensor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { checkSubstitution, inferSymbolic, type SymbolicInput } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const h = symbol('H');

function run(op: string, x: Tensor, list: readonly number[], opset = 22) {
  return runOperator({ op, opset, inputs: [x, int64([list.length], list)] })[0]!;
}

function inferred(op: string, inputs: readonly SymbolicInput[]) {
  const { shapes, constraints, errors } = inferSymbolic({ op, inputs });
  return {
    shape: formatShape(shapes[0]),
    constraints: constraints.map(({ kind, left, right }) => `${kind}: ${left}, ${right}`),
    errors: errors.map(({ code }) => code),
  };
}

describe('Expand', () => {
  it('repeats along axes of size 1 and in front', () => {
    const y = run('Expand', counting([3, 1]), [2, 1, 2]);
    expect([y.dims, elementsOf(y)]).toEqual([
      [2, 3, 2],
      [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2],
    ]);
  });

  it('keeps what the target has 1 for', () => {
    expect(run('Expand', counting([2, 3]), [1]).dims).toEqual([2, 3]);
    expect(run('Expand', counting([2, 3]), []).dims).toEqual([2, 3]);
    expect(run('Expand', counting([2, 1]), [0]).dims).toEqual([2, 0]);
    expect(elementsOf(run('Expand', tensor('string', ['a', 'b'], [2, 1]), [1, 2], 8))).toEqual(['a', 'a', 'b', 'b']);
  });

  it('refuses other sizes, and ones that nothing can hold', () => {
    expect(() => run('Expand', counting([2, 3]), [2, 4])).toThrow(/US1204/);
    expect(() => run('Expand', counting([1]), [-2])).toThrow(/US1207/);
    expect(() => run('Expand', counting([1]), [2 ** 40, 2 ** 40])).toThrow(/US2011/);
  });

  it('follows open sizes', () => {
    expect(inferred('Expand', [{ shape: [n, 1, 1] }, { values: [1, 8, h] }])).toEqual({
      shape: '[N, 8, H]',
      constraints: [],
      errors: [],
    });
    expect(inferred('Expand', [{ shape: [add(h, 1)] }, { values: [add(n, 1)] }])).toEqual({
      shape: '[H + 1]',
      constraints: ['equal: H + 1, N + 1'],
      errors: [],
    });
    expect(inferred('Expand', [{ shape: [3] }, { values: [4] }]).errors).toEqual(['US1204']);
  });

  it('keeps what a computed target cannot change', () => {
    expect(inferred('Expand', [{ shape: [n, 3, 1] }, { shape: [2] }]).shape).toBe('[N, 3, ?1]');
    expect(inferred('Expand', [{ shape: [add(n, 1)] }, { shape: [2] }]).shape).toBe('[?0, N + 1]');
    expect(inferred('Expand', [{ shape: [n] }, { shape: [h] }]).shape).toBe('[?]');
  });

  it('is, at any numbers, the Expand to these numbers', () => {
    // Of related sizes the simpler one is shown (H of H and 2*H), which is not the larger one when it is 1.
    const dims = (...own: Dim[]) => fc.array(fc.constantFrom<Dim>(1, 1, 3, ...own), { minLength: 1, maxLength: 3 });
    const size = fc.integer({ min: 1, max: 6 });
    let valid = 0;
    fc.assert(
      fc.property(dims(n, add(n, 1)), dims(h, mul(h, 2)), size, size, (shape, target, a, b) => {
        const bindings = new Map([
          ['N', a],
          ['H', b],
        ]);
        if (checkSubstitution({ op: 'Expand', inputs: [{ shape }, { values: target }] }, bindings)) valid++;
      }),
      { numRuns: 300 },
    );
    expect(valid).toBeGreaterThan(50);
  });
});

describe('Tile', () => {
  it('lays copies side by side', () => {
    const y = run('Tile', counting([2, 2]), [1, 2]);
    expect([y.dims, elementsOf(y)]).toEqual([
      [2, 4],
      [0, 1, 0, 1, 2, 3, 2, 3],
    ]);
    expect(elementsOf(run('Tile', tensor('string', ['a', 'b']), [2], 6))).toEqual(['a', 'b', 'a', 'b']);
    expect(run('Tile', counting([2, 3]), [0, 2]).dims).toEqual([0, 6]);
    expect(run('Tile', counting([]), []).dims).toEqual([]);
  });

  it('shows every element again and again', () => {
    const axis = fc.record({ size: fc.integer({ min: 0, max: 4 }), count: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), (axes) => {
        const dims = axes.map(({ size }) => size);
        const y = run(
          'Tile',
          counting(dims),
          axes.map(({ count }) => count),
        );
        expect(y.dims).toEqual(axes.map(({ size, count }) => size * count));
        const expected = positionsOf(y.dims).map((position) =>
          countAt(
            dims,
            position.map((i, k) => i % dims[k]!),
          ),
        );
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it('refuses counts that do not fit', () => {
    expect(() => run('Tile', counting([2, 2]), [2])).toThrow(/US1209/);
    expect(() => run('Tile', counting([2]), [-1])).toThrow(/US1209/);
    expect(() => run('Tile', counting([2]), [2 ** 50])).toThrow(/US2011/);
  });

  it('multiplies open sizes', () => {
    expect(inferred('Tile', [{ shape: [n, h, 3] }, { values: [1, n, 2] }]).shape).toBe('[N, N*H, 6]');
    expect(inferred('Tile', [{ shape: [n, h] }, { shape: [2] }]).shape).toBe('[?0, ?1]');
  });

  it('repeats what is known', () => {
    expect(inferSymbolic({ op: 'Tile', inputs: [{ values: [n, h] }, { values: [2] }] }).values[0]).toEqual([
      n,
      h,
      n,
      h,
    ]);
    expect(inferSymbolic({ op: 'Expand', inputs: [{ values: [n] }, { values: [3] }] }).values[0]).toEqual([n, n, n]);
  });
});
