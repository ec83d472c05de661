/** The order in which references compute a graph, as plain data: its nodes, and the values that are released after each. */
import type { Graph, Node, Value } from '../ir/graph.js';
import { readBy } from '../ir/uses.js';

export interface ScheduledNode {
  readonly node: Node;
  /** Values that no later node reads and that the graph does not return. */
  readonly releases: readonly Value[];
}

export interface ReferenceSchedule {
  readonly graph: Graph;
  readonly steps: readonly ScheduledNode[];
}

/** The nodes in the graph's topological order, each value released after its last reader. */
export function scheduleReferences(graph: Graph): ReferenceSchedule {
  const keep = new Set<Value>(graph.outputs);
  const releases = graph.nodes.map((): Value[] => []);
  const seen = new Set<Value>();
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    for (const value of [...readBy(node), ...node.outputs]) {
      if (value === undefined || keep.has(value) || seen.has(value)) continue;
      seen.add(value);
      releases[i]!.push(value);
    }
  }
  return { graph, steps: graph.nodes.map((node, i) => ({ node, releases: releases[i]! })) };
}
