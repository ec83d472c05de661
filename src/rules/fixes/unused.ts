/** Removes what nothing needs: nodes, initializers, attributes. */
import type { Graph, Node, Value } from '../../ir/graph.js';
import { rewriteGraphs } from '../../ir/rewrite-graphs.js';
import { factsOf } from '../facts.js';
import { deadNodes, unreadInitializers } from '../waste/unused.js';
import { type Change, type Fix, replaceNodes } from './fix.js';

export const removeDeadNodes: Fix = {
  codes: ['US1503'],
  keepsEveryBit: true,
  apply({ model }) {
    const changes: Change[] = [];
    const rewritten = rewriteGraphs(model, (graph) => {
      const dead = new Set(deadNodes(graph));
      if (dead.size === 0) return graph;
      for (const node of dead) changes.push({ code: 'US1503', node, text: 'removed' });
      return { ...graph, nodes: graph.nodes.filter((node) => !dead.has(node)) };
    });
    return { model: rewritten, changes };
  },
};

export const removeUnreadInitializers: Fix = {
  codes: ['US1504'],
  keepsEveryBit: true,
  apply({ model }) {
    const facts = factsOf(model);
    const changes: Change[] = [];
    const rewritten = rewriteGraphs(model, (graph) => {
      const unread = new Set(
        unreadInitializers(graph, (value) => facts.isOutput(value) || facts.readers(value).size > 0),
      );
      if (unread.size === 0) return graph;
      for (const { name } of unread) changes.push({ code: 'US1504', text: `initializer '${name}' removed` });
      return { ...graph, constants: without(graph, unread) };
    });
    return { model: rewritten, changes };
  },
};

export function without(graph: Graph, values: ReadonlySet<Value>): Graph['constants'] {
  return new Map([...graph.constants].filter(([value]) => !values.has(value)));
}

export const removeUnreadAttributes: Fix = {
  codes: ['US1301'],
  keepsEveryBit: true,
  isOptional: true,
  apply({ model, inference }) {
    const replacements = new Map<Node, Node>();
    const changes: Change[] = [];
    for (const node of factsOf(model).nodes()) {
      const names = inference.operators.get(node)?.unread.flatMap(({ value }) => value ?? []) ?? [];
      const holdsGraphs = [...node.attributes.values()].some(({ kind }) => kind === 'graph' || kind === 'graphs');
      if (names.length === 0 || holdsGraphs) continue;
      const attributes = new Map([...node.attributes].filter(([name]) => !names.includes(name)));
      replacements.set(node, { ...node, attributes });
      changes.push({ code: 'US1301', node, text: `${names.join(', ')} removed` });
    }
    return { model: replaceNodes(model, replacements), changes };
  },
};
