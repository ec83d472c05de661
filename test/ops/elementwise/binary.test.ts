import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import { elementCount, float32, rowMajorStrides } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

type Elements = readonly (number | bigint | string)[];

interface BinaryCase {
  readonly op: string;
  readonly type: ElementType;
  readonly a: Elements;
  readonly b: Elements;
  readonly gives: Elements;
  readonly attributes?: Readonly<Record<string, number | string>>;
  readonly exponent?: ElementType;
}

const cases: readonly BinaryCase[] = [
  { op: 'Add', type: 'float32', a: [1.5, inf, nan, inf], b: [2, 1, 1, -inf], gives: [3.5, inf, nan, nan] },
  { op: 'Add', type: 'int32', a: [2 ** 31 - 1], b: [1], gives: [-(2 ** 31)] },
  { op: 'Add', type: 'int8', a: [127, -128], b: [1, -1], gives: [-128, 127] },
  { op: 'Add', type: 'uint8', a: [255], b: [2], gives: [1] },
  { op: 'Add', type: 'uint32', a: [2 ** 32 - 1], b: [2], gives: [1] },
  { op: 'Add', type: 'int64', a: [2n ** 53n, 2n ** 63n - 1n], b: [1n, 1n], gives: [2n ** 53n + 1n, -(2n ** 63n)] },
  { op: 'Add', type: 'float16', a: [2048, 65504], b: [1, 65504], gives: [2048, inf] },
  { op: 'Add', type: 'bfloat16', a: [256, 1], b: [1, 0.5], gives: [256, 1.5] },
  { op: 'Sub', type: 'uint64', a: [0n], b: [1n], gives: [2n ** 64n - 1n] },
  { op: 'Sub', type: 'float64', a: [0.3], b: [0.1], gives: [0.3 - 0.1] },
  { op: 'Mul', type: 'int32', a: [65537, -3], b: [65537, 5], gives: [131073, -15] },
  { op: 'Mul', type: 'uint32', a: [65537], b: [65537], gives: [131073] },
  { op: 'Mul', type: 'int64', a: [3037000500n], b: [3037000500n], gives: [-9223372036709301616n] },
  { op: 'Mul', type: 'float32', a: [0, 16777217], b: [inf, 1], gives: [nan, 16777216] },
  { op: 'Div', type: 'int32', a: [7, -7, 7, -7], b: [2, 2, -2, -2], gives: [3, -3, -3, 3] },
  { op: 'Div', type: 'int64', a: [-(2n ** 60n) - 1n], b: [2n], gives: [-(2n ** 59n)] },
  { op: 'Div', type: 'float32', a: [1, -1, 0, 1], b: [0, 0, 0, 4], gives: [inf, -inf, nan, 0.25] },
  { op: 'Pow', type: 'float32', a: [2, 1, -1, 0, 4], b: [10, nan, inf, -1, 0.5], gives: [1024, 1, 1, inf, 2] },
  { op: 'Pow', type: 'int32', a: [2, 3, -1, 0], b: [31, 21, -3, 0], gives: [-(2 ** 31), 1870418611, -1, 1] },
  { op: 'Pow', type: 'int64', a: [3n, 2n, 2n], b: [39n, 64n, -1n], gives: [4052555153018976267n, 0n, 0n] },
  { op: 'Pow', type: 'int32', exponent: 'float32', a: [9, 2], b: [0.5, 1.5], gives: [3, 2] },
  {
    op: 'Pow',
    type: 'int64',
    exponent: 'float32',
    a: [2n, -2n, 0n],
    b: [70, 71, -1],
    gives: [2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n - 1n],
  },
  { op: 'Pow', type: 'int64', exponent: 'float32', a: [-2n, 3n], b: [0.5, nan], gives: [0n, 0n] },
  {
    op: 'Pow',
    type: 'int32',
    exponent: 'float32',
    a: [2, -2, -2],
    b: [70, 71, 0.5],
    gives: [2 ** 31 - 1, -(2 ** 31), 0],
  },
  { op: 'Pow', type: 'float32', exponent: 'int64', a: [0.5, 2], b: [3n, -2n], gives: [0.125, 0.25] },
  { op: 'Pow', type: 'int64', exponent: 'uint8', a: [-2n], b: [3], gives: [-8n] },
  { op: 'Mod', type: 'int32', a: [-4, 7, 5, 4, -7, 8], b: [2, 3, -8, -2, 3, 8], gives: [0, 1, -3, 0, 2, 0] },
  { op: 'Mod', type: 'int64', a: [-7n, 7n], b: [3n, -3n], gives: [2n, -2n] },
  { op: 'Mod', type: 'int32', attributes: { fmod: 1 }, a: [-7, 7], b: [3, -3], gives: [-1, 1] },
  {
    op: 'Mod',
    type: 'float32',
    attributes: { fmod: 1 },
    a: [-4.5, 5.25, 1, 1],
    b: [2, -2, 0, inf],
    gives: [-0.5, 1.25, nan, 1],
  },
  { op: 'And', type: 'bool', a: [0, 0, 1, 1], b: [0, 1, 0, 1], gives: [0, 0, 0, 1] },
  { op: 'Or', type: 'bool', a: [0, 0, 1, 1], b: [0, 1, 0, 1], gives: [0, 1, 1, 1] },
  { op: 'Xor', type: 'bool', a: [0, 0, 1, 1], b: [0, 1, 0, 1], gives: [0, 1, 1, 0] },
  { op: 'BitwiseAnd', type: 'int8', a: [-1, 6], b: [12, 3], gives: [12, 2] },
  { op: 'BitwiseOr', type: 'uint32', a: [2 ** 31], b: [1], gives: [2 ** 31 + 1] },
  { op: 'BitwiseXor', type: 'uint64', a: [2n ** 63n + 5n], b: [1n], gives: [2n ** 63n + 4n] },
  {
    op: 'BitShift',
    type: 'uint8',
    attributes: { direction: 'LEFT' },
    a: [16, 255, 1],
    b: [1, 4, 8],
    gives: [32, 240, 0],
  },
  { op: 'BitShift', type: 'uint32', attributes: { direction: 'RIGHT' }, a: [2 ** 31, 7], b: [31, 32], gives: [1, 0] },
  {
    op: 'BitShift',
    type: 'uint64',
    attributes: { direction: 'LEFT' },
    a: [3n, 1n],
    b: [63n, 64n],
    gives: [2n ** 63n, 0n],
  },
  { op: 'Equal', type: 'int64', a: [2n ** 53n, 5n], b: [2n ** 53n + 1n, 5n], gives: [0, 1] },
  { op: 'Equal', type: 'string', a: ['a', 'b'], b: ['a', 'c'], gives: [1, 0] },
  { op: 'Equal', type: 'float32', a: [nan, 0, inf], b: [nan, -0, inf], gives: [0, 1, 1] },
  { op: 'Equal', type: 'bool', a: [0, 1], b: [1, 1], gives: [0, 1] },
  { op: 'Greater', type: 'float32', a: [1, nan, 2], b: [0, 0, 2], gives: [1, 0, 0] },
  { op: 'Greater', type: 'uint64', a: [2n ** 64n - 1n], b: [2n ** 64n - 2n], gives: [1] },
  { op: 'Less', type: 'float16', a: [1, -1], b: [1.5, -2], gives: [1, 0] },
  { op: 'GreaterOrEqual', type: 'int32', a: [1, 2, 3], b: [2, 2, 2], gives: [0, 1, 1] },
  { op: 'LessOrEqual', type: 'float32', a: [1, 2, nan], b: [2, 2, 2], gives: [1, 1, 0] },
  { op: 'PRelu', type: 'float32', a: [-2, 3, nan], b: [0.5, 0.5, 0.5], gives: [-1, 3, nan] },
  { op: 'PRelu', type: 'int64', a: [-(2n ** 53n) - 1n], b: [3n], gives: [-3n * (2n ** 53n + 1n)] },
];

