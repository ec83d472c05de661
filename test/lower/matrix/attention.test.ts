/** Attention as exporters write it, against the references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Graph, Value } from '../../../src/ir/graph.js';
import { elementCount, float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../../support/compare.js';
import { GraphBuilder } from '../../support/graph.js';
import { noise } from '../../wasm/kernels/noise.js';
import { executePlan } from '../execute-plan.js';

/** Runs the graph by a plan and by references; the algorithms of the plan's steps. */
function algorithmsOf(graph: Graph, inputs: readonly (readonly number[])[], seed = 1): string[] {
  const feeds: Tensor[] = inputs.map((dims, i) => float32(dims, noise(elementCount(dims), seed + i)));
  const expected = execute(scheduleReferences(graph), feeds).outputs;
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
  const actual = executePlan(graph, plan, 'baseline', feeds);
  for (const [i, tensor] of expected.entries()) expect(largestMagnitude(1e-5)(actual[i]!, tensor)).toBeUndefined();
  return plan.steps.map(({ algorithm }) => algorithm);
}

const problem = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  heads: fc.integer({ min: 1, max: 3 }),
  queries: fc.integer({ min: 1, max: 30 }),
  keys: fc.integer({ min: 2, max: 30 }),
  depth: fc.integer({ min: 1, max: 9 }),
  columns: fc.integer({ min: 1, max: 9 }),
  /** Whether heads lie inside of tokens, as projections leave them. */
  isTransposed: fc.boolean(),
  mask: fc.constantFrom<readonly string[]>(
    [],
    ['k'],
    ['q', 'k'],
    ['b', '1', '1', 'k'],
    ['h', 'q', 'k'],
    ['1'],
    ['h', '1', '1'],
    ['b', 'h', '1', '1'],
  ),
  scale: fc.constantFrom('none', 'after', 'queries'),
  /** Keys and values of one head for all. */
  isShared: fc.boolean(),
  joins: fc.boolean(),
  seed: fc.nat(1000),
});

