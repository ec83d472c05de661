/**
 * Has floats of other types computed in float32. Operators get and make float32; a Cast is put where a value of the
 * original type goes on existing: inputs and outputs of the graph, and what subgraphs and operators that stay as they are
 * read and make. So Casts between the types, which networks of mixed precision have around operators, change nothing any
 * more, and go with the other identities.
 *
 * A value between two operators is not rounded to its own type, unless `rounds` says so: then it is, once, where an
 * operator makes it, as the references do.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { ElementType } from '../ir/element-type.js';
import { elementTypeFacts } from '../ir/element-type.js';
import {
  type Attribute,
  type Constant,
  capturedValues,
  emptyMetadata,
  type Graph,
  type Node,
  subgraphsOf,
  Value,
} from '../ir/graph.js';
import { withAttributes } from '../ir/graph-editor.js';
import type { BoundOperator } from '../ops/operator.js';
import { float32Constant } from './float32-constant.js';
import type { Float32Options, Pass } from './pass.js';

export const computeInFloat32: Pass = {
  name: 'compute-in-float32',
  readsTypes: true,
  run(graph, inference, { float32 } = {}) {
    if (float32 === undefined || !hasTypes(inference, float32.types)) return { graph, notes: [] };
    return new Converter(graph, inference, float32).convert();
  },
};

function hasTypes(inference: Inference, types: ReadonlySet<ElementType>): boolean {
  for (const { elementType } of inference.types.values()) {
    if (elementType !== undefined && types.has(elementType)) return true;
  }
  return false;
}

/** Operators whose results are elements of their inputs, or have the same digits: rounding would change none. */
const exactOperators: ReadonlySet<string> = new Set([
  ...['Abs', 'Ceil', 'Clip', 'Compress', 'Concat', 'Crop', 'DepthToSpace', 'Dropout', 'Expand', 'Flatten', 'Floor'],
  ...['Gather', 'GatherElements', 'GatherND', 'GlobalMaxPool', 'Identity', 'Max', 'MaxPool', 'MaxUnpool', 'Min'],
  ...['Neg', 'Pad', 'ReduceMax', 'ReduceMin', 'Relu', 'Reshape', 'ReverseSequence', 'Round', 'Sign', 'Slice'],
  ...['SpaceToDepth', 'Split', 'Squeeze', 'Tile', 'TopK', 'Transpose', 'Unsqueeze', 'Where'],
]);

/** Operators whose results depend on the type: on its bits, or in how many elements they have. */
const ownTypeOperators: ReadonlySet<string> = new Set(['BitCast', 'Range']);

/** The attribute that names the type of an operator's result, where that can be float32 as well. */
const typeAttributes: ReadonlyMap<string, string> = new Map([
  ['Cast', 'to'],
  ['DequantizeLinear', 'output_dtype'],
]);

/** The version of the Casts that the pass makes: from here on the attribute is a number. */
const castVersion = 13;

class Converter {
  private readonly notes: string[] = [];
  private readonly nodes: Node[] = [];
  private readonly constants: Map<Value, Constant>;
  private readonly names: Set<string>;
  /** The float32 twins of values of other types. */
  private readonly twins = new Map<Value, Value>();
  /** Values whose producers are still to come, in their own type, should someone read it. */
  private readonly unmade = new Set<Value>();
  /** Values that go on existing as they are: their twins need other names. */
  private readonly kept: Set<Value>;

  constructor(
    private readonly graph: Graph,
    private readonly inference: Inference,
    private readonly options: Float32Options,
  ) {
    this.constants = new Map(graph.constants);
    this.names = new Set([...graph.constants.keys()].map(({ name }) => name));
    this.kept = new Set([...graph.inputs, ...graph.outputs, ...graph.constants.keys()]);
  }

  convert(): { readonly graph: Graph; readonly notes: readonly string[] } {
    const { graph, constants } = this;
    const isConvertible = new Map(graph.nodes.map((node) => [node, this.isConvertible(node)]));
    for (const node of graph.nodes) {
      for (const { graph: inner } of subgraphsOf(node)) for (const value of capturedValues(inner)) this.kept.add(value);
      if (!isConvertible.get(node))
        for (const value of [...node.inputs, ...node.outputs]) if (value) this.kept.add(value);
    }
    for (const node of graph.nodes) {
      if (isConvertible.get(node)) this.convertNode(node);
      else this.keepNode(node);
    }
    for (const output of graph.outputs) this.makeOriginal(output);
    const isChanged = this.nodes.some((node, i) => node !== graph.nodes[i]);
    return { graph: isChanged ? { ...graph, nodes: this.nodes, constants } : graph, notes: this.notes };
  }

  private typeOf(value: Value): ElementType | undefined {
    return this.inference.types.get(value)?.elementType;
  }

  private isOther(value: Value | undefined): value is Value {
    const type = value && this.typeOf(value);
    return type !== undefined && this.options.types.has(type);
  }

