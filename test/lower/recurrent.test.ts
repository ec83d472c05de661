/** GRU and LSTM as plans, against their references. */
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

describe('recurrent layers', () => {
  it('give what the references give, without reference steps', () => {
    const problem = fc.record({
      op: fc.constantFrom('GRU', 'GRU after', 'LSTM'),
      direction: fc.constantFrom('forward', 'reverse', 'bidirectional'),
      steps: fc.integer({ min: 1, max: 5 }),
      batch: fc.integer({ min: 1, max: 9 }),
      input: fc.integer({ min: 1, max: 9 }),
      hidden: fc.integer({ min: 1, max: 19 }),
      hasBias: fc.boolean(),
      hasInitial: fc.boolean(),
      wanted: fc.constantFrom([0], [1], [0, 1]),
    });
    fc.assert(
      fc.property(problem, ({ op, direction, steps, batch, input, hidden, hasBias, hasInitial, wanted }) => {
        const b = new GraphBuilder(22);
        const directions = direction === 'bidirectional' ? 2 : 1;
        const isLstm = op === 'LSTM';
        const gates = (isLstm ? 4 : 3) * hidden;
        let seed = 1;
        const tensor = (...dims: number[]) =>
          float32(
            dims,
            smallIntegers(elementCount(dims), seed++).map((value) => value / 16),
          );
        const x = b.input('x', [steps, batch, input]);
        const state = () => (hasInitial ? b.constant(tensor(directions, batch, hidden)) : undefined);
        const results = b.addMany(
          isLstm ? 'LSTM' : 'GRU',
          [
            x,
            b.constant(tensor(directions, gates, input)),
            b.constant(tensor(directions, gates, hidden)),
            hasBias ? b.constant(tensor(directions, 2 * gates)) : undefined,
            undefined,
            state(),
            ...(isLstm ? [state()] : []),
          ],
          isLstm ? 3 : 2,
          { hidden_size: hidden, direction, ...(op === 'GRU after' ? { linear_before_reset: 1 } : {}) },
        );
        const graph = b.graph(...wanted.map((i) => results[i]!), ...(isLstm ? [results[2]!] : []));
        const feeds = [tensor(steps, batch, input)];
        const expected = execute(scheduleReferences(graph), feeds).outputs;
        const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
        expect(plan.steps.map(({ kind }) => kind)).not.toContain('reference');
        const actual = executePlan(graph, plan, 'baseline', feeds);
        for (const [i, value] of expected.entries()) {
          expect(largestMagnitude(1e-5)(actual[i]!, value)).toBeUndefined();
        }
      }),
      { numRuns: 100 },
    );
  });
});
