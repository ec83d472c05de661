/** Who makes and who reads the values of a graph. */
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from './graph.js';

/** What a node reads: its inputs, and what its subgraphs take from around them. */
export function* readBy(node: Node): Iterable<Value> {
  for (const input of node.inputs) if (input !== undefined) yield input;
  for (const { graph } of subgraphsOf(node)) yield* capturedValues(graph);
}

/** Of one graph, subgraphs apart: what these read is read by the node that has them. */
export class Uses {
  /** The node that makes each value, in the graph's order; inputs and constants have none. */
  readonly producers: ReadonlyMap<Value, Node>;
  private readonly read = new Map<Value, Node[]>();
  private readonly positions = new Map<Node, number>();
  private readonly returned: ReadonlySet<Value>;

  constructor({ nodes, outputs }: Pick<Graph, 'nodes' | 'outputs'>) {
    const producers = new Map<Value, Node>();
    this.producers = producers;
    this.returned = new Set(outputs);
    for (const [position, node] of nodes.entries()) {
      this.positions.set(node, position);
      for (const value of node.outputs) if (value !== undefined) producers.set(value, node);
      for (const value of readBy(node)) {
        const readers = this.read.get(value);
        if (readers === undefined) this.read.set(value, [node]);
        else if (readers.at(-1) !== node) readers.push(node);
      }
    }
  }

  producer(value: Value | undefined): Node | undefined {
    return value && this.producers.get(value);
  }

  /** Each once, in the graph's order. */
  readers(value: Value): readonly Node[] {
    return this.read.get(value) ?? [];
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
