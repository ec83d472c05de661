/** Operators that are others plus something, such as a convolution with its activation, become these others. */
import { formatNode } from '../diagnostics.js';
import type { Node } from '../ir/graph.js';
import { GraphEditor } from '../ir/graph-editor.js';
import { Expansion } from '../ops/expansion.js';
import { expansionFacts } from '../ops/expansion-facts.js';
import type { Pass } from './pass.js';

/** Nodes in bodies of If, Loop and Scan stay: bodies run by references, which the operator has as well as its parts. */
export const expandOperators: Pass = {
  name: 'expand-operators',
  readsTypes: true,
  run(graph, inference) {
    const expandable = graph.nodes.filter((node) => inference.operators.get(node)?.operator.expands);
    if (expandable.length === 0) return { graph, notes: [] };
    const editor = new GraphEditor(graph);
    const facts = expansionFacts(graph, inference, editor);
    const notes = expandable.map((node) => {
      const expansion = new Expansion(node, facts);
      const reason = inference.operators.get(node)!.expand(expansion);
      if (reason !== undefined) return `${formatNode(node)} stays: ${reason}`;
      editor.replace(node, ...expansion.nodes);
      return `${formatNode(node)} becomes ${operatorsOf(expansion.nodes)}`;
    });
    return { graph: editor.finish(), notes };
  },
};

function operatorsOf(nodes: readonly Node[]): string {
  return nodes.map(({ opType }) => opType).join(', ');
}
