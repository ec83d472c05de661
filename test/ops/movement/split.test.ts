import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type Dim, floorDiv, mul, sub, symbol } from '../../../src/ir/dim.js';
import { formatShape } from '../../../src/ir/shape.js';
import { int64 } from '../../../src/ir/tensor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { checkSubstitution, inferSymbolic, type SymbolicCase } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const h = symbol('H');

interface SplitCase {
  readonly dims: readonly number[];
  readonly parts?: readonly number[];
  readonly outputs: number;
  readonly axis?: number;
  readonly num_outputs?: number;
  readonly opset?: number;
}

function split({ dims, parts, outputs, opset = 22, ...attributes }: SplitCase) {
  const isAttribute = opset < 13;
  const inputs = parts === undefined || isAttribute ? [counting(dims)] : [counting(dims), int64([parts.length], parts)];
  const given = { ...attributes, ...(parts !== undefined && isAttribute ? { split: parts } : {}) };
  return runOperator({ op: 'Split', opset, inputs, attributes: given, outputs });
}

function sizes(test: SplitCase): readonly number[] {
  const axis = test.axis ?? 0;
  return split(test).map(({ dims }) => dims.at(axis)!);
}

function inferred(test: Omit<SymbolicCase, 'op'>) {
  const { shapes, constraints, errors } = inferSymbolic({ op: 'Split', ...test });
  return {
    shapes: shapes.map(formatShape).join(' '),
    constraints: constraints.map(({ left, right }) => `${left}, ${right}`),
    errors: errors.map(({ code }) => code),
  };
}

