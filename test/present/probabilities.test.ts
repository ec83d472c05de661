import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32 } from '../../src/ir/tensor.js';
import { probabilitiesOf } from '../../src/present/probabilities.js';

describe('probabilities', () => {
  it('of several scores are their softmax, of one its sigmoid', () => {
    const scores = float32([1, 3, 1, 2], [1, 0, 2, 0, 3, 1000]);
    const { tensor, description } = probabilitiesOf(scores, 1);
    const sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
    const expected = [Math.exp(1) / sum, 0, Math.exp(2) / sum, 0, Math.exp(3) / sum, 1];
    [...(tensor.data as Float32Array)].forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
    expect(description).toBe('softmax of the scores over 3 classes');
    const single = probabilitiesOf(float32([1, 1, 1, 3], [-2, 0, 2]), 1);
    expect([...(single.tensor.data as Float32Array)][1]).toBe(0.5);
    expect(single.description).toBe('the sigmoid of the scores');
  });

  it('that are some already stay as they are, and why is said', () => {
    for (const [values, words] of [
      [[0.25, 0.5, 0.75, 0.5], 'the values add up to 1 over 2 classes: probabilities as they are'],
      [[0.25, 0.5, 0.25, 0.5], 'the values are in 0..1, each class by itself: probabilities as they are'],
    ] as const) {
      const kept = probabilitiesOf(float32([2, 2], values), 0);
      expect([...(kept.tensor.data as Float32Array)]).toEqual([...values]);
      expect(kept.description).toBe(words);
    }
    expect(probabilitiesOf(float32([2], [0, 1]), undefined).description).toContain('as they are');
  });

  it('are in 0..1 and add up to 1 along the axis', () => {
    const dims = [2, 4, 3];
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -90, max: 90, noNaN: true }), { minLength: 24, maxLength: 24 }),
        (values) => {
          fc.pre(values.some((value) => value < -1 || value > 2));
          const { data } = probabilitiesOf(float32(dims, values), 1).tensor;
          for (const outer of [0, 1])
            for (const inner of [0, 1, 2]) {
              const group = [0, 1, 2, 3].map((i) => data[outer * 12 + i * 3 + inner] as number);
              expect(group.every((value) => value >= 0 && value <= 1)).toBe(true);
              expect(group.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
            }
        },
      ),
      { numRuns: 30 },
    );
  });
});
