/** What conversions know of a model, and the values that they add to it. */
import type { Inference } from '../infer/infer.js';
import {
  type Constant,
  constantFromTensor,
  type Graph,
  type Model,
  type Node,
  subgraphsOf,
  Value,
} from '../ir/graph.js';
import { constantsOf, tensorFromSymbolic } from '../ir/quantity.js';
import type { TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { attributesOf } from '../ops/bind.js';
import { constants } from '../ops/creation/constant.js';
import type { Surroundings } from './form.js';

export class ModelSurroundings implements Surroundings {
  private readonly constants = new Map<Value, Constant>();
  private readonly producers = new Map<Value, Node>();
  private readonly types = new Map<Value, TensorType>();
  private readonly read = new Set<Value>();
  private readonly names = new Set<string>();
  private readonly nodeNames = new Set<string>();
  private added = new Map<string, readonly [Value, Constant]>();

  constructor(
    model: Model,
    private readonly inference: Inference,
  ) {
    this.visit(model.graph);
  }

  private visit({ inputs, outputs, constants: stored, nodes, overridable }: Graph): void {
    for (const value of outputs) this.read.add(value);
    for (const { name } of inputs) this.names.add(name);
    for (const [value, constant] of stored) {
      this.names.add(value.name);
      if (overridable?.has(value) !== true) this.constants.set(value, constant);
    }
    for (const node of nodes) {
      this.nodeNames.add(node.name);
      for (const input of node.inputs) if (input !== undefined) this.read.add(input);
      for (const output of node.outputs) {
        if (output === undefined) continue;
        this.names.add(output.name);
        this.producers.set(output, node);
      }
      for (const { graph } of subgraphsOf(node)) this.visit(graph);
    }
  }

  typeOf(value: Value): TensorType | undefined {
    return this.types.get(value) ?? this.inference.types.get(value);
  }

  stored(value: Value): Tensor | undefined {
    const constant = this.constants.get(value);
    if (constant !== undefined) return constant.load();
    const node = this.producers.get(value);
    return node?.opType === 'Constant' ? attributesOf(constants.Constant, node)?.value?.load() : undefined;
  }

  constant(value: Value): Tensor | undefined {
    const stored = this.stored(value);
    if (stored !== undefined) return stored;
    const known = this.inference.known.get(value);
    return known && constantsOf(known) && tensorFromSymbolic(known);
  }

  isRead(value: Value): boolean {
    return this.read.has(value);
  }

  producer(value: Value): string | undefined {
    return this.producers.get(value)?.opType;
  }

  /** Equal ones are the same value within a graph. */
  addConstant(name: string, tensor: Tensor): Value {
    const key = `${tensor.type} ${tensor.dims.join()} ${tensor.data.length < 256 ? tensor.data.join() : name}`;
    const before = this.added.get(key);
    if (before !== undefined) return before[0];
    const value = this.addValue(name, { elementType: tensor.type, shape: tensor.dims });
    const constant = constantFromTensor(tensor);
    this.constants.set(value, constant);
    this.added.set(key, [value, constant]);
    return value;
  }

  addValue(name: string, type: TensorType): Value {
    const value = new Value(free(name, this.names));
    this.types.set(value, type);
    return value;
  }

  /** Nodes that are new get names that no other one has. */
  nameNode(node: Node): Node {
    if (node.name === '') return node;
    return { ...node, name: free(node.name, this.nodeNames) };
  }

  /** The constants that were added since the last call, for the graph whose nodes were converted. */
  takeConstants(): Map<Value, Constant> {
    const taken = new Map(this.added.values());
    this.added = new Map();
    return taken;
  }
}

function free(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}
