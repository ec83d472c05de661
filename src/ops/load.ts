/** Loads the operators of a graph. */
import { type Graph, subgraphsOf } from '../ir/graph.js';
import { findOperator, registerOperators } from './registry.js';

/** Afterwards every operator of the graph that exists is registered. */
export async function loadOperators(graph: Graph): Promise<void> {
  if (isKnown(graph)) return;
  const { rareOperators } = await import('./rare.js');
  registerOperators(rareOperators);
  if (isKnown(graph)) return;
  // They expand to rare ones.
  const { microsoftOperators } = await import('./microsoft.js');
  registerOperators(microsoftOperators);
}

function isKnown({ nodes }: Graph): boolean {
  return nodes.every(
    (node) => findOperator(node) !== undefined && subgraphsOf(node).every((subgraph) => isKnown(subgraph.graph)),
  );
}