describe('operators of two inputs', () => {
  it.each(cases)('$op of $type: $a and $b give $gives', ({ op, type, exponent, a, b, gives, attributes = {} }) => {
    const [out] = runOperator({ op, inputs: [tensor(type, a), tensor(exponent ?? type, b)], attributes });
    expect(elementsOf(out)).toEqual(gives);
  });

  it('are linear gates: SwiGLU is the swish of A times B', () => {
    const [out] = runOperator({ op: 'SwiGLU', opset: 28, inputs: [float32([2], [0, 2]), float32([2], [5, 3])] });
    expect(elementsOf(out)[0]).toBe(0);
    expect(elementsOf(out)[1]).toBeCloseTo((6 * 1) / (1 + Math.exp(-2)), 5);
  });

  it('refuse to divide integers by zero', () => {
    for (const op of ['Div', 'Mod']) {
      for (const type of ['int32', 'int64'] as const) {
        expect(() => runOperator({ op, inputs: [tensor(type, [1]), tensor(type, [0])] })).toThrow(/US2007/);
      }
    }
  });

  it.each<{ op: string; types: readonly ElementType[] }>([
    { op: 'Add', types: ['float32', 'float64'] },
    { op: 'Add', types: ['bool', 'bool'] },
    { op: 'And', types: ['float32', 'float32'] },
    { op: 'BitwiseAnd', types: ['float32', 'float32'] },
    { op: 'Less', types: ['string', 'string'] },
    { op: 'Pow', types: ['float32', 'bool'] },
    { op: 'PRelu', types: ['string', 'string'] },
  ])('$op does not take $types', ({ op, types }) => {
    expect(() => runOperator({ op, inputs: types.map((type) => tensor(type, [1])) })).toThrow(/US1210/);
  });

  it('need fmod for the remainder of floats', () => {
    expect(() => runOperator({ op: 'Mod', inputs: [float32([1], [1]), float32([1], [1])] })).toThrow(/US1304.*fmod/);
  });
});

