/** Constant folding leaves quantized weights with the node that products read them through. */
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/ir/graph.js';
import { tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32 } from '../../src/ir/tensor.js';
import { foldConstants } from '../../src/passes/fold-constants.js';
import { removeDead } from '../../src/passes/remove-dead.js';
import { GraphBuilder } from '../support/graph.js';
import { filled, run } from './support.js';

function weightsOf(b: GraphBuilder, dims: readonly number[]): readonly Value[] {
  const numbers = Array.from({ length: dims.reduce((x, y) => x * y, 1) }, (_, i) => (i % 11) - 5);
  const scales = b.constant(float32([dims[0]!], new Array<number>(dims[0]!).fill(0.5)));
  return [b.constant(tensorFromNumbers('int8', dims, numbers)), scales];
}

describe('fold-constants', () => {
  it('leaves DequantizeLinear in front of a product, weights and bias', () => {
    const b = new GraphBuilder(21);
    const weights = b.add('DequantizeLinear', [...weightsOf(b, [4, 2, 1, 1])], { axis: 0 });
    const bias = b.add('DequantizeLinear', [...weightsOf(b, [4])], { axis: 0 });
    const graph = b.graph(b.add('Conv', [b.input('x', [1, 2, 3, 3]), weights, bias]));
    const folded = run(foldConstants, graph);
    expect(folded.ops).toEqual(['DequantizeLinear', 'DequantizeLinear', 'Conv']);
    expect(folded.notes).toHaveLength(2);
  });

  it('quantizes float weights, and goes no further', () => {
    const b = new GraphBuilder(21);
    const scale = b.constant(float32([], [0.25]));
    const zero = b.constant(tensorFromNumbers('int8', [], [0]));
    const quantized = b.add('QuantizeLinear', [b.constant(filled([4, 5])), scale, zero]);
    const weights = b.add('DequantizeLinear', [quantized, scale, zero]);
    const folded = run(foldConstants, b.graph(b.add('MatMul', [b.input('x', [3, 4]), weights])));
    const { ops, graph } = run(removeDead, folded.graph);
    expect(ops).toEqual(['DequantizeLinear', 'MatMul']);
    expect([...graph.constants.values()].map(({ type }) => type).sort()).toEqual(['float32', 'int8', 'int8']);
  });

  it('computes what others than products read, or the caller', () => {
    for (const isReturned of [false, true]) {
      const b = new GraphBuilder(21);
      const weights = b.add('DequantizeLinear', [...weightsOf(b, [3, 4])], { axis: 0 });
      const x = b.input('x', [4, 3]);
      const product = b.add('MatMul', [x, weights]);
      const others = isReturned ? [weights] : [b.add('Add', [b.input('y', [3, 4]), weights])];
      expect(run(foldConstants, b.graph(product, ...others)).ops).not.toContain('DequantizeLinear');
    }
  });
});
