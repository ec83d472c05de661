/** Unused parts of a model. */
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from '../../ir/graph.js';
import { factsOf } from '../facts.js';
import { defineRule } from '../rule.js';

/** Nodes that no output of the graph depends on. */
export function deadNodes(graph: Graph): Node[] {
  const needed = new Set<Value>(graph.outputs);
  const dead: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => output !== undefined && needed.has(output))) {
      dead.push(node);
      continue;
    }
    for (const input of node.inputs) if (input !== undefined) needed.add(input);
    for (const { graph: inner } of subgraphsOf(node)) for (const value of capturedValues(inner)) needed.add(value);
  }
  return dead.reverse();
}

export const deadNode = defineRule({
  code: 'US1503',
  explanation: {
    meaning: 'No output of the graph depends on the node.',
    reason:
      'It is computed for nothing by tools that do not remove it, and it can make a model fail for an operator that nobody needs. Auxiliary heads of a training graph and arithmetic on shapes are left behind this way; an output that was forgotten looks the same.',
    bad: 'mask = Sigmoid (logits)\naux = Conv (features, w_aux)     # nothing reads aux',
    good: 'mask = Sigmoid (logits)',
    remedy:
      'Remove the node (`unstride fix` does), or make its result an output of the graph if it was meant to be one.',
  },
  data: {},
  words: () => ({ message: 'no output of the graph depends on this node', hint: 'unstride fix removes it' }),
  *check({ model }) {
    for (const graph of factsOf(model).graphs) {
      for (const node of deadNodes(graph)) {
        yield { node, data: {} };
      }
    }
  },
});

/** Initializers that no node reads and no graph returns. */
export function* unreadInitializers(graph: Graph, isRead: (value: Value) => boolean): Iterable<Value> {
  for (const value of graph.constants.keys()) if (!isRead(value)) yield value;
}

export const unreadInitializer = defineRule({
  code: 'US1504',
  explanation: {
    meaning: 'A node of the graph reads the initializer nowhere, and the graph does not return it.',
    reason:
      'It makes the file larger and is loaded for nothing. num_batches_tracked and the weights of removed heads are left behind this way; a layer that was renamed on one side only looks the same.',
    bad: 'initializer: w, w_of_a_removed_head\ny = Conv (x, w)',
    good: 'initializer: w\ny = Conv (x, w)',
    remedy: 'Remove it: `unstride fix` does.',
  },
  data: { name: 'string', type: 'string', shape: 'shape', bytes: 'integer' },
  words: ({ name, type, shape, bytes }) => ({
    value: name,
    message: `nothing reads the initializer '${name}', ${type}[${shape.join(', ')}], ${bytes} bytes`,
    hint: 'unstride fix removes it',
  }),
  *check({ model }) {
    const facts = factsOf(model);
    for (const graph of facts.graphs) {
      for (const value of unreadInitializers(graph, (item) => facts.isOutput(item) || facts.readers(item).size > 0)) {
        const { byteLength, type, dims } = graph.constants.get(value)!;
        yield { data: { name: value.name, type, shape: dims, bytes: byteLength } };
      }
    }
  },
});
