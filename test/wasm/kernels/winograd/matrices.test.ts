import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filtering, type Matrix } from '../../../../src/wasm/kernels/winograd/matrices.js';

function apply(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, entry, i) => sum + entry * vector[i]!, 0));
}

const number = fc.integer({ min: -100, max: 100 });

describe('filtering', () => {
  it('makes the outputs of a correlation', () => {
    const sizes = fc.constantFrom(
      [4, 3],
      [2, 3],
      [4, 2],
      [2, 2],
      [3, 2],
      [3, 3],
      [1, 1],
      [4, 1],
      [1, 4],
      [6, 3],
      [6, 2],
      [5, 2],
      [5, 4],
      [4, 5],
    );
    const inputs = fc.array(number, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(sizes, inputs, fc.array(number, { minLength: 5, maxLength: 5 }), ([m, r], x, w) => {
        const { points, inputTransform, weightTransform, outputTransform } = filtering(m!, r!);
        expect(points).toBe(m! + r! - 1);
        const u = apply(weightTransform, w.slice(0, r));
        const v = apply(inputTransform, x.slice(0, points));
        const y = apply(
          outputTransform,
          u.map((value, i) => value * v[i]!),
        );
        for (let k = 0; k < m!; k++) {
          const direct = w.slice(0, r).reduce((sum, weight, i) => sum + weight * x[k + i]!, 0);
          expect(y[k]).toBeCloseTo(direct, 6);
        }
      }),
    );
  });

  it('takes the points 0, 1, -1, 2, -2 and infinity', () => {
    expect(filtering(4, 3).outputTransform).toEqual([
      [1, 1, 1, 1, 1, 0],
      [0, 1, -1, 2, -2, 0],
      [0, 1, 1, 4, 4, 0],
      [0, 1, -1, 8, -8, 1],
    ]);
    expect(filtering(2, 3).inputTransform[0]).toEqual([-1, 0, 1, 0]);
  });

  it('makes fewer outputs with weights that are transformed for more', () => {
    const x = [3, -1, 4, 1, -5, 9];
    const own = filtering(4, 3, 6);
    const more = filtering(6, 3);
    expect(own.places).toEqual([0, 1, 2, 3, 4, 7]);
    const u = apply(more.weightTransform, [2, -7, 1]);
    const v = apply(own.inputTransform, x);
    const y = apply(
      own.outputTransform,
      own.places.map((place, i) => u[place]! * v[i]!),
    );
    for (const [k, value] of y.entries()) expect(value).toBeCloseTo(2 * x[k]! - 7 * x[k + 1]! + x[k + 2]!, 9);
    expect(() => filtering(6, 3, 4)).toThrow(RangeError);
  });

  it('refuses sizes for which there are no good points', () => {
    expect(() => filtering(7, 3)).toThrow(/F\(7, 3\) is not available/);
  });
});
