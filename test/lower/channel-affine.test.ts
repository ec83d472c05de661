/** Factors of channels, in both layouts, against the references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { elementCount, float32 } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../support/compare.js';
import { smallIntegers } from '../support/geometry.js';
import { GraphBuilder } from '../support/graph.js';
import { executePlan } from './execute-plan.js';

describe('factors of channels', () => {
  it('are applied to tensors of any rank', () => {
    const problem = fc.record({
      op: fc.constantFrom('BatchNormalization', 'ImageScaler'),
      dims: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 5 }),
      channels: fc.integer({ min: 1, max: 19 }),
      isNhwc8: fc.boolean(),
    });
    fc.assert(
      fc.property(problem, ({ op, dims: sizes, channels, isNhwc8 }) => {
        const dims = sizes.map((size, axis) => (axis === 1 ? channels : size));
        const isScaler = op === 'ImageScaler';
        const b = new GraphBuilder(isScaler ? 9 : 22);
        const row = (seed: number) => float32([channels], smallIntegers(channels, seed));
        let value = b.input('x', dims);
        // A convolution leaves the tensor in NHWC8.
        if (isNhwc8 && dims.length === 4) {
          const weights = float32([channels, 1, 1, 1], smallIntegers(channels, 3));
          value = b.add('Conv', [value, b.constant(weights)], { group: channels });
        }
        const variances = row(4).data as Float32Array;
        value = isScaler
          ? b.add('ImageScaler', [value], {
              scale: { kind: 'float', value: 0.5 },
              bias: { kind: 'floats', value: [...(row(5).data as Float32Array)] },
            })
          : b.add(
              'BatchNormalization',
              [
                value,
                ...[
                  row(1),
                  row(2),
                  row(3),
                  float32(
                    [channels],
                    variances.map((v) => v * v),
                  ),
                ].map((t) => b.constant(t)),
              ],
              { epsilon: 0.25 },
            );
        const graph = b.graph(value);
        const feeds = [float32(dims, smallIntegers(elementCount(dims), 7))];
        const [expected] = execute(scheduleReferences(graph), feeds).outputs;
        const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
        expect(plan.steps.map(({ kind }) => kind)).not.toContain('reference');
        const [actual] = executePlan(graph, plan, 'baseline', feeds);
        expect(largestMagnitude(1e-6)(actual!, expected!)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });
});