/** A shape and one that broadcasts with it: at each axis both have the size, or one has 1; the second may lack leading axes. */
const shapePair = fc
  .tuple(fc.array(fc.tuple(fc.nat(3), fc.constantFrom('both', 'first', 'second')), { maxLength: 4 }), fc.nat(4))
  .map(([axes, missing]): readonly [number[], number[]] => [
    axes.map(([dim, owner]) => (owner === 'second' ? 1 : dim)),
    axes.map(([dim, owner]) => (owner === 'first' ? 1 : dim)).slice(missing),
  ]);

/** Broadcasting.md, index by index. */
function naive(
  a: readonly number[],
  b: readonly number[],
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  apply: (x: number, y: number) => number,
): { dims: number[]; data: number[] } {
  const rank = Math.max(a.length, b.length);
  const pad = (dims: readonly number[]) => [...new Array<number>(rank - dims.length).fill(1), ...dims];
  const [left, right] = [pad(a), pad(b)];
  const dims = left.map((dim, axis) => (dim === 1 ? right[axis]! : dim));
  const at = (own: readonly number[], index: readonly number[]) => {
    const strides = rowMajorStrides(own);
    return index.reduce((sum, i, axis) => sum + (own[axis] === 1 ? 0 : i * strides[axis]!), 0);
  };
  const data: number[] = [];
  for (let i = 0; i < elementCount(dims); i++) {
    const strides = rowMajorStrides(dims);
    const index = dims.map((dim, axis) => Math.floor(i / strides[axis]!) % dim);
    data.push(apply(x[at(left, index)]!, y[at(right, index)]!));
  }
  return { dims, data };
}

