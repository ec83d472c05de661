/** Graphs with names of one's own: what contracts, locks and diffs go by. */
import { type Constant, constantFromTensor, type Graph, type Model, type Node, Value } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { type AttributeInput, attributeOf } from '../support/run-operator.js';

export interface NodeOptions {
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export class NamedGraph {
  readonly inputs: Value[] = [];
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, Constant>();

  constructor(readonly opset = 18) {}

  input(name: string, shape: Shape): Value {
    const value = new Value(name, { kind: 'tensor', elementType: 'float32', shape });
    this.inputs.push(value);
    return value;
  }

  /** A weight of ones, or of `fill`. */
  weight(name: string, dims: readonly number[], fill = 1): Value {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return this.constant(name, constantFromTensor(float32(dims, new Float32Array(count).fill(fill))));
  }

  integers(name: string, values: readonly number[]): Value {
    return this.constant(name, constantFromTensor(int64([values.length], values)));
  }

  private constant(name: string, constant: Constant): Value {
    const value = new Value(name);
    this.constants.set(value, constant);
    return value;
  }

  /** A node with one output, called `output`; the node itself is `options.name`, or as its output. */
  add(opType: string, output: string, inputs: readonly Value[], options: NodeOptions = {}): Value {
    const value = new Value(output);
    const { name = output, attributes = {}, metadata = {} } = options;
    this.nodes.push({
      name,
      domain: '',
      opType,
      opset: this.opset,
      inputs,
      outputs: [value],
      attributes: new Map(Object.entries(attributes).map(([key, item]) => [key, attributeOf(item)])),
      metadata: new Map(Object.entries(metadata)),
      index: this.nodes.length,
    });
    return value;
  }

  /** A convolution that keeps height and width, its weight called after it. */
  conv(
    output: string,
    input: Value,
    [into, from]: readonly [number, number],
    options: NodeOptions & { kernel?: number; weight?: string } = {},
  ): Value {
    const { kernel = 3, weight = `${output}.weight` } = options;
    const pad = (kernel - 1) / 2;
    return this.add('Conv', output, [input, this.weight(weight, [into, from, kernel, kernel])], {
      attributes: { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], ...options.attributes },
      ...(options.name !== undefined && { name: options.name }),
    });
  }

  graph(...outputs: Value[]): Graph {
    return { name: 'test', inputs: this.inputs, outputs, nodes: this.nodes, constants: this.constants };
  }

  model(...outputs: Value[]): Model {
    return {
      graph: this.graph(...outputs),
      irVersion: 10,
      opsets: new Map([['', this.opset]]),
      producer: { name: 'tests', version: '1' },
      metadata: new Map(),
    };
  }
}
