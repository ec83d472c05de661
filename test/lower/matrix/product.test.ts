/** Matrix products of tensors that are computed, against the reference. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Value } from '../../../src/ir/graph.js';
import { elementCount, float32, type Tensor } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../../support/compare.js';
import { smallIntegers } from '../../support/geometry.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';

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
          const [expected] = execute(scheduleReferences(graph), feeds).outputs;
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

describe('products of transposed inputs', () => {
  /** Sizes, and the order of axes before the transposition. */
  const order = (rank: number) => fc.shuffledSubarray([...Array(rank).keys()], { minLength: rank });
  const size = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 9, max: 20 }));

  it('read them where they are, in any order of axes', () => {
    const problem = fc.record({
      batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      m: size,
      k: size,
      n: size,
      orders: fc.tuple(order(4), order(4)),
      isShared: fc.boolean(),
      isReadTwice: fc.boolean(),
    });
    fc.assert(
      fc.property(problem, ({ batch, m, k, n, orders, isShared, isReadTwice }) => {
        const shapes = [
          [...batch, m, k],
          [...(isShared ? [] : batch), k, n],
        ];
        const graphs = new GraphBuilder(22);
        const sources = shapes.map((dims, i) => {
          const perm = orders[i]!.filter((axis) => axis < dims.length);
          const before = dims.map((_, axis) => dims[perm.indexOf(axis)]!);
          return { perm, before, value: graphs.input(`x${i}`, before) };
        });
        const operands = sources.map(({ perm, value }) => graphs.add('Transpose', [value], { perm }));
        const product = graphs.add('MatMul', operands);
        const graph = isReadTwice ? graphs.graph(product, graphs.add('Relu', [operands[0]!])) : graphs.graph(product);
        const feeds = sources.map(({ before }, i) => float32(before, smallIntegers(elementCount(before), i + 3)));
        const expected = execute(scheduleReferences(graph), feeds).outputs;
        const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
        expect(plan.steps.map(({ kind }) => kind)).not.toContain('reference');
        const actual = executePlan(graph, plan, 'baseline', feeds);
        for (const [i, tensor] of actual.entries()) {
          expect(largestMagnitude(1e-6)(tensor, expected[i]!)).toBeUndefined();
        }
      }),
      { numRuns: 150 },
    );
  });

  it('without a step for the transposition', () => {
    const graphs = new GraphBuilder(22);
    const [q, k] = ['q', 'k'].map((name) => graphs.input(name, [1, 5, 2, 8])) as [Value, Value];
    const rows = graphs.add('Transpose', [q], { perm: [0, 2, 1, 3] });
    const columns = graphs.add('Transpose', [k], { perm: [0, 2, 3, 1] });
    const graph = graphs.graph(graphs.add('MatMul', [rows, columns]));
    const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
    expect(plan.steps.map((step) => step.kind === 'kernel' && step.algorithm)).toEqual([
      'pack panels',
      'matrix product',
    ]);
  });
});

describe('Gemm', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 7, max: 35 }));
  const problem = fc.record({
    m: size,
    k: size,
    n: size,
    transA: fc.boolean(),
    transB: fc.boolean(),
    alpha: fc.constantFrom(1, 0.5),
    beta: fc.constantFrom(1, -2),
    c: fc.constantFrom('absent', 'number', 'row', 'row of a matrix', 'whole'),
    bIsConstant: fc.boolean(),
    cIsConstant: fc.boolean(),
    isActivated: fc.boolean(),
  });
  it('gives what the reference gives, whatever is computed or transposed', () => {
    fc.assert(
      fc.property(problem, ({ m, k, n, transA, transB, alpha, beta, c, bIsConstant, cIsConstant, isActivated }) => {
        const graphs = new GraphBuilder(22);
        const feeds: Tensor[] = [];
        const operand = (name: string, dims: readonly number[], isConstant: boolean) => {
          const tensor = float32(dims, smallIntegers(elementCount(dims), name.codePointAt(0)!));
          if (isConstant) return graphs.constant(tensor);
          feeds.push(tensor);
          return graphs.input(name, dims);
        };
        const a = operand('a', transA ? [k, m] : [m, k], false);
        const b = operand('b', transB ? [n, k] : [k, n], bIsConstant);
        const cDims = { absent: [], number: [], row: [n], 'row of a matrix': [1, n], whole: [m, n] }[c];
        const inputs = c === 'absent' ? [a, b] : [a, b, operand('c', cDims, cIsConstant)];
        const float = (value: number) => ({ kind: 'float', value }) as const;
        let result = graphs.add('Gemm', inputs, {
          transA: transA ? 1 : 0,
          transB: transB ? 1 : 0,
          alpha: float(alpha),
          beta: float(beta),
        });
        if (isActivated) result = graphs.add('LeakyRelu', [result], { alpha: float(0.5) });
        const graph = graphs.graph(result);
        const [expected] = execute(scheduleReferences(graph), feeds).outputs;
        const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
        expect(plan.steps.map(({ kind }) => kind)).not.toContain('reference');
        const [actual] = executePlan(graph, plan, 'baseline', feeds);
        expect(largestMagnitude(1e-6)(actual!, expected!)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});

it('a column of weights is one row of them where it is read transposed', () => {
  const b = new GraphBuilder();
  const weights = b.constant(float32([3, 1], [1, 10, 100]));
  const graph = b.graph(
    b.add('Gemm', [b.input('x', [1, 3]), weights]),
    b.add('Gemm', [b.input('y', [2, 1]), weights], { transB: 1 }),
  );
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 1 });
  expect(plan.steps.map(({ kind }) => kind)).not.toContain('reference');
  const outputs = executePlan(graph, plan, 'baseline', [float32([1, 3], [1, 2, 3]), float32([2, 1], [4, 5])]);
  expect(outputs.map(({ data }) => [...(data as Float32Array)])).toEqual([[321], [4, 40, 400, 5, 50, 500]]);
});