describe('broadcasting', () => {
  it('agrees with an index-by-index loop', () => {
    fc.assert(
      fc.property(shapePair, fc.boolean(), fc.integer(), ([a, b], isSwapped, seed) => {
        const shapes = isSwapped ? [b, a] : [a, b];
        const [x, y] = shapes.map((dims, k) => smallIntegers(elementCount(dims), seed + k));
        const expected = naive(shapes[0]!, shapes[1]!, x!, y!, (p, q) => p - q);
        const [out] = runOperator({ op: 'Sub', inputs: [float32(shapes[0]!, x!), float32(shapes[1]!, y!)] });
        expect(out!.dims).toEqual(expected.dims);
        expect(elementsOf(out)).toEqual(expected.data);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    { what: 'equal shapes', a: [2, 3, 2], b: [2, 3, 2] },
    { what: 'a scalar', a: [2, 3, 2], b: [] },
    { what: 'a value for each channel', a: [2, 3, 2, 2], b: [3, 1, 1] },
    { what: 'a row', a: [2, 3, 4], b: [4] },
    { what: 'both stretched', a: [2, 1, 3], b: [4, 1] },
    { what: 'nothing', a: [0, 3], b: [1, 3] },
    { what: 'one to nothing', a: [1], b: [0] },
  ])('$what, as every operator does it', ({ a, b }) => {
    const [x, y] = [a, b].map((dims, k) => smallIntegers(elementCount(dims), 3 + k));
    const inputs = [float32(a, x!), float32(b, y!)];
    const table: readonly (readonly [string, (p: number, q: number) => number])[] = [
      ['Add', (p, q) => p + q],
      ['Mul', (p, q) => p * q],
      ['Div', (p, q) => Math.fround(p / q)],
      ['Max', Math.max],
      ['Min', Math.min],
      ['Sum', (p, q) => p + q],
      ['Mean', (p, q) => (p + q) / 2],
      ['Greater', (p, q) => Number(p > q)],
    ];
    for (const [op, apply] of table) {
      const expected = naive(a, b, x!, y!, apply);
      const [out] = runOperator({ op, inputs });
      expect(out!.dims, op).toEqual(expected.dims);
      expect(elementsOf(out), op).toEqual(expected.data.map((value) => value + 0));
    }
  });

  it('is inferred for symbols', () => {
    const [n, h] = [symbol('N'), symbol('H')];
    expect(
      inferOperator({
        op: 'Add',
        inputs: [
          [n, 3, h],
          [3, 1],
        ],
      }).shapes,
    ).toEqual([[n, 3, h]]);
    expect(
      inferOperator({
        op: 'Equal',
        inputs: [
          [n, 1],
          [1, h],
        ],
      }).shapes,
    ).toEqual([[n, h]]);
    expect(
      inferOperator({
        op: 'PRelu',
        inputs: [
          [n, 8, h],
          [8, 1],
        ],
      }).shapes,
    ).toEqual([[n, 8, h]]);
    expect(
      inferOperator({
        op: 'Mul',
        inputs: [
          [n, 3],
          [n, 4],
        ],
      }).diagnostics,
    ).toMatchObject([{ code: 'US1204' }]);
    expect(inferOperator({ op: 'PRelu', inputs: [[8], [2, 8]] }).diagnostics).toMatchObject([{ code: 'US1204' }]);
    expect(inferOperator({ op: 'SwiGLU', opset: 28, inputs: [[8], [1]] }).diagnostics).toMatchObject([
      { code: 'US1202' },
    ]);
  });
});

describe('before operator set 7', () => {
  const a = tensor('float32', [1, 2, 3, 4, 5, 6], [2, 3]);

  it('the second input is stretched where told, from the axis told', () => {
    const add = (b: ReturnType<typeof tensor>, attributes: Record<string, number>) =>
      elementsOf(runOperator({ op: 'Add', opset: 6, inputs: [a, b], attributes })[0]);
    expect(add(tensor('float32', [10, 20, 30]), { broadcast: 1 })).toEqual([11, 22, 33, 14, 25, 36]);
    expect(add(tensor('float32', [10, 20]), { broadcast: 1, axis: 0 })).toEqual([11, 12, 13, 24, 25, 26]);
    expect(add(tensor('float32', [10], []), { broadcast: 1 })).toEqual([11, 12, 13, 14, 15, 16]);
    expect(() => add(tensor('float32', [10, 20, 30]), {})).toThrow(/US1204/);
    expect(() => add(tensor('float32', [1, 2, 3], [1, 1, 3]), { broadcast: 1 })).toThrow(/US1204/);
  });

  it('holds for comparisons, logic and powers too', () => {
    const b = tensor('float32', [2, 5]);
    const attributes = { broadcast: 1, axis: 0 };
    expect(elementsOf(runOperator({ op: 'Greater', opset: 6, inputs: [a, b], attributes })[0])).toEqual([
      0, 0, 1, 0, 0, 1,
    ]);
    expect(
      elementsOf(runOperator({ op: 'Pow', opset: 6, inputs: [a, tensor('float32', [2, 1])], attributes })[0]),
    ).toEqual([1, 4, 9, 4, 5, 6]);
    const truth = tensor('bool', [1, 1, 0, 1], [2, 2]);
    expect(
      elementsOf(runOperator({ op: 'And', opset: 6, inputs: [truth, tensor('bool', [0, 1])], attributes })[0]),
    ).toEqual([0, 0, 0, 1]);
  });

  it('a slope of PRelu belongs to channels, later to the last axis', () => {
    const x = tensor('float32', [-1, -2, -3, -4], [1, 2, 2]);
    const slope = tensor('float32', [10, 100]);
    expect(elementsOf(runOperator({ op: 'PRelu', opset: 6, inputs: [x, slope] })[0])).toEqual([-10, -20, -300, -400]);
    expect(elementsOf(runOperator({ op: 'PRelu', opset: 7, inputs: [x, slope] })[0])).toEqual([-10, -200, -30, -400]);
    const one = tensor('float32', [10]);
    expect(elementsOf(runOperator({ op: 'PRelu', opset: 6, inputs: [x, one] })[0])).toEqual([-10, -20, -30, -40]);
  });

  it('Max, Min, Sum and Mean did not broadcast before operator set 8', () => {
    for (const op of ['Max', 'Min', 'Sum', 'Mean']) {
      const inputs = [a, tensor('float32', [1, 2, 3])];
      expect(() => runOperator({ op, opset: 7, inputs })).toThrow(/US1204/);
      expect(runOperator({ op, opset: 8, inputs })[0]!.dims).toEqual([2, 3]);
    }
  });
});

describe('any number of inputs', () => {
  it.each([
    {
      op: 'Max',
      type: 'float32' as const,
      inputs: [
        [1, 5, nan],
        [4, 2, 0],
        [3, 3, 3],
      ],
      gives: [4, 5, nan],
    },
    { op: 'Min', type: 'int64' as const, inputs: [[2n ** 60n + 1n], [2n ** 60n]], gives: [2n ** 60n] },
    {
      op: 'Max',
      type: 'uint8' as const,
      inputs: [
        [1, 200],
        [100, 100],
      ],
      gives: [100, 200],
    },
    { op: 'Min', type: 'float16' as const, inputs: [[1, 2]], gives: [1, 2] },
    { op: 'Sum', type: 'float16' as const, inputs: [[2048], [1], [1]], gives: [2050] },
    {
      op: 'Mean',
      type: 'float32' as const,
      inputs: [
        [1, 2],
        [2, 4],
        [6, 3],
      ],
      gives: [3, 3],
    },
    { op: 'Sum', type: 'float32' as const, inputs: [[7]], gives: [7] },
  ])('$op of $type: $inputs give $gives', ({ op, type, inputs, gives }) => {
    expect(elementsOf(runOperator({ op, inputs: inputs.map((values) => tensor(type, values)) })[0])).toEqual(gives);
  });
});
