/** A fix: a rewrite of the model that removes a code's findings and keeps what the model computes. */
import type { DiagnosticCode } from '../../diagnostics.js';
import type { Graph, Model, Node } from '../../ir/graph.js';
import type { RuleContext } from '../rule.js';

export interface Change {
  readonly code: DiagnosticCode;
  /** The node as it was. */
  readonly node?: Node | undefined;
  readonly text: string;
  /** The node that replaces it and must compute the same. */
  readonly replacement?: Node;
}

export interface Fixed {
  readonly model: Model;
  /** Empty if the model is unchanged. */
  readonly changes: readonly Change[];
}

export interface Fix {
  readonly codes: readonly DiagnosticCode[];
  /** False if results may change by rounding. */
  readonly keepsEveryBit: boolean;
  /** Applied only if one of its codes is selected by name, because it rounds or may remove something intended. */
  readonly isOptional?: boolean;
  apply(context: RuleContext, codes: ReadonlySet<DiagnosticCode>): Fixed;
}

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

/** Replaces nodes in all graphs. They must not have subgraphs. */
export function replaceNodes(model: Model, replacements: ReadonlyMap<Node, Node>): Model {
  if (replacements.size === 0) return model;
  return rewriteGraphs(model, (graph) => {
    if (!graph.nodes.some((node) => replacements.has(node))) return graph;
    return { ...graph, nodes: graph.nodes.map((node) => replacements.get(node) ?? node) };
  });
}
