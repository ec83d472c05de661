/** Producers and readers of a graph's values. */
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from './graph.js';

/** What a node reads: its inputs, and what its subgraphs take from outer scopes. */
export function readBy(node: Node): readonly Value[] {
  const graphs = subgraphsOf(node);
  if (graphs.length === 0) return inputsOf(node);
  return [...inputsOf(node), ...graphs.flatMap(({ graph }) => [...capturedValues(graph)])];
}

/** The inputs of a node without absent ones. */
export function inputsOf({ inputs }: Node): readonly Value[] {
  return inputs.includes(undefined) ? inputs.filter((input) => input !== undefined) : (inputs as readonly Value[]);
}

/**
 * Producers and readers that are maintained node by node, for callers that edit nodes or define themselves what a node
 * reads.
 */
export class UseIndex {
  private readonly made = new Map<Value, Node>();
  /** Producers by value. */
  readonly producers: ReadonlyMap<Value, Node> = this.made;
  /** Most values have one reader, which stands for a set of it. */
  private readonly read = new Map<Value, Node | Set<Node>>();

  /** @param values what the node reads */
  add(node: Node, values: readonly Value[]): void {
    const { outputs } = node;
    // Iterators make an object a step, as long as they are not compiled.
    for (let i = 0; i < outputs.length; i++) {
      const output = outputs[i];
      if (output !== undefined) this.made.set(output, node);
    }
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const readers = this.read.get(value);
      if (readers === undefined) this.read.set(value, node);
      else if (readers instanceof Set) readers.add(node);
      else if (readers !== node) this.read.set(value, new Set([readers, node]));
    }
  }

  /** @param values the same as when the node was added */
  remove(node: Node, values: Iterable<Value>): void {
    for (const output of node.outputs) {
      // Another node may produce the value by now.
      if (output !== undefined && this.made.get(output) === node) this.made.delete(output);
    }
    for (const value of values) {
      const readers = this.read.get(value);
      if (readers instanceof Set) readers.delete(node);
      else if (readers === node) this.read.delete(value);
    }
  }

  producer(value: Value | undefined): Node | undefined {
    return value && this.made.get(value);
  }

  /** In the order in which they were added. */
  readers(value: Value): Iterable<Node> {
    const readers = this.read.get(value);
    if (readers === undefined) return noNodes;
    return readers instanceof Set ? readers : [readers];
  }

  /** The one reader, where there is no other. */
  onlyReader(value: Value): Node | undefined {
    const readers = this.read.get(value);
    if (!(readers instanceof Set)) return readers;
    return readers.size === 1 ? readers.values().next().value : undefined;
  }
}

const noNodes: readonly Node[] = [];

/** Producers and readers in one graph. What a subgraph reads counts as read by its node. */
export class Uses {
  private readonly index = new UseIndex();
  private readonly lists = new Map<Value, readonly Node[]>();
  private readonly positions = new Map<Node, number>();
  private readonly returned: ReadonlySet<Value>;

  constructor({ nodes, outputs }: Pick<Graph, 'nodes' | 'outputs'>) {
    this.returned = new Set(outputs);
    for (let position = 0; position < nodes.length; position++) {
      const node = nodes[position]!;
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
