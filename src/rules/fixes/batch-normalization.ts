/** Folds BatchNormalization into the layer before it with the compiler's pass. */
import { infer } from '../../infer/infer.js';
import { type Constant, type Graph, type Node, Value } from '../../ir/graph.js';
import { foldBatchNormalization } from '../../passes/fold-batch-normalization.js';
import { type Facts, factsOf } from '../facts.js';
import { foldingLayer } from '../waste/batch-normalization.js';
import { deadNodes } from '../waste/unused.js';
import type { Fix } from './fix.js';
import { without } from './unused.js';

export const foldNormalizations: Fix = {
  codes: ['US1501'],
  keepsEveryBit: false,
  isOptional: true,
  apply({ model }) {
    const facts = factsOf(model);
    const own = new Set(model.graph.nodes);
    const pairs = model.graph.nodes.flatMap((node) => {
      const layer = foldingLayer(node, facts);
      return layer !== undefined && own.has(layer) ? [{ node, layer }] : [];
    });
    if (pairs.length === 0) return { model, changes: [] };
    const source = withInitializers(
      model.graph,
      pairs.flatMap(({ node, layer }) => [node, layer]),
      facts,
    );
    const folded = foldBatchNormalization.run(source, infer(source)).graph;
    const left = new Set(
      folded.nodes.map(({ outputs, opType }) => (opType === 'BatchNormalization' ? outputs[0] : undefined)),
    );
    const changes = pairs
      .filter(({ node }) => !left.has(node.outputs[0]))
      .map(({ node, layer }) => ({
        code: 'US1501' as const,
        node,
        text: `folded into ${layer.name === '' ? layer.opType : layer.name}`,
      }));
    if (changes.length === 0) return { model, changes };
    return { model: { ...model, graph: withoutLeftovers(folded, model.graph) }, changes };
  },
};

/** The graph with the parameters of `nodes` as initializers of its own, which the pass wants. */
function withInitializers(graph: Graph, nodes: readonly Node[], facts: Facts): Graph {
  const constants = new Map<Value, Constant>(graph.constants);
  const moved = new Map<Value, Value>();
  for (const input of nodes.flatMap(({ inputs }) => inputs)) {
    if (input === undefined || constants.has(input) || moved.has(input)) continue;
    const constant = facts.constant(input);
    if (constant === undefined) continue;
    const value = new Value(`${input.name}/value`);
    moved.set(input, value);
    constants.set(value, constant);
  }
  if (moved.size === 0) return graph;
  const touched = new Set(nodes);
  const replaced = graph.nodes.map((node) =>
    touched.has(node) ? { ...node, inputs: node.inputs.map((input) => (input && moved.get(input)) ?? input) } : node,
  );
  return { ...graph, nodes: replaced, constants };
}

/** Removes the constants, and the nodes that produced them, that are unread because of the fold. */
function withoutLeftovers(graph: Graph, before: Graph): Graph {
  const wereDead = new Set(deadNodes(before));
  const dead = new Set(deadNodes(graph).filter((node) => !wereDead.has(node)));
  const nodes = graph.nodes.filter((node) => !dead.has(node));
  const facts = factsOf({ graph: { ...graph, nodes } });
  const readBefore = factsOf({ graph: before });
  const unread = new Set(
    [...graph.constants.keys()].filter(
      (value) =>
        facts.readers(value).size === 0 &&
        !facts.isOutput(value) &&
        (readBefore.readers(value).size > 0 || !before.constants.has(value)),
    ),
  );
  return { ...graph, nodes, constants: without(graph, unread) };
}
