import type { Graph, Node, Value } from '../ir/graph.js';

/** The node that makes each value of the graph, subgraphs apart, in graph order. */
export function makersOf(graph: Graph): Map<Value, Node> {
  const makers = new Map<Value, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== undefined) makers.set(output, node);
  }
  return makers;
}
