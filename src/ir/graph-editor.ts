/**
 * Edits to a graph. The graph itself does not change: `finish` makes a new one. Passes also look up producers and
 * readers here, as of the edits so far.
 */
import {
  type Attribute,
  type Constant,
  capturedValues,
  constantFromTensor,
  emptyMetadata,
  type Graph,
  type Node,
  subgraphsOf,
  Value,
} from './graph.js';
import type { Tensor } from './tensor.js';
import { inputsOf, UseIndex } from './uses.js';

/** How the values of a graph are used. */
interface Surroundings {
  /** Uses by the nodes themselves. */
  readonly uses: UseIndex;
  /** Values that subgraphs read from outer scopes. */
  readonly captured: ReadonlySet<Value>;
  readonly outputs: ReadonlySet<Value>;
}

function surroundingsOf({ nodes, outputs }: Graph): Surroundings {
  const uses = new UseIndex();
  const captured = new Set<Value>();
  for (const node of nodes) {
    uses.add(node, inputsOf(node));
    for (const { graph } of subgraphsOf(node)) for (const value of capturedValues(graph)) captured.add(value);
  }
  return { uses, captured, outputs: new Set(outputs) };
}

/** Of graphs that an editor has left as they are: passes that find nothing look at one graph one after another. */
const unedited = new WeakMap<Graph, Surroundings>();

/**
 * Invariants: nodes keep their order, so nodes that replace another may read only what that one could. Values that
 * remain keep their meaning, so types inferred before the edits still hold for them.
 */
export class GraphEditor {
  private readonly graph: Graph;
  private constants: ReadonlyMap<Value, Constant>;
  private ownConstants: Map<Value, Constant> | undefined;
  /** Of the current nodes. Subgraphs are not edited, so values that they read must stay. */
  private readonly around: Surroundings;
  /** The nodes that replace nodes of the original graph: where there are none, a node is what it was. */
  private readonly standIns = new Map<Node, readonly Node[]>();
  /** The node of the original graph that a node stands for; of all nodes once something is edited. */
  private originals: Map<Node, Node> | undefined;
  /** Created when the first constant is added. */
  private constantNames: Set<string> | undefined;

  constructor(graph: Graph) {
    this.graph = graph;
    this.constants = graph.constants;
    this.around = unedited.get(graph) ?? surroundingsOf(graph);
    // They change with the edits, and are no other editor's meanwhile.
    unedited.delete(graph);
  }

  /** The current nodes, including edits. */
  nodes(): readonly Node[] {
    return this.graph.nodes.flatMap((node) => this.standIns.get(node) ?? node);
  }

  producer(value: Value | undefined): Node | undefined {
    return this.around.uses.producer(value);
  }

  readers(value: Value): readonly Node[] {
    return [...this.around.uses.readers(value)];
  }

  /** Whether only these nodes read the value; examines at most one reader more than there are nodes. */
  isReadOnlyBy(value: Value, nodes: ReadonlySet<Node>): boolean {
    for (const reader of this.around.uses.readers(value)) if (!nodes.has(reader)) return false;
    return true;
  }

  constant(value: Value | undefined): Constant | undefined {
    return value && this.constants.get(value);
  }

  /**
   * The node that reads `value`, if it is the only use: the node reads it once, and no subgraph and no output of the
   * graph uses it.
   */
  onlyReader(value: Value): Node | undefined {
    const reader = this.around.uses.onlyReader(value);
    if (reader === undefined || this.isFixed(value)) return undefined;
    return reader.inputs.indexOf(value) === reader.inputs.lastIndexOf(value) ? reader : undefined;
  }

  /** Whether the value is an output of the graph or read inside a subgraph, so that it must keep existing. */
  isFixed(value: Value): boolean {
    return this.around.outputs.has(value) || this.around.captured.has(value);
  }

  /**
   * A new constant that no node reads yet. Constants are later distinguished by name, so a taken name gets a number.
   */
  addConstant(name: string, content: Tensor | Constant): Value {
    this.constantNames ??= new Set([...this.constants.keys()].map((value) => value.name));
    let own = name;
    for (let i = 2; this.constantNames.has(own); i++) own = `${name}.${i}`;
    this.constantNames.add(own);
    const value = new Value(own);
    this.ownConstants ??= new Map(this.constants);
    this.constants = this.ownConstants.set(value, 'load' in content ? content : constantFromTensor(content));
    return value;
  }

  /** Replaces `node` by `nodes`. */
  replace(node: Node, ...nodes: readonly Node[]): void {
    this.originals ??= new Map(this.graph.nodes.map((own) => [own, own]));
    const original = this.originals.get(node);
    if (original === undefined) throw new RangeError(`the node '${node.name}' is not in the graph`);
    this.originals.delete(node);
    this.around.uses.remove(node, inputsOf(node));
    for (const other of nodes) {
      this.originals.set(other, original);
      this.around.uses.add(other, inputsOf(other));
    }
    const siblings = this.standIns.get(original) ?? [original];
    this.standIns.set(
      original,
      siblings.flatMap((sibling) => (sibling === node ? nodes : [sibling])),
    );
  }

  remove(node: Node): void {
    this.replace(node);
  }

  /** Every node that reads `from` reads `to` instead. `from` must not be fixed. */
  forward(from: Value, to: Value): void {
    for (const reader of this.readers(from)) {
      this.replace(reader, { ...reader, inputs: reader.inputs.map((input) => (input === from ? to : input)) });
    }
  }

  /** The edited graph; the same object if nothing was edited. */
  finish(): Graph {
    if (this.originals === undefined) {
      unedited.set(this.graph, this.around);
      return this.graph;
    }
    return { ...this.graph, nodes: this.nodes(), constants: this.constants };
  }
}

/** A new ai.onnx node in place of another, for an operator whose version `since` or a later one is needed. */
export function nodeInPlace(
  place: Node,
  opType: string,
  since: number,
  inputs: readonly (Value | undefined)[],
  attributes: Node['attributes'] = new Map(),
): Node {
  return { ...place, opType, opset: Math.max(place.opset, since), inputs, attributes, metadata: emptyMetadata };
}

/** The node's attributes with some of them set. */
export function withAttributes(node: Node, changes: Readonly<Record<string, Attribute>>): Map<string, Attribute> {
  return new Map([...node.attributes, ...Object.entries(changes)]);
}

export function intsAttribute(values: readonly number[]): Attribute {
  return { kind: 'ints', value: values.map(BigInt) };
}

export function intAttribute(value: number): Attribute {
  return { kind: 'int', value: BigInt(value) };
}

/** Rounded to a float32, as files hold it. */
export function floatAttribute(value: number): Attribute {
  return { kind: 'float', value: Math.fround(value) };
}

export function textAttribute(value: string): Attribute {
  return { kind: 'string', value: new TextEncoder().encode(value) };
}