describe('Split', () => {
  it('cuts an axis into the parts it is told', () => {
    const [a, b] = split({ dims: [2, 3], parts: [1, 2], outputs: 2, axis: 1 });
    expect([a!.dims, elementsOf(a), b!.dims, elementsOf(b)]).toEqual([
      [2, 1],
      [0, 3],
      [2, 2],
      [1, 2, 4, 5],
    ]);
  });

  it.each([11, 13, 22])('takes parts and shares in operator set %i', (opset) => {
    expect(sizes({ dims: [6], parts: [2, 0, 4], outputs: 3, opset })).toEqual([2, 0, 4]);
    expect(sizes({ dims: [2, 6], outputs: 3, axis: -1, opset })).toEqual([2, 2, 2]);
  });

  it('shares unevenly from version 18 on, the last part being smaller', () => {
    expect(sizes({ dims: [7], outputs: 3, num_outputs: 3 })).toEqual([3, 3, 1]);
    expect(sizes({ dims: [4], outputs: 3, num_outputs: 3 })).toEqual([2, 2, 0]);
    expect(sizes({ dims: [4], outputs: 1, num_outputs: 2 })).toEqual([2]);
    expect(() => split({ dims: [7], outputs: 3, opset: 13 })).toThrow(/US1211/);
    expect(() => split({ dims: [5], outputs: 4, num_outputs: 4 })).toThrow(/US1207/);
  });

  it('moves strings', () => {
    const inputs = [tensor('string', ['a', 'b', 'c'])];
    const pieces = runOperator({ op: 'Split', inputs, outputs: 3, attributes: { num_outputs: 3 } });
    expect(pieces.map((piece) => elementsOf(piece))).toEqual([['a'], ['b'], ['c']]);
  });

  it.each([
    { what: 'parts that fall short', test: { dims: [6], parts: [2, 3], outputs: 2 }, code: /US1211.*together 5/ },
    { what: 'a negative part', test: { dims: [6], parts: [7, -1], outputs: 2 }, code: /US1207/ },
    { what: 'more outputs than parts', test: { dims: [6], parts: [6], outputs: 2 }, code: /US1209/ },
    { what: 'fewer shares than outputs', test: { dims: [6], outputs: 3, num_outputs: 2 }, code: /US1304/ },
    { what: 'shares without end', test: { dims: [6], outputs: 2, num_outputs: 2 ** 40 }, code: /US1304/ },
    { what: 'an axis outside', test: { dims: [6], outputs: 2, axis: 1 }, code: /US1208/ },
  ])('refuses $what', ({ test, code }) => {
    expect(() => split(test)).toThrow(code);
  });

  it('gives every element once', () => {
    const parts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });
    const before = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
    fc.assert(
      fc.property(parts, before, before, (given, outer, inner) => {
        const dims = [...outer, given.reduce((sum, size) => sum + size, 0), ...inner];
        const axis = outer.length;
        let begin = 0;
        split({ dims, parts: given, outputs: given.length, axis }).forEach((piece, i) => {
          expect(piece.dims).toEqual(dims.with(axis, given[i]!));
          const expected = positionsOf(piece.dims).map((position) =>
            countAt(dims, position.with(axis, position[axis]! + begin)),
          );
          expect(elementsOf(piece)).toEqual(expected);
          begin += given[i]!;
        });
      }),
    );
  });

  it('shares open sizes', () => {
    const attributes = { axis: 1, num_outputs: 2 };
    expect(inferred({ inputs: [{ shape: [n, mul(h, 2)] }], attributes, outputs: 2 })).toEqual({
      shapes: '[N, H] [N, H]',
      constraints: [],
      errors: [],
    });
    expect(inferred({ inputs: [{ shape: [n, add(h, 1)] }], attributes, outputs: 2 })).toEqual({
      shapes: '[N, floor(H/2) + 1] [N, floor((H + 1)/2)]',
      constraints: [],
      errors: [],
    });
    expect(inferred({ opset: 13, inputs: [{ shape: [n, h] }], attributes: { axis: 1 }, outputs: 2 })).toEqual({
      shapes: '[N, floor(H/2)] [N, floor(H/2)]',
      constraints: ['H, 2*floor(H/2)'],
      errors: [],
    });
  });

  it('asks parts to fill the axis', () => {
    const inputs = [{ shape: [n, h] }, { values: [4, sub(h, 4)] }];
    expect(inferred({ inputs, attributes: { axis: 1 }, outputs: 2 })).toEqual({
      shapes: '[N, 4] [N, H - 4]',
      constraints: ['H - 4, 0'],
      errors: [],
    });
    expect(inferred({ inputs: [{ shape: [h] }, { values: [4, 4] }], outputs: 2 })).toEqual({
      shapes: '[4] [4]',
      constraints: ['H, 8'],
      errors: [],
    });
    expect(inferred({ inputs: [{ shape: [7] }, { values: [4, 4] }], outputs: 2 }).errors).toEqual(['US1211']);
    expect(inferred({ inputs: [{ values: [n, h] }, { values: [4, 4] }], outputs: 2 }).errors).toEqual(['US1211']);
  });

  it('has fresh sizes for parts that are computed', () => {
    const inputs = [{ shape: [n, h] }, { shape: [2] }];
    expect(inferred({ inputs, attributes: { axis: 1 }, outputs: 2 }).shapes).toBe('[N, ?0] [N, ?1]');
  });

  it('splits a shape', () => {
    const inputs = [{ values: [n, 3, h, h] }, { values: [1, 3] }];
    expect(inferSymbolic({ op: 'Split', inputs, outputs: 2 }).values).toEqual([[n], [3, h, h]]);
    const shares = inferSymbolic({
      op: 'Split',
      inputs: inputs.slice(0, 1),
      outputs: 2,
      attributes: { num_outputs: 2 },
    });
    expect(shares.values).toEqual([
      [n, 3],
      [h, h],
    ]);
  });

  it('is, at any numbers, the Split of these numbers', () => {
    const size = fc.integer({ min: 1, max: 9 });
    const dim = fc.constantFrom<Dim>(h, mul(h, 3), add(h, n), 6, floorDiv(h, 2));
    const opset = fc.constantFrom(11, 13, 22);
    let valid = 0;
    fc.assert(
      fc.property(dim, fc.integer({ min: 1, max: 3 }), opset, size, size, (shape, outputs, set, a, b) => {
        const bindings = new Map([
          ['H', a],
          ['N', b],
        ]);
        const test = { op: 'Split', opset: set, inputs: [{ shape: [n, shape] }], attributes: { axis: 1 }, outputs };
        if (checkSubstitution(test, bindings)) valid++;
      }),
      { numRuns: 200 },
    );
    expect(valid).toBeGreaterThan(40);
  });
});
