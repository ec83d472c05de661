import { describe, expect, it } from 'vitest';
import { Coverages } from '../../src/feed/coverage.js';
import { symbol } from '../../src/ir/dim.js';
import type { Value } from '../../src/ir/graph.js';
import { Tensor } from '../../src/ir/tensor.js';
import { GraphBuilder } from '../support/graph.js';

const [H, W] = [symbol('H'), symbol('W')];

function weights(...dims: number[]): Tensor {
  return new Tensor('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
}

function coverageOf(
  build: (builder: GraphBuilder, x: Value) => Value,
  [rows, columns]: readonly [number, number],
  [height, width]: readonly [number, number],
) {
  const builder = new GraphBuilder();
  const output = build(builder, builder.input('x', [1, 1, H, W]));
  const graph = builder.graph(output);
  const inputs = new Map([['x', [1, 1, rows, columns]]]);
  return new Coverages(graph).of(inputs, new Map([[output.name, [1, 1, height, width]]]), 'x').get(output.name);
}

const unpadded = (builder: GraphBuilder, x: Value) => builder.add('Conv', [x, builder.constant(weights(1, 1, 3, 5))]);

describe('what a result shows of the picture', () => {
  it('is its middle, behind convolutions without padding', () => {
    expect(coverageOf(unpadded, [20, 30], [18, 26])).toEqual({ x: 2, y: 1, width: 26, height: 18 });
    const twice = (builder: GraphBuilder, x: Value) => unpadded(builder, unpadded(builder, x));
    expect(coverageOf(twice, [20, 30], [16, 22])).toEqual({ x: 4, y: 2, width: 22, height: 16 });
  });

  it('at another scale', () => {
    const larger = (builder: GraphBuilder, x: Value) =>
      builder.add('ConvTranspose', [unpadded(builder, x), builder.constant(weights(1, 1, 2, 2))], { strides: [2, 2] });
    expect(coverageOf(larger, [20, 30], [36, 52])).toEqual({ x: 2, y: 1, width: 26, height: 18 });
  });

  it('is all of it, and nothing is followed, where sizes are whole multiples or parts', () => {
    for (const size of [
      [20, 30],
      [40, 60],
      [10, 15],
      [7, 10],
    ] as const) {
      expect(coverageOf(unpadded, [20, 30], size)).toBeUndefined();
    }
  });
});
