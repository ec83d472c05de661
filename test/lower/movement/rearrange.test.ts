/** Elements in other places, before and after convolutions, against the references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Graph } from '../../../src/ir/graph.js';
import { elementCount, float32, int64 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../../support/compare.js';
import { smallIntegers } from '../../support/geometry.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';

function compare(graph: Graph, dims: readonly number[]): void {
  const feeds = [float32(dims, smallIntegers(elementCount(dims), 7))];
  const [expected] = execute(scheduleReferences(graph), feeds).outputs;
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
  expect(plan.steps.map(({ kind }) => kind)).not.toContain('reference');
  const [actual] = executePlan(graph, plan, 'baseline', feeds);
  expect(largestMagnitude(1e-5)(actual!, expected!)).toBeUndefined();
}

const size = fc.integer({ min: 1, max: 5 });

describe('rearrangements', () => {
  it('of blocks of pixels, in both layouts', () => {
    const problem = fc.record({
      op: fc.constantFrom('DCR', 'CRD', 'SpaceToDepth'),
      block: fc.integer({ min: 1, max: 3 }),
      dims: fc.tuple(fc.integer({ min: 1, max: 2 }), size, size, size),
      before: fc.boolean(),
      after: fc.boolean(),
    });
    fc.assert(
      fc.property(problem, ({ op, block, dims: [n, c, h, w], before, after }) => {
        const isDeep = op !== 'SpaceToDepth';
        const dims = isDeep ? [n, c * block * block, h, w] : [n, c, h * block, w * block];
        const b = new GraphBuilder(22);
        let value = b.input('x', dims);
        const conv = (from: number, to: number) => {
          const weights = float32(
            [to, from, 1, 1],
            smallIntegers(to * from, 5).map((x) => x / 8),
          );
          value = b.add('Conv', [value, b.constant(weights)]);
        };
        if (before) conv(dims[1]!, dims[1]!);
        value = isDeep
          ? b.add('DepthToSpace', [value], { blocksize: block, mode: op })
          : b.add('SpaceToDepth', [value], { blocksize: block });
        // Few columns are computed with the padding of channels.
        if (after) conv(isDeep ? c : c * block * block, 2);
        compare(b.graph(value), dims);
      }),
      { numRuns: 150 },
    );
  });

  it('that repeat elements', () => {
    const axis = fc.record({ size, times: fc.integer({ min: 1, max: 3 }), isOne: fc.boolean() });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 4 }), fc.nat(2), fc.boolean(), (axes, more, isTile) => {
        const b = new GraphBuilder(22);
        const dims = axes.map(({ size, isOne }) => (isOne && !isTile ? 1 : size));
        const x = b.input('x', dims);
        const list = isTile
          ? axes.map(({ times }) => times)
          : [...Array.from({ length: more }, () => 2), ...axes.map(({ size }) => size)];
        const value = b.add(isTile ? 'Tile' : 'Expand', [x, b.constant(int64([list.length], list))]);
        compare(b.graph(value), dims);
      }),
      { numRuns: 150 },
    );
  });
});
