/** What is computed before the run has a budget. Nothing here is timed: what is over is never computed. */
import { describe, expect, it } from 'vitest';
import type { CompileOptions } from '../../src/compile.js';
import { compile } from '../../src/compile.js';
import { infer } from '../../src/infer/infer.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { constantFromTensor } from '../../src/ir/graph.js';
import { int64, Tensor, zeros } from '../../src/ir/tensor.js';
import { foldingBudget, WorkBudget } from '../../src/limits/work.js';
import { bind } from '../../src/ops/bind.js';
import { operators } from '../../src/ops/index.js';
import { quadratic, referenceWork, unbounded } from '../../src/ops/reference-work.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';

/** A matrix of the size to the power of 2^squarings, and the input times its first number. */
function powers(size: number, squarings: number): Graph {
  const builder = new GraphBuilder();
  let matrix: Value = builder.constant(zeros('float32', [size, size]));
  for (let i = 0; i < squarings; i++) matrix = builder.add('MatMul', [matrix, matrix]);
  return builder.graph(builder.add('Mul', [builder.input('x', [1]), matrix]));
}

function folding(graph: Graph, options: CompileOptions = {}) {
  const { passes } = compile(modelOf(graph), options);
  const { notes } = passes.find(({ name }) => name === 'fold-constants')!;
  const count = (pattern: RegExp) => notes.filter((note) => pattern.test(note)).length;
  return { notes, folded: count(/is constant/), left: count(/stays/) };
}

describe('folding constants', () => {
  it('ends with its budget, and says what stays', () => {
    expect(folding(powers(100, 6))).toMatchObject({ folded: 6, left: 0 });
    const { notes, folded, left } = folding(powers(100, 6), { maxFoldedWork: 3_500_000 });
    expect({ folded, left }).toEqual({ folded: 3, left: 1 });
    expect(notes).toContain('n3 (MatMul) stays: it takes more work, or memory, than is spent before the run');
  });

  it('does not begin what one node alone would take too long for', () => {
    expect(folding(powers(1000, 30))).toMatchObject({ folded: 0, left: 1 });
  });

  it('keeps results in proportion to the weights', () => {
    const builder = new GraphBuilder();
    const shape = builder.constant(int64([1], [2 ** 20]));
    const filled = Array.from({ length: 100 }, () => builder.add('ConstantOfShape', [shape]));
    const { folded, left } = folding(builder.graph(builder.add('Sum', [builder.input('x', [1]), ...filled])));
    expect({ folded, left }).toEqual({ folded: 64, left: 36 });
  });
});

describe('a budget', () => {
  it('is taken whole or not', () => {
    const budget = new WorkBudget({ work: 10, bytes: 10, workOfNode: 5 });
    expect(budget.take(6, 0)).toBe(false);
    expect(budget.take(5, 8)).toBe(true);
    expect(budget.take(5, 3)).toBe(false);
    expect(budget.take(5, 2)).toBe(true);
    expect(budget.take(1, 0)).toBe(false);
    expect(new WorkBudget({ work: Number.POSITIVE_INFINITY, bytes: 0 }).take(Number.NaN, 0)).toBe(false);
  });

  it('grows with the weights', () => {
    const weights = (count: number) => [constantFromTensor(zeros('float32', [count]))];
    expect(foldingBudget(weights(0)).take(2 ** 28 + 1, 0)).toBe(false);
    expect(foldingBudget(weights(2 ** 25)).take(2 ** 28 + 1, 0)).toBe(true);
  });
});

describe('following values during inference', () => {
  it('ends with its budget, which is told once', () => {
    const builder = new GraphBuilder();
    const ones = new Tensor('int64', [64, 64], new BigInt64Array(4096).fill(1n));
    let matrix: Value = builder.constant(ones);
    for (let i = 0; i < 30; i++) matrix = builder.add('MatMul', [matrix, matrix]);
    const { diagnostics, known } = infer(builder.graph(matrix));
    expect(diagnostics.map(({ code }) => code)).toEqual(['US1213']);
    expect(diagnostics[0]!.message).toContain('what is known before the run takes too long to compute');
    expect(known.size).toBeGreaterThan(5);
    expect(known.size).toBeLessThan(15);
  });

  it('keeps few values, however many nodes make them', () => {
    const builder = new GraphBuilder();
    let value: Value = builder.constant(new Tensor('int64', [4096], new BigInt64Array(4096)));
    for (let i = 0; i < 3000; i++) value = builder.add('Identity', [value]);
    expect(infer(builder.graph(value)).known.size).toBeLessThan(2100);
  });
});

describe('work of references', () => {
  it('is told of operators that there are', () => {
    const names = new Set(operators.map(({ name }) => name));
    expect([...quadratic, ...unbounded].filter((name) => !names.has(name))).toEqual([]);
  });

  it.each([
    ['products', 'MatMul', [100, 200], [200, 50], [100, 50], 100 * 200 * 50],
    ['elements', 'Add', [100, 200], [200], [100, 200], 40_200],
  ] as const)('is %s', (_, op, a, b, y, work) => {
    const builder = new GraphBuilder();
    const graph = builder.graph(builder.add(op, [builder.input('a', a), builder.input('b', b)]));
    const bound = bind(graph.nodes[0]!)!;
    const of = (elementType: 'float32' | 'int64') =>
      referenceWork(
        bound,
        [a, b].map((shape) => ({ elementType, shape })),
        [{ elementType, shape: y }],
      );
    expect(of('float32')).toBe(work);
    expect(of('int64')).toBe(16 * work);
  });
});
