/** Folds BatchNormalization into the layer before it with the compiler's pass. */
import { infer } from '../../infer/infer.js';
import { type Constant, type Graph, type Node, Value } from '../../ir/graph.js';
import { foldBatchNormalization } from '../../passes/fold-batch-normalization.js';
import { type Facts, factsOf } from '../facts.js';
import { foldingLayer } from '../waste/batch-normalization.js';
import type { Fix } from './fix.js';
import { withoutLeftovers } from './leftovers.js';

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
    return { model: withoutLeftovers({ ...model, graph: folded }, model), changes };
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
