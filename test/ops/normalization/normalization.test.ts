import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { elementCount, float32, Tensor } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';

const exact = { kind: 'float' as const, value: 0 };

interface Case {
  readonly op: string;
  readonly opset?: number;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly outputs?: number;
  readonly expected: readonly (readonly number[])[];
}

const ones = float32([1], [1]);
const zeros = float32([1], [0]);
const square = float32([1, 2, 1, 2], [1, 3, 10, 30]);

const cases: readonly Case[] = [
  {
    op: 'InstanceNormalization',
    inputs: [square, float32([2], [1, 2]), float32([2], [0, 5])],
    attributes: { epsilon: exact },
    expected: [[-1, 1, 3, 7]],
  },
  {
    op: 'GroupNormalization',
    opset: 21,
    inputs: [square, float32([2], [1, 2]), float32([2], [0, 5])],
    attributes: { epsilon: exact, num_groups: 2 },
    expected: [[-1, 1, 3, 7]],
  },
  {
    op: 'GroupNormalization',
    opset: 18,
    inputs: [float32([1, 4], [1, 3, 10, 30]), float32([2], [1, 2]), float32([2], [0, 5])],
    attributes: { epsilon: exact, num_groups: 2 },
    expected: [[-1, 1, 3, 7]],
  },
  {
    op: 'LayerNormalization',
    inputs: [float32([2, 2], [1, 3, 10, 30]), float32([2], [1, 2]), float32([2], [0, 5])],
    attributes: { epsilon: exact },
    outputs: 3,
    expected: [
      [-1, 7, -1, 7],
      [2, 20],
      [1, Math.fround(0.1)],
    ],
  },
  {
    op: 'LayerNormalization',
    inputs: [float32([2, 2], [0, 0, 2, 2]), ones],
    attributes: { epsilon: exact, axis: 0 },
    outputs: 2,
    expected: [[-1, -1, 1, 1], [1]],
  },
  {
    op: 'RMSNormalization',
    opset: 23,
    inputs: [float32([2, 4], [1, 1, 1, 1, 3, -3, 3, -3]), float32([4], [1, 2, 3, 4])],
    attributes: { epsilon: exact },
    expected: [[1, 2, 3, 4, 1, -2, 3, -4]],
  },
  {
    op: 'LpNormalization',
    inputs: [float32([2, 2], [3, 4, 0, 0])],
    expected: [[Math.fround(0.6), Math.fround(0.8), 0, 0]],
  },
  {
    op: 'LpNormalization',
    inputs: [float32([2, 2], [3, -4, 1, 4])],
    attributes: { axis: 0, p: 1 },
    expected: [[0.75, -0.5, 0.25, 0.5]],
  },
  {
    op: 'MeanVarianceNormalization',
    inputs: [float32([2, 2, 1, 1], [1, 10, 3, 30])],
    expected: [[-1, -1, 1, 1]],
  },
  {
    op: 'LRN',
    inputs: [float32([1, 4, 1, 1], [1, 2, 3, 4])],
    // A window of one channel before and two behind; alpha / size is 1.
    attributes: {
      size: 4,
      alpha: { kind: 'float', value: 4 },
      beta: { kind: 'float', value: 1 },
      bias: { kind: 'float', value: 0 },
    },
    expected: [[1 / 14, 2 / 30, 3 / 29, 4 / 25].map(Math.fround)],
  },
];

