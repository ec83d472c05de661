/** Removes nodes and constants that no output depends on. */
import { formatNode } from '../diagnostics.js';
import { capturedValues, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import type { Pass } from './pass.js';

export const removeDead: Pass = {
  name: 'remove-dead',
  readsTypes: false,
  keepsTypes: true,
  run(graph) {
    const needed = new Set<Value>(graph.outputs);
    const nodes: Node[] = [];
    const notes: string[] = [];
    for (let i = graph.nodes.length - 1; i >= 0; i--) {
      const node = graph.nodes[i]!;
      if (!node.outputs.some((output) => output !== undefined && needed.has(output))) {
        notes.push(`${formatNode(node)} is not needed`);
        continue;
      }
      nodes.push(node);
      for (const input of node.inputs) if (input !== undefined) needed.add(input);
      for (const { graph: inner } of subgraphsOf(node)) for (const value of capturedValues(inner)) needed.add(value);
    }
    const constants = new Map([...graph.constants].filter(([value]) => needed.has(value)));
    const isWhole = nodes.length === graph.nodes.length && constants.size === graph.constants.size;
    return { graph: isWhole ? graph : { ...graph, nodes: nodes.reverse(), constants }, notes: notes.reverse() };
  },
};
