import { expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { float32 } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { jsonPlan } from '../../src/plan/json.js';
import { GraphBuilder } from '../support/graph.js';

it('numbers that JSON does not have are said in plans', () => {
  const b = new GraphBuilder();
  const sums = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0.5].map((value) =>
    b.add('Add', [b.input(`x ${value}`, [4]), b.constant(float32([], [value]))]),
  );
  const graph = b.graph(...sums);
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 1 });
  const constants = [...JSON.stringify(jsonPlan(plan)).matchAll(/"kind":"constant","value":([^}]*)\}/g)];
  expect(constants.map(([, value]) => value)).toEqual(['"NaN"', '"Infinity"', '"-Infinity"', '"-0"', '0.5']);
});