describe('normalizations', () => {
  it.each(cases)('$op, $attributes', ({ op, opset, inputs, attributes, outputs, expected }) => {
    const results = runOperator({
      op,
      inputs,
      ...(opset && { opset }),
      ...(attributes && { attributes }),
      ...(outputs && { outputs }),
    });
    expected.forEach((numbers, i) => {
      const data = results[i]!.data as Float32Array;
      expect(data.length).toBe(numbers.length);
      numbers.forEach((number, at) => {
        expect(data[at]).toBeCloseTo(number, 5);
      });
    });
  });

  it('one group of all channels is a layer, a group for each channel an instance', () => {
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(size, size, size, fc.integer(), (n, c, plane, seed) => {
        const x = float32([n, c, plane], smallIntegers(n * c * plane, seed));
        const full = (count: number, value: number) => float32([count], new Array<number>(count).fill(value));
        const group = (num_groups: number) =>
          runOperator({ op: 'GroupNormalization', inputs: [x, full(c, 1), full(c, 0)], attributes: { num_groups } })[0];
        expect(group(c)).toEqual(runOperator({ op: 'InstanceNormalization', inputs: [x, full(c, 1), full(c, 0)] })[0]);
        expect(group(1)).toEqual(
          runOperator({ op: 'LayerNormalization', inputs: [x, ones, zeros], attributes: { axis: 1 } })[0],
        );
      }),
      { numRuns: 50 },
    );
  });

  it('saves statistics in the stash type, and gives Y of RMSNormalization the type of its scale', () => {
    const half = new Tensor('float16', [1, 2], Uint16Array.of(0x3c00, 0x4200));
    const scale = new Tensor('float16', [1], Uint16Array.of(0x3c00));
    const [y, mean] = runOperator({
      op: 'LayerNormalization',
      inputs: [half, scale],
      outputs: 2,
      attributes: { epsilon: exact },
    });
    expect([y!.type, [...y!.data]]).toEqual(['float16', [0xbc00, 0x3c00]]);
    expect([mean!.type, [...mean!.data]]).toEqual(['float32', [2]]);
    const [rms] = runOperator({ op: 'RMSNormalization', opset: 23, inputs: [half, ones] });
    expect(rms!.type).toBe('float32');
  });

  it('keeps nothing of nothing', () => {
    const empty = float32([0, 2, 3], []);
    const two = float32([2], [1, 1]);
    expect(runOperator({ op: 'InstanceNormalization', inputs: [empty, two, two] })[0]!.dims).toEqual([0, 2, 3]);
    expect(elementCount(runOperator({ op: 'LpNormalization', inputs: [empty] })[0]!.dims)).toBe(0);
  });

  it('infers symbolic shapes', () => {
    const [n, h] = [symbol('N'), symbol('H')];
    expect(inferOperator({ op: 'LayerNormalization', inputs: [[n, h, 8], [8], [8]], outputs: 3 }).shapes).toEqual([
      [n, h, 8],
      [n, h, 1],
      [n, h, 1],
    ]);
    expect(
      inferOperator({ op: 'GroupNormalization', inputs: [[n, 8, h, h], [8], [8]], attributes: { num_groups: 4 } })
        .shapes,
    ).toEqual([[n, 8, h, h]]);
  });

  it.each([
    { op: 'InstanceNormalization', inputs: [[1, 3, 4], [2], [3]], code: 'US1205' },
    { op: 'GroupNormalization', inputs: [[1, 6, 4], [6], [6]], attributes: { num_groups: 4 }, code: 'US1205' },
    { op: 'GroupNormalization', inputs: [[1, 2, 4], [2], [2]], attributes: { num_groups: 0 }, code: 'US1205' },
    {
      op: 'GroupNormalization',
      opset: 20,
      inputs: [[1, 6, 4], [6], [6]],
      attributes: { num_groups: 3 },
      code: 'US1205',
    },
    { op: 'LayerNormalization', inputs: [[2, 8], [7]], code: 'US1204' },
    { op: 'LayerNormalization', inputs: [[2, 8], [8]], attributes: { axis: 2 }, code: 'US1208' },
    { op: 'LayerNormalization', inputs: [[2, 8], [8]], attributes: { stash_type: 7 }, code: 'US1304' },
    { op: 'LpNormalization', inputs: [[2, 8]], attributes: { p: 3 }, code: 'US1304' },
    { op: 'LRN', inputs: [[2, 8]], attributes: { size: 0 }, code: 'US1304' },
    { op: 'MeanVarianceNormalization', inputs: [[2, 8]], code: 'US1208' },
  ])('reports $code for $op of $inputs', ({ code, ...test }) => {
    expect(inferOperator(test).diagnostics).toMatchObject([{ code }]);
  });
});
