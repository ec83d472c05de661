/** Who makes and who reads the values of a graph. */
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from './graph.js';

/** What a node reads: its inputs, and what its subgraphs take from around them. */
export function* readBy(node: Node): Iterable<Value> {
  yield* inputsOf(node);
  for (const { graph } of subgraphsOf(node)) yield* capturedValues(graph);
}

/** The inputs of a node, absent ones left out. */
export function* inputsOf(node: Node): Iterable<Value> {
  for (const input of node.inputs) if (input !== undefined) yield input;
}

/** Producers and readers, node by node: for those who change nodes, and for those who decide what a node reads. */
export class UseIndex {
  private readonly made = new Map<Value, Node>();
  /** By the values that they make. */
  readonly producers: ReadonlyMap<Value, Node> = this.made;
  private readonly read = new Map<Value, Set<Node>>();

  /** @param values what the node reads */
  add(node: Node, values: Iterable<Value>): void {
    for (const output of node.outputs) if (output !== undefined) this.made.set(output, node);
    for (const value of values) {
      const readers = this.read.get(value);
      if (readers === undefined) this.read.set(value, new Set([node]));
      else readers.add(node);
    }
  }

  /** @param values the same as when the node was added */
  remove(node: Node, values: Iterable<Value>): void {
    for (const output of node.outputs) {
      // Another node may make the value by now.
      if (output !== undefined && this.made.get(output) === node) this.made.delete(output);
    }
    for (const value of values) this.read.get(value)?.delete(node);
  }

  producer(value: Value | undefined): Node | undefined {
    return value && this.made.get(value);
  }

  /** In the order in which they were added. */
  readers(value: Value): ReadonlySet<Node> {
    return this.read.get(value) ?? noNodes;
  }
}

const noNodes: ReadonlySet<Node> = new Set();

/** Of one graph, subgraphs apart: what these read is read by the node that has them. */
export class Uses {
  private readonly index = new UseIndex();
  private readonly lists = new Map<Value, readonly Node[]>();
  private readonly positions = new Map<Node, number>();
  private readonly returned: ReadonlySet<Value>;

  constructor({ nodes, outputs }: Pick<Graph, 'nodes' | 'outputs'>) {
    this.returned = new Set(outputs);
    for (const [position, node] of nodes.entries()) {
      this.positions.set(node, position);
      this.index.add(node, readBy(node));
    }
  }

  /** The node that makes each value, in the graph's order; inputs and constants have none. */
  get producers(): ReadonlyMap<Value, Node> {
    return this.index.producers;
  }

  producer(value: Value | undefined): Node | undefined {
    return this.index.producer(value);
  }

  /** Each once, in the graph's order. */
  readers(value: Value): readonly Node[] {
    let list = this.lists.get(value);
    if (list === undefined) {
      list = [...this.index.readers(value)];
      this.lists.set(value, list);
    }
    return list;
  }

  /** The inputs that are the value: nodes in the graph's order, with the input's position among theirs. */
  *inputsThatAre(value: Value): Iterable<{ readonly node: Node; readonly position: number }> {
    for (const node of this.index.readers(value))
      for (const [position, input] of node.inputs.entries()) if (input === value) yield { node, position };
  }

  /** Whether the value is an output of the graph. */
  isReturned(value: Value): boolean {
    return this.returned.has(value);
  }

  /** The place of a node in the graph's order. */
  position(node: Node): number {
    return this.positions.get(node)!;
  }
}