describe('attention', () => {
  it('is one step, whatever the order of axes, the mask and the scale', () => {
    fc.assert(
      fc.property(problem, (p) => {
        const { batch, heads, queries, keys, depth, columns, isTransposed, mask, scale, isShared, joins, seed } = p;
        const own = isShared ? 1 : heads;
        const b = new GraphBuilder(22);
        const inputs: (readonly number[])[] = [];
        const given = (dims: readonly number[]): Value => {
          inputs.push(dims);
          return b.input(`x${inputs.length}`, dims);
        };
        const stack = (count: number, rows: number, width: number) =>
          isTransposed
            ? b.add('Transpose', [given([batch, rows, count, width])], { perm: [0, 2, 1, 3] })
            : given([batch, count, rows, width]);
        let q = stack(heads, queries, depth);
        if (scale === 'queries') q = b.add('Mul', [q, b.constant(float32([], [0.5]))]);
        const k = b.add('Transpose', [stack(own, keys, depth)], { perm: [0, 1, 3, 2] });
        const v = stack(own, keys, columns);
        let scores = b.add('MatMul', [q, k]);
        if (scale === 'after') scores = b.add('Div', [scores, b.constant(float32([], [3]))]);
        const named: Readonly<Record<string, number>> = { b: batch, h: heads, q: queries, k: keys, '1': 1 };
        if (mask.length > 0) scores = b.add('Add', [scores, given(mask.map((axis) => named[axis]!))]);
        let result = b.add('MatMul', [b.add('Softmax', [scores], { axis: -1 }), v]);
        if (joins) result = b.add('Transpose', [result], { perm: [0, 2, 1, 3] });
        const algorithms = algorithmsOf(b.graph(b.add('Relu', [result])), inputs, seed);
        expect(algorithms).toContain('attention');
        expect(algorithms).not.toContain('softmax');
        expect(algorithms).not.toContain('matrix product');
      }),
      { numRuns: 30 },
    );
  });

  it('is one step where a mask for each window is added by way of a Reshape', () => {
    const windowed = fc.record({
      images: fc.integer({ min: 1, max: 3 }),
      windows: fc.integer({ min: 1, max: 4 }),
      heads: fc.integer({ min: 1, max: 3 }),
      size: fc.integer({ min: 2, max: 17 }),
      isTwice: fc.boolean(),
      hasScales: fc.boolean(),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(windowed, ({ images, windows, heads, size, isTwice, hasScales, seed }) => {
        const b = new GraphBuilder(22);
        const together = [images * windows, heads, size, size];
        const inputs = [
          [images * windows, heads, size, 5],
          [images * windows, heads, 5, size],
          [images * windows, heads, size, 3],
          [heads, 1, 1],
          [heads, size, size],
          [windows, 1, size, size],
        ];
        const [q, k, v, scale, bias, mask] = inputs.map((dims, i) => b.input(`x${i}`, dims));
        let scores = b.add('MatMul', [q, k]);
        if (hasScales) scores = b.add('Mul', [scores, scale]);
        scores = b.add('Add', [scores, bias]);
        const shape = (dims: readonly number[]) => b.constant(int64([dims.length], dims.map(BigInt)));
        scores = b.add('Reshape', [scores, shape([images, windows, heads, size, size])]);
        for (let i = 0; i < (isTwice ? 2 : 1); i++) scores = b.add('Add', [scores, mask]);
        const weights = b.add('Softmax', [b.add('Reshape', [scores, shape(together)])], { axis: -1 });
        const algorithms = algorithmsOf(b.graph(b.add('MatMul', [weights, v])), inputs, seed);
        expect(algorithms).toContain('attention');
        expect(algorithms).not.toContain('elementwise');
      }),
      { numRuns: 12 },
    );
  });

  it.each<[string, (b: GraphBuilder, q: Value, k: Value, v: Value) => Value[]]>([
    [
      'the weights are read',
      (b, q, k, v) => {
        const weights = b.add('Softmax', [b.add('MatMul', [q, k])], { axis: -1 });
        return [b.add('MatMul', [weights, v]), weights];
      },
    ],
    [
      'a Reshape mixes matrices',
      (b, q, k, v) => {
        const turned = b.add('Reshape', [b.add('MatMul', [q, k]), b.constant(int64([4], [1n, 2n, 1n, 25n]))]);
        const back = b.add('Reshape', [b.add('Relu', [turned]), b.constant(int64([4], [1n, 2n, 5n, 5n]))]);
        return [b.add('MatMul', [b.add('Softmax', [back], { axis: -1 }), v])];
      },
    ],
    [
      'a value is broadcast to other axes before a Reshape than after it',
      (b, q, k, v) => {
        const numbers = b.constant(float32([2, 1, 1], [1, 2]));
        const scores = b.add('Mul', [b.add('MatMul', [q, k]), numbers]);
        const cut = b.add('Reshape', [scores, b.constant(int64([5], [1n, 1n, 2n, 5n, 5n]))]);
        const back = b.add('Reshape', [b.add('Add', [cut, numbers]), b.constant(int64([4], [1n, 2n, 5n, 5n]))]);
        return [b.add('MatMul', [b.add('Softmax', [back], { axis: -1 }), v])];
      },
    ],
    [
      'the scores are read',
      (b, q, k, v) => {
        const scores = b.add('MatMul', [q, k]);
        return [b.add('MatMul', [b.add('Softmax', [scores], { axis: -1 }), v]), b.add('Neg', [scores])];
      },
    ],
    [
      'softmax is over all axes from the second on',
      (b, q, k, v) => [b.add('MatMul', [b.add('Softmax', [b.add('MatMul', [q, k])], { axis: -3 }), v])],
    ],
    [
      'the weights come second',
      (b, q, k, v) => [
        b.add('MatMul', [b.add('Transpose', [v], { perm: [0, 1, 3, 2] }), b.add('Softmax', [b.add('MatMul', [q, k])])]),
      ],
    ],
  ])('stays in parts where %s', (_, form) => {
    const b = new GraphBuilder(11);
    const dims = [
      [1, 2, 5, 4],
      [1, 2, 4, 5],
      [1, 2, 5, 3],
    ];
    const [q, k, v] = dims.map((size, i) => b.input(`x${i}`, size)) as [Value, Value, Value];
    expect(algorithmsOf(b.graph(...form(b, q, k, v)), dims)).not.toContain('attention');
  });
});
