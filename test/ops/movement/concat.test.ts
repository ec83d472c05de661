import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { decide } from '../../../src/ir/constraint.js';
import { add, type Bindings, type Dim, floorDiv, mul, substitute, symbol, symbolsOf } from '../../../src/ir/dim.js';
import type { Shape } from '../../../src/ir/shape.js';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { positionsOf } from '../../support/coordinates.js';
import { GraphBuilder } from '../../support/graph.js';
import { referenceCode } from '../../support/reference-code.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { checkSubstitution, inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

function concat(inputs: readonly Tensor[], axis: number): Tensor {
  return runOperator({ op: 'Concat', inputs, attributes: { axis } })[0]!;
}

/** What the reference alone refuses the inputs with. */
function codeOf(inputs: readonly Tensor[], axis: number): string | undefined {
  return referenceCode({ op: 'Concat', inputs, attributes: { axis } });
}

describe('Concat', () => {
  it('puts the inputs one after another along any axis, counted from either end', () => {
    const [a, b] = [float32([2, 2], [1, 2, 3, 4]), float32([2, 1], [5, 6])];
    expect(elementsOf(concat([a, a], 0))).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    for (const axis of [1, -1]) {
      const y = concat([a, b], axis);
      expect([y.dims, elementsOf(y)]).toEqual([
        [2, 3],
        [1, 2, 5, 3, 4, 6],
      ]);
    }
  });

  it('keeps one input as it is, and adds nothing for an empty one', () => {
    const [a, none] = [float32([2, 2], [1, 2, 3, 4]), float32([2, 0], [])];
    expect(elementsOf(concat([a], 1))).toEqual([1, 2, 3, 4]);
    expect(elementsOf(concat([none, a, none], 1))).toEqual([1, 2, 3, 4]);
    expect(concat([none, none], 1).dims).toEqual([2, 0]);
  });

  it.each([
    tensor('string', ['a', 'b']),
    tensor('int64', [2n ** 53n + 1n, -1n]),
    tensor('bool', [1, 0]),
    tensor('float16', [0.5, -2]),
  ])('of $type', (x) => {
    const y = concat([x, x], 0);
    expect([y.type, elementsOf(y)]).toEqual([x.type, [...elementsOf(x), ...elementsOf(x)]]);
  });

  it('index by index, for any number of inputs and dimensions', () => {
    const size = fc.integer({ min: 0, max: 3 });
    const arbitrary = fc.array(size, { minLength: 1, maxLength: 4 }).chain((dims) =>
      fc.record({
        dims: fc.constant(dims),
        axis: fc.nat({ max: dims.length - 1 }),
        along: fc.array(size, { minLength: 1, maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(arbitrary, ({ dims, axis, along }) => {
        let next = 0;
        const pieces = along.map((length) => {
          const own = dims.with(axis, length);
          const count = own.reduce((product, item) => product * item, 1);
          return float32(
            own,
            Array.from({ length: count }, () => next++),
          );
        });
        /** Where each position of the result comes from: a piece and a place along the axis in it. */
        const origins = along.flatMap((length, piece) => Array.from({ length }, (_, at) => ({ piece, at })));
        const expected = positionsOf(dims.with(axis, origins.length)).map((position) => {
          const { piece, at } = origins[position[axis]!]!;
          const { dims: own, data } = pieces[piece]!;
          return data[position.with(axis, at).reduce((index, i, k) => index * own[k]! + i, 0)];
        });
        const y = concat(pieces, axis);
        expect(y.dims).toEqual(dims.with(axis, origins.length));
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it('has axis 1 before version 4, and must be told the axis since', () => {
    const x = float32([1, 1, 1], [7]);
    expect(runOperator({ op: 'Concat', opset: 3, inputs: [x, x] })[0]!.dims).toEqual([1, 2, 1]);
    const { diagnostics } = inferOperator({ op: 'Concat', opset: 4, inputs: [x, x] });
    expect(diagnostics.map(({ code }) => code)).toEqual(['US1302']);
  });
});

/** The shape of a Concat of float32 inputs, what it asks of sizes, and what is wrong. */
function inferConcat(shapes: readonly (Shape | undefined)[], axis: number, bindings: Bindings = new Map()) {
  const builder = new GraphBuilder();
  const inputs = shapes.map((shape, i) => builder.input(`x${i}`, shape));
  const y = builder.add('Concat', inputs, { axis });
  const { types, constraints, diagnostics } = infer(builder.graph(y), { bindings });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return { shape: types.get(y)?.shape, constraints, codes: errors.map(({ code }) => code) };
}

describe('Concat of open sizes', () => {
  const [n, h, w] = [symbol('N'), symbol('H'), symbol('W')];

  it('adds the sizes along the axis and asks that the others are equal', () => {
    const { shape, constraints } = inferConcat(
      [
        [n, 8, h],
        [n, w, 16],
        [2, 1, h],
      ],
      1,
    );
    expect(shape!.map(String)).toEqual(['2', 'W + 9', '16']);
    expect(constraints.map(({ kind, left, right }) => `${kind} ${left} ${right}`)).toEqual(['equal H 16', 'equal N 2']);
  });

  it('has the shape that inference at numbers has, and fails where a constraint says so', () => {
    const dim: fc.Arbitrary<Dim> = fc.oneof(
      fc.constantFrom<Dim>(n, h, mul(h, 2), add(h, 1), floorDiv(h, 2), mul(w, 2), w),
      fc.integer({ min: 0, max: 4 }),
    );
    const arbitrary = fc.record({
      shapes: fc.array(fc.tuple(dim, dim, dim), { minLength: 1, maxLength: 3 }),
      axis: fc.constantFrom(0, 1, 2),
      sizes: fc.tuple(...[1, 1, 1].map((min) => fc.integer({ min, max: 4 }))),
    });
    fc.assert(
      fc.property(arbitrary, ({ shapes, axis, sizes }) => {
        const bindings = new Map(['N', 'H', 'W'].map((name, i) => [name, sizes[i]!]));
        const open = inferConcat(shapes, axis);
        const numbers = shapes.map((shape) => shape.map((item) => substitute(item, bindings) as number));
        const agree = numbers.every((shape) => shape.every((size, i) => i === axis || size === numbers[0]![i]));
        const isValid = open.codes.length === 0 && open.constraints.every((item) => decide(item, bindings) !== false);
        expect(isValid).toBe(agree);
        expect(inferConcat(shapes, axis, bindings).codes).toEqual(agree ? [] : ['US1203']);
        if (!agree) return;
        const along = numbers.reduce((sum, shape) => sum + shape[axis]!, 0);
        expect(open.shape!.map((item) => substitute(item, bindings))).toEqual(numbers[0]!.with(axis, along));
      }),
      { numRuns: 1000 },
    );
  });

  it('joins lists of sizes, whatever is known of them', () => {
    const inputs = [{ values: [n, 3] }, int64([1], [7]), { values: [mul(h, 2)] }];
    const test = { op: 'Concat', inputs, attributes: { axis: 0 } };
    expect(inferSymbolic(test).values[0]).toEqual([n, 3, 7, mul(h, 2)]);
    expect(
      checkSubstitution(
        test,
        new Map([
          ['N', 5],
          ['H', 4],
        ]),
      ),
    ).toBe(true);
  });

  it('tells all sizes but one when the rank of an input is not known', () => {
    const { shape, codes } = inferConcat([undefined, [n, 8, h], undefined], -2);
    expect(codes).toEqual([]);
    expect([shape!.length, shape![0], shape![2]]).toEqual([3, n, h]);
    expect([...symbolsOf(shape![1]!).values()].map(({ reason }) => reason)).toEqual([
      'the shape of an input is not known (n0)',
    ]);
    expect(inferConcat([undefined, undefined], 1)).toMatchObject({ shape: undefined, codes: [] });
  });
});

describe('Concat of what does not fit', () => {
  const [a, b] = [float32([1, 2], [1, 2]), int64([1, 2], [1, 2])];

  it('refuses several element types, when inferred and when run', () => {
    const { diagnostics } = inferOperator({ op: 'Concat', inputs: [a, b], attributes: { axis: 0 } });
    expect(diagnostics).toMatchObject([{ code: 'US1210', expected: 'float32', actual: 'int64' }]);
    for (const inputs of [
      [a, b],
      [b, a],
      [a, a, b],
    ])
      expect(codeOf(inputs, 0)).toBe('US1210');
  });

  it('refuses several ranks', () => {
    expect(
      inferConcat(
        [
          [1, 2],
          [1, 2, 1],
        ],
        0,
      ).codes,
    ).toEqual(['US1203']);
    expect(codeOf([a, float32([2], [1, 2])], 0)).toBe('US1203');
  });

  it('refuses other sizes beside the axis', () => {
    expect(
      inferConcat(
        [
          [1, 2],
          [1, 3],
        ],
        0,
      ).codes,
    ).toEqual(['US1203']);
    expect(codeOf([a, float32([1, 3], [1, 2, 3])], 0)).toBe('US1203');
    expect(codeOf([a, float32([1, 3], [1, 2, 3])], 1)).toBeUndefined();
  });

  it('refuses an axis out of range, and scalars', () => {
    expect(
      inferConcat(
        [
          [1, 2],
          [1, 2],
        ],
        2,
      ).codes,
    ).toEqual(['US1208']);
    expect(
      inferConcat(
        [
          [1, 2],
          [1, 2],
        ],
        -3,
      ).codes,
    ).toEqual(['US1208']);
    expect(inferConcat([[], []], 0).codes).toEqual(['US1208']);
    expect(codeOf([a, a], 2)).toBe('US1208');
  });
});
