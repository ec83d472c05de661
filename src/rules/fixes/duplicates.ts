/** One initializer in place of several with the same content. */
import type { Value } from '../../ir/graph.js';
import { rewriteGraphs } from '../../ir/rewrite-graphs.js';
import { factsOf } from '../facts.js';
import { sameInitializers } from '../waste/duplicates.js';
import type { Change, Fix } from './fix.js';
import { without } from './unused.js';

export const mergeInitializers: Fix = {
  codes: ['US1505'],
  keepsEveryBit: true,
  apply({ model }) {
    const facts = factsOf(model);
    const kept = new Map<Value, Value>();
    const changes: Change[] = [];
    for (const graph of facts.graphs) {
      for (const [first, ...others] of sameInitializers(graph)) {
        for (const other of others) {
          // Outputs of the graph keep their name.
          if (facts.isOutput(other)) continue;
          kept.set(other, first!);
          changes.push({ code: 'US1505', text: `'${other.name}' is '${first!.name}' now` });
        }
      }
    }
    if (kept.size === 0) return { model, changes };
    const merged = new Set(kept.keys());
    const rewritten = rewriteGraphs(model, (graph) => ({
      ...graph,
      constants: without(graph, merged),
      nodes: graph.nodes.map((node) =>
        node.inputs.some((input) => input !== undefined && merged.has(input))
          ? { ...node, inputs: node.inputs.map((input) => (input && kept.get(input)) ?? input) }
          : node,
      ),
    }));
    return { model: rewritten, changes };
  },
};
