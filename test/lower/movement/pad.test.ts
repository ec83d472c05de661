/** Padding by repetition of any axes, in cells of all kinds: copies of runs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Graph } from '../../../src/ir/graph.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, int64 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';

const types = ['float32', 'int64', 'int32', 'uint8'] as const;

interface Padding {
  readonly mode: string;
  readonly type: (typeof types)[number];
  readonly axes: readonly (readonly [size: number, before: number, after: number])[];
}

const axis = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }));

const paddings: fc.Arbitrary<Padding> = fc.record({
  mode: fc.constantFrom('reflect', 'edge', 'wrap'),
  type: fc.constantFrom(...types),
  axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
});

function graphOf({ mode, type, axes }: Padding): Graph {
  const b = new GraphBuilder(19);
  const x = b.input(
    'x',
    axes.map(([size]) => size),
    type,
  );
  const pads = [...axes.map(([, before]) => before), ...axes.map(([, , after]) => after)];
  const list = b.constant(int64([pads.length], pads));
  return b.graph(b.add('Pad', [x, list], { mode }));
}

describe('a padding by repetition', () => {
  it('is what its reference makes, on any axes', () => {
    let compiled = 0;
    fc.assert(
      fc.property(paddings, (padding) => {
        const graph = graphOf(padding);
        const dims = padding.axes.map(([size]) => size);
        const numbers = Array.from({ length: elementCount(dims) }, (_, i) => i + 1);
        const feed = tensorFromNumbers(padding.type, dims, numbers);
        const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
        if (plan.steps.every(({ kind }) => kind === 'kernel')) compiled++;
        const [actual] = executePlan(graph, plan, 'baseline', [feed]);
        const [expected] = execute(scheduleReferences(graph), [feed]).outputs;
        expect(actual!.dims).toEqual(expected!.dims);
        expect([...actual!.data]).toEqual([...expected!.data]);
      }),
      { numRuns: 60 },
    );
    expect(compiled).toBeGreaterThan(40);
  });
});
