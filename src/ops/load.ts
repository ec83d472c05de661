/** Loads the operators of a graph. */
import { type Graph, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { hasLaterReference, laterReferences } from './later-references.js';
import type { Operator } from './operator.js';
import { families as familyNames, namesIn } from './operator-names.js';
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

/** Frequent operators that come by themselves where a model has no others. */
export const families: readonly {
  readonly names: readonly string[];
  load(): Promise<{ readonly operators: readonly Operator[] }>;
}[] = [
  { names: namesIn(familyNames.functions), load: () => import('./functions.js') },
  { names: namesIn(familyNames.products), load: () => import('./products.js') },
  { names: namesIn(familyNames.resampled), load: () => import('./resampled.js') },
];

async function loadRegistered(graph: Graph): Promise<void> {
  if (isKnown(graph)) return;
  const missing = new Set(missingIn(graph));
  const needed = families.filter(({ names }) => names.some((name) => missing.has(name)));
  const loaded = new Set(needed.flatMap(({ names }) => names));
  if ([...missing].every((name) => loaded.has(name))) {
    for (const { operators } of await Promise.all(needed.map(({ load }) => load()))) registerOperators(operators);
    return;
  }
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

/** Names of operators that are not registered; those of other domains with it. */
function* missingIn({ nodes }: Graph): Iterable<string> {
  for (const node of nodes) {
    if (findOperator(node) === undefined) yield isStandard(node) ? node.opType : `${node.domain}:${node.opType}`;
    for (const { graph } of subgraphsOf(node)) yield* missingIn(graph);
  }
}

function isStandard({ domain }: Node): boolean {
  return domain === '' || domain === 'ai.onnx';
}

function isKnown({ nodes }: Graph): boolean {
  return nodes.every(
    (node) => findOperator(node) !== undefined && subgraphsOf(node).every((subgraph) => isKnown(subgraph.graph)),
  );
}
