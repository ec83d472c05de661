/** Matrix products of tensors that are computed, against the reference. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer.js';
import { elementCount, float32 } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { planExecution } from '../../src/plan/plan.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../support/compare.js';
import { smallIntegers } from '../support/geometry.js';
import { GraphBuilder } from '../support/graph.js';
import { executePlan } from './execute-plan.js';

describe('products of two inputs', () => {
  it('give what the reference gives, with batches broadcast', () => {
    const batch = fc.array(fc.record({ size: fc.integer({ min: 1, max: 3 }), a: fc.boolean(), b: fc.boolean() }), {
      maxLength: 3,
    });
    const size = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 7, max: 35 }));
    fc.assert(
      fc.property(
        batch,
        fc.nat(3),
        fc.nat(3),
        size,
        size,
        size,
        fc.boolean(),
        (axes, aRank, bRank, m, k, n, scaled) => {
          const batchOf = (isOwn: (axis: { a: boolean; b: boolean }) => boolean, rank: number) =>
            axes.map((axis) => (isOwn(axis) ? axis.size : 1)).slice(Math.max(0, axes.length - rank));
          const aDims = [...batchOf(({ a }) => a, aRank), m, k];
          const bDims = [...batchOf(({ b }) => b, bRank), k, n];
          const graphs = new GraphBuilder(22);
          const x = graphs.input('x', aDims);
          const y = graphs.input('y', bDims);
          let result = graphs.add('MatMul', [x, y]);
          if (scaled) result = graphs.add('Mul', [result, graphs.constant(float32([], [0.5]))]);
          const graph = graphs.graph(result);
          const feeds = [aDims, bDims].map((dims, i) => float32(dims, smallIntegers(elementCount(dims), i + 3)));
          const [expected] = execute(planExecution(graph), feeds).outputs;
          const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
          expect(plan.steps.map(({ kind }) => kind)).not.toContain('reference');
          const [actual] = executePlan(graph, plan, 'baseline', feeds);
          expect(largestMagnitude(1e-6)(actual!, expected!)).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
  });
});
