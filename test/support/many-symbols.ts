/** Graphs of any number of nodes whose sizes are hard to follow. */
import { type Dim, symbol } from '../../src/ir/dim.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { GraphBuilder } from './graph.js';

export const graphKinds = ['poolings', 'broadcasts', 'states', 'views', 'windows', 'joins', 'products'] as const;
export type GraphKind = (typeof graphKinds)[number];

/** A block of a graph: what it makes of a value. */
type Block = (builder: GraphBuilder, x: Value, index: number) => Value;

const two = { kernel_shape: [2, 2], strides: [2, 2] };

function int(builder: GraphBuilder, ...values: number[]): Value {
  return builder.constant(int64([values.length], values));
}

function size(builder: GraphBuilder, x: Value, axis: number): Value {
  return builder.add('Gather', [builder.add('Shape', [x]), int(builder, axis)]);
}

const blocks: Readonly<Record<GraphKind, Block>> = {
  /** Down by two, up by two, joined: what a U-Net asks, again and again. */
  poolings: (builder, x) => {
    const up = builder.add(
      'ConvTranspose',
      [builder.add('MaxPool', [x], two), builder.constant(float32([2, 2, 2, 2], new Float32Array(16)))],
      { strides: [2, 2] },
    );
    return builder.add('Add', [builder.add('Relu', [x]), up]);
  },
  /** An input with sizes of its own for each block. */
  broadcasts: (builder, x, index) =>
    builder.add('Add', [x, builder.input(`y${index}`, [1, 2, symbol(`P${index}`), symbol(`Q${index}`)])]),
  /** The same few sizes in maxima of maxima. */
  states: (builder, x, index) =>
    builder.add('Max', [x, builder.input(`s${index}`, [1, 2, symbol(`P${index % 12}`), symbol(`Q${index % 7}`)])]),
  /** Pixels into channels and back. */
  views: (builder, x) => {
    const [h, w] = [2, 3].map((axis) => builder.add('Div', [size(builder, x, axis), int(builder, 2)])) as [
      Value,
      Value,
    ];
    const [one, c, s] = [1, 2, 2].map((value) => int(builder, value)) as [Value, Value, Value];
    const split = builder.add('Reshape', [x, builder.add('Concat', [one, c, h, s, w, s], { axis: 0 })]);
    const ordered = builder.add('Transpose', [split], { perm: [0, 3, 5, 1, 2, 4] });
    const target = builder.add('Concat', [one, int(builder, 8), h, w], { axis: 0 });
    return builder.add('DepthToSpace', [builder.add('Reshape', [ordered, target])], { blocksize: 2 });
  },
  /** Windows whose batch is a quotient. */
  windows: (builder, x, index) => {
    const side = 2 + (index % 3);
    const [h, w] = [2, 3].map((axis) => size(builder, x, axis)) as [Value, Value];
    const [down, across] = [h, w].map((value) => builder.add('Div', [value, int(builder, side)])) as [Value, Value];
    const [c, s] = [int(builder, 2), int(builder, side)];
    const split = builder.add('Reshape', [
      x,
      builder.add('Concat', [int(builder, 1), c, down, s, across, s], { axis: 0 }),
    ]);
    const apart = builder.add('Transpose', [split], { perm: [0, 2, 4, 1, 3, 5] });
    const windows = builder.add('Reshape', [apart, int(builder, -1, 2, side, side)]);
    const count = builder.add('Div', [builder.add('Mul', [h, w]), int(builder, side * side)]);
    const batch = builder.add('Div', [size(builder, windows, 0), count]);
    const back = builder.add('Reshape', [windows, builder.add('Concat', [batch, c, h, w], { axis: 0 })]);
    return builder.add('Relu', [back]);
  },
  /** Sizes that grow by one more symbol each time. */
  joins: (builder, x, index) =>
    builder.add('Concat', [x, builder.input(`y${index}`, [1, 2, symbol(`P${index}`), symbol('W')])], { axis: 2 }),
  /** Sizes that are multiplied each time. */
  products: (builder, x, index) => {
    const y = builder.input(`y${index}`, [1, 2, symbol(`P${index}`), 1]);
    const sizes = builder.add('Mul', [builder.add('Shape', [x]), builder.add('Shape', [y])]);
    return builder.add('Expand', [int(builder, 1), sizes]);
  },
};

/** A graph of about that many nodes over [1, 2, H, W] or what is given, whose blocks are of these kinds, in turns. */
export function mixedGraph(
  kinds: readonly GraphKind[],
  nodes: number,
  sizes: readonly [Dim, Dim] = [symbol('H'), symbol('W')],
): Graph {
  const builder = new GraphBuilder(18);
  let y = builder.add('Relu', [builder.input('x', [1, 2, ...sizes])]);
  for (let i = 0; builder.nodeCount < nodes; i++) y = blocks[kinds[i % kinds.length]!](builder, y, i);
  return builder.graph(y);
}
