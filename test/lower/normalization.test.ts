/** Instance normalization and what follows it, against the references. */
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

describe('instance normalization', () => {
  it('takes activations along, and leaves alone what others read', () => {
    const problem = fc.record({
      dims: fc.tuple(
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 35 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 2, max: 9 }),
      ),
      follows: fc.constantFrom('nothing', 'Relu', 'Silu', 'itself'),
      isRead: fc.boolean(),
    });
    fc.assert(
      fc.property(problem, ({ dims, follows, isRead }) => {
        const b = new GraphBuilder(22);
        const row = (seed: number) => b.constant(float32([dims[1]], smallIntegers(dims[1], seed)));
        const x = b.input('x', dims);
        const y = b.add('InstanceNormalization', [x, row(1), row(2)], { epsilon: 0.25 });
        let value = y;
        if (follows === 'Relu') value = b.add('Relu', [y]);
        if (follows === 'Silu') value = b.add('Mul', [y, b.add('Sigmoid', [y])]);
        if (follows === 'itself') value = b.add('Add', [b.add('Relu', [y]), x]);
        const graph = isRead && value !== y ? b.graph(value, y) : b.graph(value);
        const feeds = [float32(dims, smallIntegers(elementCount(dims), 7))];
        const expected = execute(scheduleReferences(graph), feeds).outputs;
        const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
        const steps = plan.steps.filter(({ algorithm }) => algorithm.startsWith('elementwise'));
        expect(steps.length === 0).toBe(
          follows === 'nothing' || ((follows === 'Relu' || follows === 'Silu') && !isRead),
        );
        const actual = executePlan(graph, plan, 'baseline', feeds);
        for (const [i, value] of expected.entries()) {
          expect(largestMagnitude(1e-5)(actual[i]!, value)).toBeUndefined();
        }
      }),
      { numRuns: 100 },
    );
  });
});
