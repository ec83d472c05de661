/** Names of nodes: what reports, profilers and diffs call a layer. */
import { formatNode } from '../../diagnostics.js';
import type { Node } from '../../ir/graph.js';
import { factsOf } from '../facts.js';
import { defineRule } from '../rule.js';

/** Constant nodes are weights, which nothing refers to by node name. */
export function isNameless({ name, opType, domain }: Node): boolean {
  return name === '' && !(opType === 'Constant' && domain === '');
}

export const unnamedNodes = defineRule({
  code: 'US1601',
  explanation: {
    meaning: 'Nodes of the graph have no name.',
    reason:
      'Names are optional in ONNX. Without them messages, profiles and comparisons of two exports can only count nodes, and a count changes with every node that is added before it.',
    bad: 'y = Conv (x, w)',
    good: '[down1/conv] y = Conv (x, w)',
    remedy:
      'Export with names (all current exporters write them), or let `unstride fix` name nodes after their operator and what they make.',
  },
  data: { count: 'integer', first: 'string' },
  words: ({ count, first }) => ({
    message: `${count} ${count === 1 ? 'node has' : 'nodes have'} no name, the first is ${first}`,
    hint: 'unstride fix names them',
  }),
  *check({ model }) {
    const unnamed = [...factsOf(model).nodes()].filter(isNameless);
    const [first] = unnamed;
    if (first === undefined) return;
    yield { node: first, data: { count: unnamed.length, first: formatNode(first) } };
  },
});

export const repeatedNames = defineRule({
  code: 'US1602',
  explanation: {
    meaning: 'Several nodes have the same name.',
    reason:
      'A message or a profile that names the layer does not say which one. Tools that look nodes up by name (quantizers, partitioners, debuggers) take one of them, not always the same.',
    bad: '[conv] z = Conv (x, w1)\n[conv] y = Conv (z, w2)',
    good: '[conv] z = Conv (x, w1)\n[conv_1] y = Conv (z, w2)',
    remedy: 'Give every node its own name: `unstride fix` adds numbers.',
  },
  data: { name: 'string', count: 'integer', nodes: 'strings' },
  words: ({ name, count, nodes }) => ({
    value: name,
    message: `${count} nodes are named '${name}': ${nodes.join(', ')}${count > 4 ? ', …' : ''}`,
    hint: 'unstride fix numbers them',
  }),
  *check({ model }) {
    const byName = new Map<string, Node[]>();
    for (const node of factsOf(model).nodes()) {
      if (node.name === '') continue;
      const others = byName.get(node.name);
      if (others === undefined) byName.set(node.name, [node]);
      else others.push(node);
    }
    for (const [name, nodes] of byName) {
      if (nodes.length < 2) continue;
      yield {
        node: nodes[1],
        data: { name, count: nodes.length, nodes: nodes.slice(0, 4).map(({ opType, index }) => `${opType} #${index}`) },
      };
    }
  },
});
