/** Convolutions whose channels a DepthToSpace makes pixels of: each place of a block is stored where it belongs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Graph } from '../../../src/ir/graph.js';
import { costsOf } from '../../../src/lower/context/cost-tables.js';
import { type ConvolutionAlgorithm, lower } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import type { Tier } from '../../../src/wasm/kernels/kernel.js';
import { largestMagnitude } from '../../support/compare.js';
import { GraphBuilder } from '../../support/graph.js';
import { tiers } from '../../wasm/kernels/run-kernel.js';
import { executePlan } from '../execute-plan.js';
import { addConv, type Follower, feedsFor, finish, followers } from './compare-algorithms.js';

const axis = fc
  .record({
    input: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.constantFrom(1, 1, 1, 2),
    dilation: fc.constantFrom(1, 1, 1, 2),
    begin: fc.integer({ min: 0, max: 3 }),
    end: fc.integer({ min: 0, max: 3 }),
  })
  .filter(({ input, kernel, dilation, begin, end }) => input + begin + end > (kernel - 1) * dilation);

interface Layer {
  readonly batch: number;
  readonly from: number;
  readonly channels: number;
  readonly side: number;
  readonly mode: 'DCR' | 'CRD';
  readonly axes: readonly [Axis, Axis];
  readonly hasBias: boolean;
  readonly followers: readonly Follower[];
}

type Axis = typeof axis extends fc.Arbitrary<infer T> ? T : never;

const layer: fc.Arbitrary<Layer> = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  from: fc.integer({ min: 1, max: 18 }),
  channels: fc.constantFrom(8, 16, 24),
  side: fc.constantFrom(2, 2, 3),
  mode: fc.constantFrom('DCR', 'CRD'),
  axes: fc.tuple(axis, axis),
  hasBias: fc.boolean(),
  followers,
});

const algorithm = fc.constantFrom<ConvolutionAlgorithm>(
  { name: 'direct' },
  { name: 'winograd', outputs: 4 },
  { name: 'winograd steps', outputs: 2 },
  { name: 'winograd panels', outputs: 6 },
);

function graphOf({ channels, side, mode, followers: list, ...conv }: Layer): Graph {
  const b = new GraphBuilder(13);
  const y = addConv(b, { ...conv, group: 1, to: channels * side * side });
  const shuffled = b.add('DepthToSpace', [y], { blocksize: side, mode });
  return finish(b, shuffled, list, infer(b.graph(shuffled)).types.get(shuffled)!.shape as number[]);
}

/** With these nothing is as dear as a copy. */
function dearCopies(tier: Tier) {
  const costs = costsOf({ tier, precision: 'fast' });
  return { ...costs, writes: costs.writes.map((cost) => cost * 1e6) as unknown as typeof costs.writes };
}

describe.each(tiers)('$title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('a Conv and the DepthToSpace after it', () => {
    let stored = 0;
    fc.assert(
      fc.property(layer, algorithm, (item, prefer) => {
        const graph = graphOf(item);
        const feeds = feedsFor(graph);
        const options = { tier, precision: 'fast', threads: 1, prefer, costs: dearCopies(tier) } as const;
        const plan = lower(graph, infer(graph), options);
        const expected = execute(scheduleReferences(graph), feeds).outputs;
        const actual = executePlan(graph, plan, tier, feeds);
        for (const [i, output] of expected.entries())
          expect(largestMagnitude(1e-4)(actual[i]!, output)).toBe(undefined);
        if (plan.steps.every(({ nodes }) => nodes.includes(0) === nodes.includes(1))) stored++;
      }),
      { numRuns: 12 },
    );
    // Of few outputs and taps, there is the algorithm for the convolution alone.
    expect(stored).toBeGreaterThan(0);
  });
});

it('is a copy in strict, whose bits are those of the convolution', () => {
  const one = { input: 5, kernel: 3, stride: 1, dilation: 1, begin: 1, end: 1 } as const;
  const item = { batch: 1, from: 8, channels: 8, side: 2, mode: 'CRD', hasBias: true, followers: [] } as const;
  const graph = graphOf({ ...item, axes: [one, one] });
  const costs = dearCopies('baseline');
  const steps = (precision: 'strict' | 'fast') =>
    lower(graph, infer(graph), { tier: 'baseline', precision, threads: 1, costs }).steps.map(({ nodes }) => [...nodes]);
  expect(steps('strict').filter((nodes) => nodes.includes(0))).toEqual([[0]]);
  expect(steps('fast').filter((nodes) => nodes.includes(0))[0]).toEqual([0, 1]);
});
