/** Who makes and who reads what, by the places of nodes: looked up once for all questions about cuts. */
import type { Graph, Value } from '../ir/graph.js';
import { readBy, Uses } from '../ir/uses.js';

export class DataFlow {
  /** By the node's place: what it reads, what its subgraphs take from around them included. */
  readonly reads: readonly (readonly Value[])[];

  private readonly uses: Uses;

  constructor(readonly graph: Graph) {
    this.uses = new Uses(graph);
    this.reads = graph.nodes.map((node) => [...new Set(readBy(node))]);
  }

  /** The place of the node that makes the value; undefined for inputs and constants. */
  producerOf(value: Value): number | undefined {
    const node = this.uses.producer(value);
    return node && this.uses.position(node);
  }

  /** Whether the graph itself has the value, as opposed to one inside a subgraph or of another graph. */
  has(value: Value): boolean {
    const { constants, inputs } = this.graph;
    return this.uses.producer(value) !== undefined || constants.has(value) || inputs.includes(value);
  }
}

/** What values need: the way back from them. */
export interface Need {
  /** By the node's place. */
  readonly nodes: readonly boolean[];
  /** Everything on the way, the values asked for included; none of those where the way ends. */
  readonly values: ReadonlySet<Value>;
  /** Inputs of the graph that are reached. */
  readonly inputs: readonly Value[];
}

/** @param ends where the way back ends, as these values are given */
export function needOf(flow: DataFlow, to: readonly Value[], ends: { has(value: Value): boolean }): Need {
  const { graph, reads } = flow;
  const values = new Set<Value>();
  const add = (value: Value) => {
    if (!ends.has(value)) values.add(value);
  };
  for (const value of to) add(value);
  const nodes = new Array<boolean>(graph.nodes.length).fill(false);
  for (let place = nodes.length - 1; place >= 0; place--) {
    const { outputs } = graph.nodes[place]!;
    if (!outputs.some((output) => output !== undefined && values.has(output))) continue;
    nodes[place] = true;
    for (const value of reads[place]!) add(value);
  }
  return { nodes, values, inputs: graph.inputs.filter((input) => values.has(input)) };
}
