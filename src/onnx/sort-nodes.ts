/** Sorts nodes topologically, changing their order as little as possible. */
import { defineProblem, formatNode, type Problem } from '../diagnostics.js';
import type { Node } from '../ir/graph.js';
import { dependenciesOf } from './order-of-nodes.js';

/** The most nodes that a message names. */
const maxShown = 8;

export interface SortedNodes {
  readonly nodes: readonly Node[];
  readonly problems: readonly Problem[];
}

const nodesInCircle = defineProblem('US1105', { count: 'integer', nodes: 'strings' }, ({ count, nodes }) => ({
  message:
    count === 1
      ? `${nodes[0]} reads what it makes itself`
      : `${count} nodes are in a circle, each reading what the one before it makes: ${nodes.join(', ')}`,
}));

const notTopological = defineProblem('US1107', { node: 'string' }, ({ node }) => ({
  message: `the nodes are not in topological order: ${node} reads what a later node makes; they are sorted`,
}));

/** Of nodes that are not sorted. Stable: those that are in order keep their order. Nodes in a cycle are an error and come last. */
export function sortNodes(nodes: readonly Node[]): SortedNodes {
  const dependencies = dependenciesOf(nodes);
  const readers = nodes.map((): number[] => []);
  const waiting = dependencies.map((needs, i) => {
    for (const j of needs) readers[j]!.push(i);
    return needs.size;
  });
  const ready = new MinHeap();
  waiting.forEach((count, i) => {
    if (count === 0) ready.push(i);
  });
  const order: number[] = [];
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    order.push(i);
    for (const reader of readers[i]!) if (--waiting[reader]! === 0) ready.push(reader);
  }
  const sorted = order.map((i) => nodes[i]!);
  if (order.length < nodes.length) {
    const circle = circleIn(dependencies, waiting).map((i) => nodes[i]!);
    const names = circle.slice(0, maxShown).map(formatNode);
    if (circle.length > maxShown) names.push('…');
    return {
      nodes: [...sorted, ...nodes.filter((_, i) => waiting[i]! > 0)],
      problems: [nodesInCircle({ count: circle.length, nodes: names })],
    };
  }
  const first = dependencies.findIndex((needs, i) => [...needs].some((j) => j > i));
  return {
    nodes: sorted,
    problems: [notTopological({ node: formatNode(nodes[first]!) })],
  };
}

/** One cycle among the waiting nodes, in the order in which values would flow. */
function circleIn(dependencies: readonly ReadonlySet<number>[], waiting: readonly number[]): number[] {
  const path: number[] = [];
  const positions = new Map<number, number>();
  // Every waiting node depends on another waiting node, so the walk returns to a node that it has visited.
  let at = waiting.findIndex((count) => count > 0);
  while (!positions.has(at)) {
    positions.set(at, path.length);
    path.push(at);
    at = [...dependencies[at]!].find((i) => waiting[i]! > 0)!;
  }
  return path.slice(positions.get(at)!).reverse();
}

/** Returns the smallest number first. */
class MinHeap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]! <= item) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= last) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