  /** Whether the operator would do the same with float32, and makes float32 then. */
  private isConvertible(node: Node): boolean {
    const bound = this.inference.operators.get(node);
    const values = [...node.inputs, ...node.outputs].filter((value) => value !== undefined);
    if (!values.some((value) => this.isOther(value))) return true;
    if (bound === undefined || subgraphsOf(node).length > 0) return false;
    // What is drawn is of the type that it is drawn for; Dropout draws which elements stay.
    if (!bound.operator.isDeterministic && bound.operator.name !== 'Dropout') return false;
    if (values.some((value) => this.typeOf(value) === undefined)) return false;
    const { domain, opType, inputs, outputs } = node;
    if (domain === '' && opType === 'Cast') return this.typeOf(outputs[0]!) !== 'string';
    const { dtype, stash_type: stash = 1 } = valuesOf(bound);
    if (dtype !== undefined || stash !== 1 || ownTypeOperators.has(opType)) return false;
    return inputs.some((value) => this.isOther(value));
  }

  /** The node, which makes float32 where it made another float type. */
  private convertNode(node: Node): void {
    const outputs = node.outputs.filter((value) => this.isOther(value));
    const inputs = node.inputs.map((value) => (this.isOther(value) ? this.twinOf(value, node) : value));
    if (outputs.length === 0 && inputs.every((value, i) => value === node.inputs[i])) {
      this.nodes.push(node);
      return;
    }
    const rounds = this.options.rounds && !exactOperators.has(node.opType);
    const made = new Map(outputs.map((value) => [value, this.newTwin(value, rounds ? 'unrounded' : 'float32')]));
    this.nodes.push({
      ...(outputs.length > 0 ? makingFloat32(node, this.inference.operators.get(node)) : node),
      inputs,
      outputs: node.outputs.map((value) => (value && made.get(value)) ?? value),
    });
    for (const [value, twin] of made) {
      if (rounds) this.nodes.push(this.cast(twin, value, this.typeOf(value)!, node));
      else {
        this.twins.set(value, twin);
        this.unmade.add(value);
      }
    }
    const types = [...new Set([...node.inputs, ...node.outputs].filter((value) => this.isOther(value)))];
    const names = [...new Set(types.map((value) => this.typeOf(value)!))].join(', ');
    this.notes.push(`${formatNode(node)} computes in float32 in place of ${names}`);
  }

  private keepNode(node: Node): void {
    const captured = subgraphsOf(node).flatMap(({ graph }) => [...capturedValues(graph)]);
    for (const value of [...node.inputs, ...captured]) if (value !== undefined) this.makeOriginal(value);
    this.nodes.push(node);
    this.notes.push(`${formatNode(node)} keeps its types`);
  }

  /** Makes a value in its own type, where so far only its twin is. */
  private makeOriginal(value: Value): void {
    if (!this.unmade.delete(value)) return;
    this.nodes.push(this.cast(this.twins.get(value)!, value, this.typeOf(value)!));
  }

  private twinOf(value: Value, reader: Node): Value {
    const known = this.twins.get(value);
    if (known !== undefined) return known;
    const twin = this.newTwin(value, 'float32');
    const constant = this.constants.get(value);
    if (constant !== undefined) this.constants.set(twin, float32Constant(constant));
    else this.nodes.push(this.cast(value, twin, 'float32', reader));
    this.twins.set(value, twin);
    return twin;
  }

  private newTwin(value: Value, suffix: string): Value {
    const { name, declared } = value;
    let own = this.kept.has(value) || suffix !== 'float32' ? `${name}/${suffix}` : name;
    for (let i = 2; this.names.has(own); i++) own = `${name}/${suffix}.${i}`;
    if (this.constants.has(value)) this.names.add(own);
    return new Value(own, declared?.kind === 'tensor' ? { ...declared, elementType: 'float32' } : declared);
  }

  private cast(from: Value, to: Value, type: ElementType, { index }: Pick<Node, 'index'> = { index: -1 }): Node {
    return {
      name: `${to.name}/Cast`,
      domain: '',
      opType: 'Cast',
      opset: castVersion,
      inputs: [from],
      outputs: [to],
      attributes: new Map([['to', typeAttribute(type)]]),
      metadata: emptyMetadata,
      index,
    };
  }
}

function typeAttribute(type: ElementType): Attribute {
  return { kind: 'int', value: BigInt(elementTypeFacts(type).code) };
}

/** The attributes that say of which type something is, by their names: numbers where a node has them, 0 where it has not. */
function valuesOf({ attributes }: BoundOperator): Readonly<Record<string, unknown>> {
  return attributes;
}

/** The node, to make float32 where it names another type. */
function makingFloat32(node: Node, bound: BoundOperator | undefined): Node {
  const { domain, opType } = node;
  const to = typeAttribute('float32');
  if (domain !== '' || bound === undefined) return node;
  const name = typeAttributes.get(opType);
  if (name === undefined || !valuesOf(bound)[name]) return node;
  return { ...node, attributes: withAttributes(node, { [name]: to }) };
}
