/** Rewrites a model's graph together with those inside its nodes. */
import type { Graph, Model, Node } from './graph.js';

/**
 * Applies `rewrite` to the model's graph and those inside nodes, inner ones first. Unchanged parts stay the same
 * objects.
 */
export function rewriteGraphs(model: Model, rewrite: (graph: Graph) => Graph): Model {
  const visit = (graph: Graph): Graph => {
    const nodes = graph.nodes.map((node) => withSubgraphs(node, visit));
    const isSame = nodes.every((node, i) => node === graph.nodes[i]);
    return rewrite(isSame ? graph : { ...graph, nodes });
  };
  const graph = visit(model.graph);
  return graph === model.graph ? model : { ...model, graph };
}

function withSubgraphs(node: Node, visit: (graph: Graph) => Graph): Node {
  let isChanged = false;
  const attributes = new Map(node.attributes);
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'graph') {
      const value = visit(attribute.value);
      if (value === attribute.value) continue;
      isChanged = true;
      attributes.set(name, { ...attribute, value });
    } else if (attribute.kind === 'graphs') {
      const value = attribute.value.map(visit);
      if (value.every((graph, i) => graph === attribute.value[i])) continue;
      isChanged = true;
      attributes.set(name, { ...attribute, value });
    }
  }
  return isChanged ? { ...node, attributes } : node;
}
