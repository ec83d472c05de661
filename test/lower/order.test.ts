/** The order of lowering: parameters come before the chains that read them, and everything after what it reads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32 } from '../../src/ir/tensor.js';
import { LoweringContext } from '../../src/lower/context/context.js';
import { loweringOrder } from '../../src/lower/order.js';
import { GraphBuilder } from '../support/graph.js';

function orderOf(graph: Graph): string[] {
  const context = new LoweringContext(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
  return loweringOrder(context).map(({ opType }) => opType);
}

describe('the order of lowering', () => {
  it('has a scale before the convolution whose result it scales', () => {
    const b = new GraphBuilder();
    const [x, scale] = [b.input('x', [1, 8, 5, 5]), b.input('scale', [8])];
    const sums = b.add('Conv', [x, b.constant(float32([8, 8, 1, 1], new Float32Array(64)))]);
    const rectified = b.add('Relu', [sums]);
    const perChannel = b.add('Unsqueeze', [scale, b.constant(tensorFromNumbers('int64', [3], [0, 2, 3]))]);
    expect(orderOf(b.graph(b.add('Mul', [rectified, perChannel])))).toEqual(['Unsqueeze', 'Conv', 'Relu', 'Mul']);
  });

  it('leaves a gate where it is, which is made of the result that it scales', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 8, 5, 5]);
    const sums = b.add('Conv', [x, b.constant(float32([8, 8, 1, 1], new Float32Array(64)))]);
    const mean = b.add('GlobalAveragePool', [sums]);
    const half = b.add('Mul', [mean, b.constant(float32([], [0.5]))]);
    const order = ['Conv', 'GlobalAveragePool', 'Mul', 'Mul'];
    expect(orderOf(b.graph(b.add('Mul', [sums, half])))).toEqual(order);
  });

  it('has every node once, after those whose results it reads', () => {
    const step = fc.record({ op: fc.constantFrom('Mul', 'Add', 'Div', 'Relu', 'pool'), a: fc.nat(), b: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const b = new GraphBuilder();
        const values: Value[] = [b.input('x', [1, 4, 3, 3]), b.input('s', [1, 4, 1, 1]), b.input('t', [1, 1, 1, 1])];
        for (const { op, a, b: other } of steps) {
          const [left, right] = [values[a % values.length]!, values[other % values.length]!];
          if (op === 'pool') values.push(b.add('GlobalAveragePool', [left]));
          else values.push(op === 'Relu' ? b.add(op, [left]) : b.add(op, [left, right]));
        }
        const graph = b.graph(...values.slice(3));
        const context = new LoweringContext(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
        const order = loweringOrder(context);
        expect(order.length).toBe(graph.nodes.length);
        expect(new Set(order)).toEqual(new Set(graph.nodes));
        const made = new Set<Value | undefined>(graph.inputs);
        for (const node of order) {
          expect(node.inputs.every((value) => made.has(value))).toBe(true);
          for (const output of node.outputs) made.add(output);
        }
      }),
      { numRuns: 200 },
    );
  });
});
