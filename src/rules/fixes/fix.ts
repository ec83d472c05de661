/** A fix: a rewrite of the model that removes a code's findings and keeps what the model computes. */
import type { DiagnosticCode } from '../../diagnostics.js';
import type { Model, Node } from '../../ir/graph.js';
import { rewriteGraphs } from '../../ir/rewrite-graphs.js';
import type { RuleContext } from '../rule.js';

export interface Change {
  /** What it fixes; undefined where the model is moved to another operator set. */
  readonly code?: DiagnosticCode | undefined;
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

/** Replaces nodes in all graphs. They must not have subgraphs. */
export function replaceNodes(model: Model, replacements: ReadonlyMap<Node, Node>): Model {
  if (replacements.size === 0) return model;
  return rewriteGraphs(model, (graph) => {
    if (!graph.nodes.some((node) => replacements.has(node))) return graph;
    return { ...graph, nodes: graph.nodes.map((node) => replacements.get(node) ?? node) };
  });
}
