/** What nothing needs any more after a rewrite. */
import { type Graph, type Model, subgraphsOf, type Value } from '../../ir/graph.js';
import { rewriteGraphs } from '../../ir/rewrite-graphs.js';
import { factsOf } from '../facts.js';
import { deadNodes } from '../waste/unused.js';
import { without } from './unused.js';

/** Without the nodes and initializers that nothing needs, except those that nothing needed in `before`. */
export function withoutLeftovers(model: Model, before: Model): Model {
  if (model.graph === before.graph) return model;
  const wereDead = new Set<Value | undefined>(
    factsOf(before).graphs.flatMap((graph) => deadNodes(graph).map(({ outputs }) => outputs[0])),
  );
  const alive = rewriteGraphs(model, (graph) => {
    const dead = new Set(deadNodes(graph).filter(({ outputs }) => !wereDead.has(outputs[0])));
    return dead.size === 0 ? graph : { ...graph, nodes: graph.nodes.filter((node) => !dead.has(node)) };
  });
  const facts = factsOf(alive);
  const earlier = factsOf(before);
  const stored = storedIn(before.graph);
  return rewriteGraphs(alive, (graph) => {
    const unread = new Set(
      [...graph.constants.keys()].filter(
        (value) =>
          facts.readers(value).size === 0 &&
          !facts.isOutput(value) &&
          (earlier.readers(value).size > 0 || !stored.has(value)),
      ),
    );
    return unread.size === 0 ? graph : { ...graph, constants: without(graph, unread) };
  });
}

function storedIn({ constants, nodes }: Graph): Set<Value> {
  const inner = nodes.flatMap(subgraphsOf).flatMap(({ graph }) => [...storedIn(graph)]);
  return new Set([...constants.keys(), ...inner]);
}
