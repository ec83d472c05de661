/** Sizes at which windows of poolings overhang are told beside those that all tools run. */
import { expect, it } from 'vitest';
import { toldSizes } from '../../src/check.js';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import { GraphBuilder } from '../support/graph.js';

const x = (builder: GraphBuilder) => builder.input('x', [1, 2, symbol('H'), 8]);

function pooled(builder: GraphBuilder, value: Value, kernel: number, stride: number, more = {}): Value {
  return builder.add('MaxPool', [value], { kernel_shape: [kernel, kernel], strides: [stride, stride], ...more });
}

function textOf(graph: Graph): string | undefined {
  return toldSizes(graph, infer(graph)).symbols[0]?.text;
}

function doubled(builder: GraphBuilder, value: Value): Value {
  const weight = builder.constant(float32([2, 2, 2, 2], new Float32Array(16)));
  return builder.add('ConvTranspose', [value, weight], { strides: [2, 2] });
}

it.each([
  ['one', 1, 2, 2, {}, 'at least 2; 1 only where windows may overhang (US1716)'],
  ['several', 3, 2, 2, {}, 'at least 8; 1 to 7 only where windows may overhang (US1716)'],
  ['one whose window is larger than its stride', 1, 4, 2, {}, 'at least 4; 3 only where windows may overhang (US1716)'],
  ['one of stride 1', 1, 3, 1, {}, 'at least 3'],
  ['one with ceil_mode, which counts the window', 1, 2, 2, { ceil_mode: 1 }, 'any size'],
  ['one that is padded', 1, 3, 2, { pads: [1, 1, 1, 1] }, 'any size'],
] as const)('of %s', (_, times, kernel, stride, more, text) => {
  const builder = new GraphBuilder();
  let y = x(builder);
  for (let i = 0; i < times; i++) y = pooled(builder, y, kernel, stride, more);
  expect(textOf(builder.graph(y))).toBe(text);
});

it('are not told where a skip rules them out', () => {
  const builder = new GraphBuilder();
  const input = x(builder);
  expect(textOf(builder.graph(builder.add('Max', [input, doubled(builder, pooled(builder, input, 2, 2))])))).toBe(
    'even',
  );
});

it('do not change what is legal, nor the shapes', () => {
  const builder = new GraphBuilder();
  const graph = builder.graph(pooled(builder, x(builder), 2, 2));
  const inference = infer(graph);
  const [sizes] = toldSizes(graph, inference).symbols;
  expect(sizes?.set?.next(1)).toBe(2);
  expect(inference.types.get(graph.outputs[0]!)?.shape?.map(String)).toEqual(['1', '2', 'floor(H/2)', '4']);
});
