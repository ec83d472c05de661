/** Loads the operators of a graph. */
import { type Graph, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { hasLaterReference, laterReferences } from './later-references.js';
import { findOperator, registerOperators } from './registry.js';

/** Afterwards every operator of the graph that exists is registered, and so are the references of what is computed ahead. */
export async function loadOperators(graph: Graph): Promise<void> {
  await loadRegistered(graph);
  if (!laterReferences.isLoaded && computesAhead(graph, new Set())) await laterReferences.fetch();
}

/** Whether a node whose reference comes later may have nothing but constants to compute with. @param known values that are */
function computesAhead({ constants, nodes }: Graph, known: Set<Value>): boolean {
  for (const value of constants.keys()) known.add(value);
  return nodes.some((node) => {
    const isKnownNode = tellsSizes(node) || node.inputs.every((value) => value === undefined || known.has(value));
    const operator = findOperator(node);
    if (isKnownNode && operator !== undefined && hasLaterReference(operator)) return true;
    if (isKnownNode) for (const output of node.outputs) if (output !== undefined) known.add(output);
    return subgraphsOf(node).some(({ graph }) => computesAhead(graph, known));
  });
}

/** What these make may be known without what they read. */
function tellsSizes({ domain, opType }: Node): boolean {
  return domain === '' && (opType === 'Shape' || opType === 'Size');
}

async function loadRegistered(graph: Graph): Promise<void> {
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
