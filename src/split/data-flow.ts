/** Producers and readers of values, by the indices of nodes; built once for all questions about cuts. */
import type { Graph, Value } from '../ir/graph.js';
import { readBy, Uses } from '../ir/uses.js';

export class DataFlow {
  /** By node index: the values that it reads, including those that its subgraphs take from outer scopes. */
  readonly reads: readonly (readonly Value[])[];

  private readonly uses: Uses;

  constructor(readonly graph: Graph) {
    this.uses = new Uses(graph);
    this.reads = graph.nodes.map((node) => [...new Set(readBy(node))]);
  }

  /** The index of the node that produces the value; undefined for inputs and constants. */
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

/** Everything that values are computed from. */
export interface Need {
  /** By node index. */
  readonly nodes: readonly boolean[];
  /** All values on the way back, including those that were asked for and excluding those where the way ends. */
  readonly values: ReadonlySet<Value>;
  /** Inputs of the graph that are reached. */
  readonly inputs: readonly Value[];
}

/** @param ends values that are given, at which the way back ends */
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
