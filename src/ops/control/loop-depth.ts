import { type Graph, subgraphsOf } from '../../ir/graph.js';

/** The deepest nesting of loops in the graph. */
export function loopDepth(graph: Graph): number {
  let deepest = 0;
  for (const node of graph.nodes) {
    for (const { graph: inner } of subgraphsOf(node)) {
      deepest = Math.max(deepest, loopDepth(inner) + (node.opType === 'Loop' ? 1 : 0));
    }
  }
  return deepest;
}
