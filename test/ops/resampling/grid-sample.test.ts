import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { substitute, symbol } from '../../../src/ir/dim.js';
import { elementCount, float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { GraphBuilder } from '../../support/graph.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

type Attributes = Readonly<Record<string, number | string>>;

function sample(x: Tensor, grid: Tensor, attributes: Attributes = {}, opset = 22): Tensor {
  return runOperator({ op: 'GridSample', opset, inputs: [x, grid], attributes })[0]!;
}

/** The values of a row of one channel at normalized positions. */
function alongRow(values: readonly number[], positions: readonly number[], attributes: Attributes): unknown[] {
  const x = float32([1, 1, 1, values.length], values);
  const grid = float32(
    [1, 1, positions.length, 2],
    positions.flatMap((position) => [position, 0]),
  );
  return elementsOf(sample(x, grid, attributes));
}

describe('GridSample', () => {
  it('reads x before y', () => {
    const x = float32([1, 1, 2, 3], [0, 1, 2, 10, 11, 12]);
    const corners = float32([1, 2, 2, 2], [-1, -1, 1, -1, -1, 1, 1, 1]);
    expect(elementsOf(sample(x, corners, { align_corners: 1 }))).toEqual([0, 2, 10, 12]);
  });

  it('takes −1 and 1 for edges, or for centres', () => {
    // Across four elements: −1 is −0.5 or 0, 0 is 1.5 both times, 0.5 is 2.5 or 2.25.
    expect(alongRow([0, 8, 16, 24], [0, 0.5], {})).toEqual([12, 20]);
    expect(alongRow([0, 8, 16, 24], [-1, 0, 0.5], { align_corners: 1 })).toEqual([0, 12, 18]);
  });

  it('pads with zeros, with the border, with mirrors', () => {
    // Positions −0.5, −2 and 5 of four.
    const positions = [-1, -1.75, 1.75];
    expect(alongRow([8, 16, 24, 32], positions, {})).toEqual([4, 0, 0]);
    expect(alongRow([8, 16, 24, 32], positions, { padding_mode: 'border' })).toEqual([8, 8, 32]);
    expect(alongRow([8, 16, 24, 32], positions, { padding_mode: 'reflection' })).toEqual([8, 16, 24]);
    // Centres: −1 is 0, −5/3 is −1, 7/3 is 5.
    const centres = { align_corners: 1, padding_mode: 'reflection', mode: 'nearest' };
    expect(alongRow([8, 16, 24, 32], [-1, -5 / 3, 7 / 3], centres)).toEqual([8, 16, 16]);
  });

  it('takes the even one of two nearest', () => {
    // Positions 0.5, 1.5, 2.5 of four.
    expect(alongRow([1, 2, 3, 4], [-0.5, 0, 0.5], { mode: 'nearest' })).toEqual([1, 3, 3]);
  });

  it('weighs four elements for cubic', () => {
    // Half way: −3/32 19/32 19/32 −3/32.
    expect(alongRow([32, 64, 64, 128], [0], { mode: 'cubic' })).toEqual([61]);
    expect(alongRow([32, 64, 64, 128], [0], { mode: 'bicubic' })).toEqual([61]);
  });

  it('leaves alone what lies beside a zero of the padding', () => {
    expect(alongRow([Number.NaN, 1, 1, 1], [1.75], {})).toEqual([0]);
  });

  it('reads volumes, z last', () => {
    const x = float32([1, 1, 2, 2, 2], [0, 1, 10, 11, 100, 101, 110, 111]);
    const grid = float32([1, 1, 1, 3, 3], [1, -1, -1, -1, 1, -1, -1, -1, 1]);
    expect(elementsOf(sample(x, grid, { align_corners: 1 }))).toEqual([1, 10, 100]);
    expect(elementsOf(sample(x, float32([1, 1, 1, 1, 3], [0, 0, 0]), {}))).toEqual([55.5]);
  });

  it('cuts integers to whole numbers', () => {
    const x = tensor('uint8', [1, 2], [1, 1, 1, 2]);
    const result = sample(x, float32([1, 1, 1, 2], [0, 0]));
    expect([result.type, ...elementsOf(result)]).toEqual(['uint8', 1]);
  });

  it('has the names of version 16', () => {
    const x = float32([1, 1, 1, 2], [0, 4]);
    expect(elementsOf(sample(x, float32([1, 1, 1, 2], [0, 0]), { mode: 'bilinear' }, 16))).toEqual([2]);
  });

  it('has symbolic sizes and says what does not fit', () => {
    const [n, h, w] = [symbol('N'), symbol('H'), symbol('W')];
    const shape = (grid: (number | typeof n)[]) => inferOperator({ op: 'GridSample', inputs: [[n, 3, 8, 8], grid] });
    expect(shape([n, h, w, 2]).shapes[0]).toEqual([n, 3, h, w]);
    expect(shape([n, h, w, 3]).diagnostics).toMatchObject([
      {
        code: 'US1202',
        message: 'the last axis of the grid does not hold a position in X',
        expected: '2',
        actual: '3',
      },
    ]);
    expect(shape([n, h, w, 1, 2]).diagnostics).toMatchObject([{ code: 'US1201' }]);
  });
});

interface SampleCase {
  readonly steps: readonly number[];
  /** Eighths of elements. */
  readonly positions: readonly (readonly number[])[];
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly padding: 'zeros' | 'border' | 'reflection';
  readonly alignCorners: boolean;
}

const sampleCase: fc.Arbitrary<SampleCase> = fc.integer({ min: 2, max: 3 }).chain((rank) =>
  fc.record({
    /** Steps along an axis: powers of two, which keep every position exact in float32. */
    steps: fc.array(fc.constantFrom(1, 2, 4), { minLength: rank, maxLength: rank }),
    positions: fc.array(fc.array(fc.integer({ min: -40, max: 80 }), { minLength: rank, maxLength: rank }), {
      minLength: 1,
      maxLength: 4,
    }),
    mode: fc.constantFrom('nearest' as const, 'linear' as const, 'cubic' as const),
    padding: fc.constantFrom('zeros' as const, 'border' as const, 'reflection' as const),
    alignCorners: fc.boolean(),
  }),
);

function kernel(mode: SampleCase['mode'], distance: number): number {
  const t = Math.abs(distance);
  if (mode === 'linear') return Math.max(0, 1 - t);
  const a = -0.75;
  if (t < 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
  return t < 2 ? a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a : 0;
}

/** Between centres there is one step less than elements, between edges as many. */
function sizesOf({ steps, alignCorners }: SampleCase): number[] {
  return steps.map((count) => (alignCorners ? count + 1 : count));
}

/** The value at integer places, outside as the padding says: mirrors walked step by step. */
function valueAt(test: SampleCase, data: ArrayLike<number>, places: readonly number[]): number {
  let flat = 0;
  const edge = test.alignCorners ? 0 : 1;
  for (const [axis, size] of sizesOf(test).entries()) {
    let place = places[axis]!;
    if (test.padding === 'zeros' && (place < 0 || place >= size)) return 0;
    if (test.padding === 'border') place = Math.max(0, Math.min(place, size - 1));
    while (place < 0 || place >= size) place = place < 0 ? -edge - place : 2 * (size - 1) + edge - place;
    flat = flat * size + place;
  }
  return data[flat]!;
}

function naive(test: SampleCase, data: ArrayLike<number>, position: readonly number[]): number {
  const visit = (places: readonly number[], weight: number): number => {
    if (weight === 0) return 0;
    const axis = places.length;
    if (axis === position.length) return weight * valueAt(test, data, places);
    const at = position[axis]! / 8;
    if (test.mode === 'nearest') {
      const low = Math.floor(at);
      const isHalf = at - low === 0.5;
      return visit([...places, isHalf ? low + Math.abs(low % 2) : Math.round(at)], weight);
    }
    let sum = 0;
    for (let i = Math.floor(at) - 3; i < at + 3; i++) sum += visit([...places, i], weight * kernel(test.mode, i - at));
    return sum;
  };
  return visit([], 1);
}

describe('GridSample at exact positions', () => {
  it('equals its definition in two and three axes', () => {
    fc.assert(
      fc.property(sampleCase, fc.nat(), (test, seed) => {
        const sizes = sizesOf(test);
        const rank = sizes.length;
        const x = float32([1, 1, ...sizes], smallIntegers(elementCount(sizes), seed));
        // (grid + 1)/2 · steps is the position from the first center, or from the edge half an element before it.
        const shift = test.alignCorners ? 0 : 0.5;
        const grid = test.positions.flatMap((position) =>
          position.map((eighths, axis) => ((eighths / 8 + shift) * 2) / test.steps[axis]! - 1).reverse(),
        );
        const dims = [1, ...new Array<number>(rank - 1).fill(1), test.positions.length, rank];
        const actual = sample(x, float32(dims, grid), {
          mode: test.mode,
          padding_mode: test.padding,
          align_corners: Number(test.alignCorners),
        });
        test.positions.forEach((position, i) => {
          expect(actual.data[i], `at ${position.map((eighths) => eighths / 8)}`).toBeCloseTo(
            naive(test, x.data, position),
            4,
          );
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('AffineGrid', () => {
  const identity = float32([1, 2, 3], [1, 0, 0, 0, 1, 0]);
  const grid = (theta: Tensor, size: readonly number[], align_corners = 0) =>
    runOperator({
      op: 'AffineGrid',
      opset: 20,
      inputs: [theta, int64([size.length], size)],
      attributes: { align_corners },
    })[0]!;

  it('spans centres or edges', () => {
    expect(elementsOf(grid(identity, [1, 1, 1, 2]))).toEqual([-0.5, 0, 0.5, 0]);
    expect(elementsOf(grid(identity, [1, 1, 2, 2], 1))).toEqual([-1, -1, 1, -1, -1, 1, 1, 1]);
    expect(elementsOf(grid(identity, [1, 1, 1, 3], 1))).toEqual([-1, 0, 0, 0, 1, 0]);
  });

  it('turns, scales and moves', () => {
    const theta = float32([1, 2, 3], [0, 2, 0.5, -1, 0, 3]);
    // (x, y) → (2y + 0.5, 3 − x).
    expect(elementsOf(grid(theta, [1, 1, 2, 2], 1))).toEqual([-1.5, 4, -1.5, 2, 2.5, 4, 2.5, 2]);
  });

  it('takes volumes and batches', () => {
    const theta = float32([2, 3, 4], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 7, 0, 0, 0, 8]);
    const result = grid(theta, [2, 4, 2, 1, 1], 1);
    expect(result.dims).toEqual([2, 2, 1, 1, 3]);
    expect(elementsOf(result)).toEqual([0, 0, -1, 0, 0, 1, -1, 7, 8, 1, 7, 8]);
  });

  it('makes, of the identity, a grid that samples every element as it is', () => {
    const x = float32([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
    for (const align of [0, 1]) {
      const result = sample(x, grid(identity, [1, 1, 2, 3], align), { align_corners: align });
      (elementsOf(result) as number[]).forEach((value, i) => {
        expect(value).toBeCloseTo(i + 1, 5);
      });
    }
  });

  it('has symbolic sizes', () => {
    const [n, h, w] = [symbol('N'), symbol('H'), symbol('W')];
    const graph = new GraphBuilder(20);
    const shape = graph.add('Shape', [graph.input('x', [n, 3, h, w])]);
    const y = graph.add('AffineGrid', [graph.input('theta', [n, 2, 3]), shape]);
    const inferred = infer(graph.graph(y)).types.get(y)!.shape!;
    expect(inferred).toEqual([n, h, w, 2]);
    const bindings = new Map([
      ['N', 1],
      ['H', 2],
      ['W', 5],
    ]);
    expect(inferred.map((dim) => substitute(dim, bindings))).toEqual(grid(identity, [1, 3, 2, 5]).dims);
    expect(inferOperator({ op: 'AffineGrid', opset: 20, inputs: [[n, 2, 3], [4]] }).shapes[0]).toHaveLength(4);
  });

  it('says what does not fit', () => {
    expect(() => grid(identity, [1, 1, 2, 2, 2])).toThrow(/US1202.*rows of theta/);
    expect(() => grid(identity, [1, 2])).toThrow(/US1202: size must give a whole shape/);
  });
});
