/** Comparisons in plans: nothing is in an order with NaN. */
import { expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { float32 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';

it.each<[string, (a: number, b: number) => boolean]>([
  ['Less', (a, b) => a < b],
  ['LessOrEqual', (a, b) => a <= b],
  ['Greater', (a, b) => a > b],
  ['GreaterOrEqual', (a, b) => a >= b],
  ['Equal', (a, b) => a === b],
])('%s', (opType, holds) => {
  const some = [-1, 0, 2, Number.NaN, Number.POSITIVE_INFINITY];
  const [left, right] = [some.flatMap((a) => some.map(() => a)), some.flatMap(() => some)];
  const b = new GraphBuilder();
  const x = b.input('x', [left.length]);
  const y = b.input('y', [left.length]);
  const graph = b.graph(b.add('Where', [b.add(opType, [x, y]), x, y]));
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 1 });
  expect(plan.steps.map((step) => step.kind)).toEqual(['kernel']);
  const feeds = [float32([left.length], left), float32([left.length], right)];
  const [result] = executePlan(graph, plan, 'baseline', feeds);
  expect([...(result!.data as Float32Array)]).toEqual(left.map((a, i) => (holds(a, right[i]!) ? a : right[i])));
});
