import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filtering, type Matrix } from '../../../../src/wasm/kernels/winograd/matrices.js';

function apply(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, entry, i) => sum + entry * vector[i]!, 0));
}

const number = fc.integer({ min: -100, max: 100 });

describe('filtering', () => {
  it('makes the outputs of a correlation', () => {
    const sizes = fc.constantFrom([4, 3], [2, 3], [4, 2], [2, 2], [3, 2], [3, 3], [1, 1], [4, 1], [1, 4]);
    const inputs = fc.array(number, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(sizes, inputs, fc.array(number, { minLength: 4, maxLength: 4 }), ([m, r], x, w) => {
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

  it('refuses sizes for which there are no good points', () => {
    expect(() => filtering(6, 3)).toThrow(/F\(6, 3\) is not available/);
  });
});
