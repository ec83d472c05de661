/** Producers and readers of a graph's values. */
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from './graph.js';

/** What a node reads: its inputs, and what its subgraphs take from outer scopes. */
export function* readBy(node: Node): Iterable<Value> {
  yield* inputsOf(node);
  for (const { graph } of subgraphsOf(node)) yield* capturedValues(graph);
}

/** The inputs of a node without absent ones. */
export function* inputsOf(node: Node): Iterable<Value> {
  for (const input of node.inputs) if (input !== undefined) yield input;
}

/**
 * Producers and readers that are maintained node by node, for callers that edit nodes or define themselves what a node
 * reads.
 */
export class UseIndex {
  private readonly made = new Map<Value, Node>();
  /** Producers by value. */
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
      // Another node may produce the value by now.
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

/** Producers and readers in one graph. What a subgraph reads counts as read by its node. */
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

  /** The producer of each value, in the graph's order; inputs and constants have none. */
  get producers(): ReadonlyMap<Value, Node> {
    return this.index.producers;
  }

  producer(value: Value | undefined): Node | undefined {
    return this.index.producer(value);
  }

  /** Each reader once, in the graph's order. */
  readers(value: Value): readonly Node[] {
    let list = this.lists.get(value);
    if (list === undefined) {
      list = [...this.index.readers(value)];
      this.lists.set(value, list);
    }
    return list;
  }

  /** The node inputs that are the value: nodes in the graph's order, with the index of the input. */
  *inputsThatAre(value: Value): Iterable<{ readonly node: Node; readonly position: number }> {
    for (const node of this.index.readers(value))
      for (const [position, input] of node.inputs.entries()) if (input === value) yield { node, position };
  }

  /** Whether the value is an output of the graph. */
  isReturned(value: Value): boolean {
    return this.returned.has(value);
  }

  /** The index of a node in the graph's order. */
  position(node: Node): number {
    return this.positions.get(node)!;
  }
}
