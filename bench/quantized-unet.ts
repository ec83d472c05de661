/** A U-Net of four levels as quantizers for QDQ write it, and the same in float32. Weights are random, by seed. */
import path from 'node:path';
import protobuf from 'protobufjs';

const root = protobuf.loadSync(path.join(import.meta.dirname, '..', 'schemas', 'onnx.proto'));
const ModelProto = root.lookupType('onnx.ModelProto');

const widths = [32, 64, 128, 256];
/** What a step of the output is worth. */
export const outputScale = 0.03;
const types = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;

interface Options {
  readonly size: number;
  readonly isMarked: boolean;
}

export function quantizedUnet(options: Options): Uint8Array {
  const network = new Network(options);
  let value = network.marked('image', 0.03, 128);
  const skips: string[] = [];
  let channels = 3;
  const block = (x: string, width: number) => {
    const inner = network.convolution(x, channels, width, 3);
    channels = width;
    return network.convolution(inner, width, width, 3);
  };
  for (const [level, width] of widths.entries()) {
    if (level > 0)
      value = network.marked(network.node('MaxPool', [value], { kernel_shape: [2, 2], strides: [2, 2] }), 0.03, 0);
    value = block(value, width);
    skips.push(value);
  }
  skips.pop();
  for (const width of widths.slice(0, -1).reverse()) {
    const up = network.transposed(value, channels, width);
    value = network.marked(network.node('Concat', [skips.pop()!, up], { axis: 1 }), 0.03, 64);
    channels = 2 * width;
    value = block(value, width);
  }
  return network.finish(network.convolution(value, channels, 2, 1));
}

class Network {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private state = 7;

  constructor(private readonly options: Options) {}

  node(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ) {
    const output = `v${this.nodes.length}`;
    const attribute = Object.entries(attributes).map(([name, value]) =>
      typeof value === 'number' ? { name, type: 2, i: value } : { name, type: 7, ints: value },
    );
    this.nodes.push({ opType, name: output, input, output: [output], attribute });
    return output;
  }

  /** A value through QuantizeLinear and DequantizeLinear, where tensors are marked. */
  marked(value: string, scale: number, zero: number): string {
    if (!this.options.isMarked) return value;
    const parameters = [this.constant('float32', [], [scale]), this.constant('uint8', [], [zero])];
    return this.node('DequantizeLinear', [this.node('QuantizeLinear', [value, ...parameters]), ...parameters]);
  }

  convolution(x: string, from: number, to: number, kernel: number): string {
    const sum = this.weighted('Conv', x, [to, from, kernel, kernel], 0, { pads: new Array(4).fill((kernel - 1) / 2) });
    return to === 2 ? this.marked(sum, outputScale, 128) : this.marked(this.node('Relu', [sum]), 0.03, 0);
  }

  transposed(x: string, from: number, to: number): string {
    return this.marked(this.weighted('ConvTranspose', x, [from, to, 2, 2], 1, { strides: [2, 2] }), 0.03, 128);
  }

  private weighted(op: string, x: string, dims: readonly number[], axis: number, attributes: Record<string, number[]>) {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const outputs = dims[axis]!;
    const terms = count / outputs / (op === 'Conv' ? 1 : 4);
    const numbers = Array.from({ length: count }, () => (this.next() % 255) - 127);
    // Sums have the variance of what they are made of: numbers spread evenly over 255 have one of 73².
    const scale = Math.sqrt(2 / terms) / 73;
    const biases = Array.from({ length: outputs }, () => (this.next() % 200) - 100);
    const floats = (list: readonly number[], factor: number) => list.map((number) => number * factor);
    if (!this.options.isMarked) {
      const weights = this.constant('float32', dims, floats(numbers, scale));
      return this.node(op, [x, weights, this.constant('float32', [outputs], floats(biases, scale * 0.03))], attributes);
    }
    const row = (value: number) => this.constant('float32', [outputs], new Array<number>(outputs).fill(value));
    const zeros = (type: 'int8' | 'int32') => this.constant(type, [outputs], new Array<number>(outputs).fill(0));
    const weights = [this.constant('int8', dims, numbers), row(scale), zeros('int8')];
    const bias = [
      this.constant('int32', [outputs], biases),
      row(Math.fround(Math.fround(scale) * Math.fround(0.03))),
      zeros('int32'),
    ];
    const inputs = [this.node('DequantizeLinear', weights, { axis }), this.node('DequantizeLinear', bias, { axis: 0 })];
    return this.node(op, [x, ...inputs], attributes);
  }

  private constant(type: keyof typeof types, dims: readonly number[], numbers: readonly number[]): string {
    const name = `c${this.initializers.length}`;
    const arrays = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array, int32: Int32Array };
    const rawData = new Uint8Array(arrays[type].from(numbers).buffer);
    this.initializers.push({ name, dims, dataType: types[type], rawData });
    return name;
  }

  private next(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state >>> 8;
  }

  finish(output: string): Uint8Array {
    const { size } = this.options;
    this.nodes.push({ opType: 'Identity', name: 'map', input: [output], output: ['map'], attribute: [] });
    const dim = [1, 3, size, size].map((dimValue) => ({ dimValue }));
    const input = [{ name: 'image', type: { tensorType: { elemType: types.float32, shape: { dim } } } }];
    const graph = { name: 'U-Net', node: this.nodes, initializer: this.initializers, input, output: [{ name: 'map' }] };
    return ModelProto.encode(
      ModelProto.fromObject({ irVersion: 9, opsetImport: [{ domain: '', version: 17 }], graph }),
    ).finish();
  }
}
