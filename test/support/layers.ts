/** Networks written by their layers, each at the channels of what it reads; weights are zeros. */
import type { ElementType } from '../../src/ir/element-type.js';
import { emptyMetadata, type Graph, type Model, type Value } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { elementCount, float32, int64, Tensor } from '../../src/ir/tensor.js';
import { GraphBuilder } from './graph.js';

export class Layers {
  readonly builder: GraphBuilder;
  private readonly channels = new Map<Value, number>();

  constructor(
    private readonly rank = 2,
    opset = 18,
  ) {
    this.builder = new GraphBuilder(opset);
  }

  input(name: string, shape: Shape, channels: number, type: ElementType = 'float32'): Value {
    return this.of(this.builder.input(name, shape, type), channels);
  }

  /** A convolution that keeps the size, or with a stride divides it, and its Relu. */
  conv(x: Value, channels: number, stride = 1): Value {
    return this.add('Relu', [this.bareConv(x, channels, stride)], channels);
  }

  bareConv(x: Value, channels: number, stride = 1, kernel = 3): Value {
    const { rank } = this;
    const weights = this.weights(channels, this.channelsOf(x), ...new Array<number>(rank).fill(kernel));
    const pads = new Array<number>(2 * rank).fill((kernel - 1) / 2);
    return this.add('Conv', [x, weights], channels, { strides: new Array<number>(rank).fill(stride), pads });
  }

  pool(x: Value, factor = 2): Value {
    return this.poolWithIndices(x, factor)[0];
  }

  poolWithIndices(x: Value, factor = 2): readonly [pooled: Value, indices: Value] {
    const window = new Array<number>(this.rank).fill(factor);
    const [pooled, indices] = this.builder.addMany('MaxPool', [x], 2, { kernel_shape: window, strides: window });
    return [this.of(pooled!, this.channelsOf(x)), this.of(indices!, this.channelsOf(x))];
  }

  unpool(x: Value, indices: Value, factor = 2): Value {
    const window = new Array<number>(this.rank).fill(factor);
    return this.add('MaxUnpool', [x, indices], this.channelsOf(x), { kernel_shape: window, strides: window });
  }

  /** A transposed convolution that multiplies the size. */
  up(x: Value, channels: number, factor = 2): Value {
    const window = new Array<number>(this.rank).fill(factor);
    const weights = this.weights(this.channelsOf(x), channels, ...window);
    return this.add('ConvTranspose', [x, weights], channels, { strides: window });
  }

  resize(x: Value, factor = 2): Value {
    const scales = float32([this.rank + 2], [1, 1, ...new Array<number>(this.rank).fill(factor)]);
    return this.add('Resize', [x, undefined, this.builder.constant(scales)], this.channelsOf(x));
  }

  concat(...values: Value[]): Value {
    const channels = values.reduce((sum, value) => sum + this.channelsOf(value), 0);
    return this.add('Concat', values, channels, { axis: 1 });
  }

  sum(a: Value, b: Value): Value {
    return this.add('Add', [a, b], Math.max(this.channelsOf(a), this.channelsOf(b)));
  }

  product(a: Value, b: Value): Value {
    return this.add('Mul', [a, b], Math.max(this.channelsOf(a), this.channelsOf(b)));
  }

  unary(opType: string, x: Value): Value {
    return this.add(opType, [x], this.channelsOf(x));
  }

  globalPool(x: Value): Value {
    return this.add('GlobalAveragePool', [x], this.channelsOf(x));
  }

  /** To a vector a picture, of `features` in all. */
  flatten(x: Value, features: number): Value {
    return this.add('Flatten', [x], features);
  }

  linear(x: Value, features: number): Value {
    const weights = this.weights(features, this.channelsOf(x));
    return this.add('Gemm', [x, weights], features, { transB: 1 });
  }

  reshape(x: Value, dims: readonly number[]): Value {
    return this.add('Reshape', [x, this.builder.constant(int64([dims.length], dims))], dims[1]!);
  }

  transpose(x: Value, perm: readonly number[]): Value {
    return this.add('Transpose', [x], this.channelsOf(x), { perm });
  }

  add(
    opType: string,
    inputs: readonly (Value | undefined)[],
    channels: number,
    attributes: Parameters<GraphBuilder['add']>[2] = {},
  ): Value {
    return this.of(this.builder.add(opType, inputs, attributes), channels);
  }

  model(...outputs: Value[]): Model {
    return modelOf(this.builder.graph(...outputs));
  }

  channelsOf(value: Value): number {
    return this.channels.get(value)!;
  }

  private of(value: Value, channels: number): Value {
    this.channels.set(value, channels);
    return value;
  }

  private weights(...dims: number[]): Value {
    return this.builder.constant(new Tensor('float32', dims, new Float32Array(elementCount(dims))));
  }
}

export function modelOf(graph: Graph): Model {
  const producer = { name: '', version: '' };
  return { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
}
