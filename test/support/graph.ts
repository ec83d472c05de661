/** Graphs written tersely: a value in, a value out. */
import type { ElementType } from '../../src/ir/element-type.js';
import {
  type Attribute,
  type Constant,
  constantFromTensor,
  emptyMetadata,
  type Graph,
  type Node,
  Value,
} from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { type AttributeInput, attributeOf } from './run-operator.js';

export class GraphBuilder {
  private readonly inputs: Value[] = [];
  private readonly nodes: Node[] = [];
  private readonly constants = new Map<Value, Constant>();

  constructor(private readonly opset = 22) {}

  get nodeCount(): number {
    return this.nodes.length;
  }

  input(name: string, shape: Shape | undefined, elementType: ElementType = 'float32'): Value {
    const value = new Value(name, { kind: 'tensor', elementType, shape });
    this.inputs.push(value);
    return value;
  }

  constant(tensor: Tensor): Value {
    const value = new Value(`c${this.constants.size}`);
    this.constants.set(value, constantFromTensor(tensor));
    return value;
  }

  /** One node; its first output. */
  add(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
  ): Value {
    return this.addMany(opType, inputs, 1, attributes)[0]!;
  }

  addMany(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeInput>> = {},
  ): Value[] {
    const index = this.nodes.length;
    const results = Array.from({ length: outputs }, (_, i) => new Value(`v${index}${i === 0 ? '' : `.${i}`}`));
    const read = new Map(
      Object.entries(attributes).map(([name, value]): [string, Attribute] => [name, attributeOf(value)]),
    );
    this.nodes.push({
      name: `n${index}`,
      domain: '',
      opType,
      opset: this.opset,
      inputs,
      outputs: results,
      attributes: read,
      metadata: emptyMetadata,
      index,
    });
    return results;
  }

  /** One node of com.microsoft; its first output. */
  addMicrosoft(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
  ): Value {
    const made = this.add(opType, inputs, attributes);
    const node = this.nodes.pop()!;
    this.nodes.push({ ...node, domain: 'com.microsoft', opset: 1 });
    return made;
  }

  graph(...outputs: Value[]): Graph {
    return { name: 'test', inputs: this.inputs, outputs, nodes: this.nodes, constants: this.constants };
  }
}
