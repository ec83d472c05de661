/** Repairs nodes that do not fit their operator, and writes models for other operator sets. */

import type { DiagnosticCode } from '../diagnostics.js';
import { type Inference, infer } from '../infer/infer.js';
import type { Graph, Model, Node } from '../ir/graph.js';
import { rewriteGraphs } from '../ir/rewrite-graphs.js';
import { frequentOperators } from '../ops/frequent.js';
import { registerOperators } from '../ops/registry.js';
import { castInputs } from './cast-inputs.js';
import { type Conversion, convertModel } from './convert-model.js';
import { fittingSet } from './fitting-set.js';
import { ModelSurroundings } from './model-surroundings.js';

/** What a node is refused for that another set's form of it, or other types of its constants, would repair. */
export const repairedCodes: readonly DiagnosticCode[] = ['US1210', 'US1301', 'US1302', 'US1306', 'US1307'];

export interface Repair {
  readonly code: DiagnosticCode;
  readonly node: Node;
  readonly text: string;
}

/** A model whose nodes fit, each in a set of its own. */
export interface Understood {
  readonly model: Model;
  readonly inference: Inference;
  /** Constants that were cast. */
  readonly casts: readonly Repair[];
  /** Nodes that were written for another set than the model imports, by the values that they make, and why that is known. */
  readonly foreign: ReadonlyMap<Node, { readonly original: Node; readonly code: DiagnosticCode }>;
}

/**
 * The model as it must have been meant: nodes that fit another operator set than the one that is imported are of that
 * set, and constants have the types that their operators take. What it computes is what repairs and conversions keep.
 */
export function understand(model: Model, inference: Inference, codes: ReadonlySet<DiagnosticCode>): Understood {
  registerOperators(frequentOperators);
  const foreign = new Map<Node, { readonly original: Node; readonly code: DiagnosticCode }>();
  const around = new ModelSurroundings(model, inference);
  const settled = rewriteNodes(model, (node) => {
    const fitting = fittingSet(node, around);
    const code = repairedCodes.find((item) => item === fitting?.code);
    if (fitting === undefined || code === undefined || !codes.has(code)) return [node];
    const meant = { ...node, opset: fitting.opset };
    foreign.set(meant, { original: node, code });
    return [meant];
  });
  const casts: Repair[] = [];
  if (!codes.has('US1210')) return { model: settled, inference: reinfer(settled, model, inference), casts, foreign };
  const types = reinfer(settled, model, inference);
  const known = new ModelSurroundings(settled, types);
  const cast = rewriteNodes(
    settled,
    (node) => {
      const made = castInputs(node, known);
      if (made === undefined) return [node];
      const last = made.nodes.at(-1)!;
      const of = foreign.get(node);
      if (of !== undefined) foreign.set(last, of);
      for (const text of made.texts) casts.push({ code: 'US1210', node: of?.original ?? node, text });
      return made.nodes;
    },
    known,
  );
  return { model: cast, inference: reinfer(cast, settled, types), casts, foreign };
}

function reinfer({ graph }: Model, before: Model, inference: Inference): Inference {
  return graph === before.graph ? inference : infer(graph);
}

function rewriteNodes(
  model: Model,
  rewrite: (node: Node) => readonly Node[],
  around?: Pick<ModelSurroundings, 'takeConstants'>,
): Model {
  return rewriteGraphs(model, (graph): Graph => {
    const nodes = graph.nodes.flatMap(rewrite);
    const added = around?.takeConstants();
    if (nodes.length === graph.nodes.length && nodes.every((node, i) => node === graph.nodes[i])) return graph;
    return { ...graph, nodes, constants: new Map([...graph.constants, ...(added ?? [])]) };
  });
}

/**
 * The model that was understood, for the operator set `opset`; nodes that cannot be written for it are as they were.
 * @param which all nodes, or those that were written for another set than the model imports
 */
export function settle({ model, inference, foreign }: Understood, opset: number, which: 'all' | 'foreign'): Conversion {
  const isWanted = (node: Node) => which === 'all' || foreign.has(node);
  const { refused, ...conversion } = convertModel(model, opset, inference, isWanted);
  const stays = new Set(refused.map(({ node }) => node));
  const restored = rewriteNodes(conversion.model, (node) => {
    const original = stays.has(node) ? foreign.get(node)?.original : undefined;
    return [original === undefined ? node : { ...node, opset: original.opset }];
  });
  return { ...conversion, model: restored, refused };
}
