/** Products whose columns a Split divides, as GEGLU has them, against the references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Graph, Value } from '../../../src/ir/graph.js';
import { float32, int64 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../../support/compare.js';
import { GraphBuilder } from '../../support/graph.js';
import { noise } from '../../wasm/kernels/noise.js';
import { tiers } from '../../wasm/kernels/run-kernel.js';
import { executePlan } from '../execute-plan.js';

type Tiers = (typeof tiers)[number]['tier'];

/** Runs the graph by plans of both precisions and by references; the algorithms of the fast one's steps. */
function algorithmsOf(graph: Graph, dims: readonly number[], tier: Tiers, seed = 1): string[] {
  const feeds = [
    float32(
      dims,
      noise(
        dims.reduce((all, size) => all * size, 1),
        seed,
      ),
    ),
  ];
  const expected = execute(scheduleReferences(graph), feeds).outputs;
  const [, algorithms] = (['strict', 'fast'] as const).map((precision) => {
    const plan = lower(graph, infer(graph), { tier, precision, threads: 1 });
    const actual = executePlan(graph, plan, tier, feeds, 2);
    for (const [i, tensor] of expected.entries()) expect(largestMagnitude(1e-5)(actual[i]!, tensor)).toBeUndefined();
    return plan.steps.map(({ algorithm }) => algorithm);
  });
  return algorithms!;
}

const problem = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  rows: fc.integer({ min: 2, max: 20 }),
  sum: fc.integer({ min: 1, max: 20 }),
  half: fc.constantFrom(8, 16, 24, 40),
  bias: fc.constantFrom('none', 'first', 'second'),
  gate: fc.constantFrom(0, 1),
  isCheap: fc.boolean(),
  /** The parts are read elsewhere as well. */
  isShared: fc.boolean(),
  seed: fc.nat(1000),
});

describe.each(tiers)('$title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('x · gelu(gate) is of two products, of which nothing is copied', () => {
    fc.assert(
      fc.property(problem, ({ batch, rows, sum, half, bias, gate, isCheap, isShared, seed }) => {
        const b = new GraphBuilder(20);
        const dims = [batch, rows, sum];
        const x = b.input('x', dims);
        let product = b.add('MatMul', [x, b.constant(float32([sum, 2 * half], noise(sum * 2 * half, 5)))]);
        const row = b.constant(float32([2 * half], noise(2 * half, 6)));
        if (bias !== 'none') product = b.add('Add', bias === 'first' ? [row, product] : [product, row]);
        const parts = b.addMany('Split', [product, b.constant(int64([2], [BigInt(half), BigInt(half)]))], 2, {
          axis: -1,
        });
        const gated = b.add('Mul', [parts[1 - gate]!, b.add(isCheap ? 'Relu' : 'Gelu', [parts[gate]!])]);
        const graph = isShared ? b.graph(gated, ...parts) : b.graph(gated);
        const algorithms = algorithmsOf(graph, dims, tier, seed);
        expect(algorithms).not.toContain('copy');
        const products = algorithms.filter((name) => name === 'matrix product');
        expect(products).toHaveLength(2);
        // A cheap gate is in the stores of the second one.
        if (!isShared && isCheap) expect(algorithms).toEqual(products);
      }),
      { numRuns: 3 },
    );
  });
});

it.each<[string, number, (b: GraphBuilder, product: Value) => Value[]]>([
  ['a part is no whole vector', 12, (b, product) => b.addMany('Split', [product], 2, { axis: -1, num_outputs: 2 })],
  ['rows are divided', 16, (b, product) => b.addMany('Split', [product], 2, { axis: 1, num_outputs: 2 })],
  [
    'the whole is read',
    16,
    (b, product) => [...b.addMany('Split', [product], 2, { axis: -1, num_outputs: 2 }), b.add('Abs', [product])],
  ],
])('is one product where %s', (_, columns, form) => {
  const b = new GraphBuilder(20);
  const product = b.add('MatMul', [b.input('x', [1, 4, 3]), b.constant(float32([3, columns], noise(3 * columns, 5)))]);
  const algorithms = algorithmsOf(b.graph(...form(b, product)), [1, 4, 3], 'baseline');
  expect(algorithms.filter((name) => name === 'matrix product')).toHaveLength(1);
});
