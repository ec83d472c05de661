/** Loads the operators of a graph. */
import { type Graph, subgraphsOf } from '../ir/graph.js';
import { findOperator, registerOperators } from './registry.js';

/** Afterwards every operator of the graph that exists is registered. */
export async function loadOperators(graph: Graph): Promise<void> {
  if (isKnown(graph)) return;
  await loadFrequentOperators();
  if (isKnown(graph)) return;
  // They expand to frequent ones.
  const { rareOperators } = await import('./rare.js');
  registerOperators(rareOperators);
  if (isKnown(graph)) return;
  // They expand to rare ones.
  const { microsoftOperators } = await import('./microsoft.js');
  registerOperators(microsoftOperators);
}

/** For what makes nodes of them in graphs that have none. */
export async function loadFrequentOperators(): Promise<void> {
  const { frequentOperators } = await import('./frequent.js');
  registerOperators(frequentOperators);
}

/** The same for those that other operators expand to. */
export async function loadRareOperators(): Promise<void> {
  const [{ frequentOperators }, { rareOperators }] = await Promise.all([import('./frequent.js'), import('./rare.js')]);
  registerOperators([...frequentOperators, ...rareOperators]);
}

function isKnown({ nodes }: Graph): boolean {
  return nodes.every(
    (node) => findOperator(node) !== undefined && subgraphsOf(node).every((subgraph) => isKnown(subgraph.graph)),
  );
}
