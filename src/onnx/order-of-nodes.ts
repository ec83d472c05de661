/** Whether nodes are in topological order, as nearly all files have them. */
import { capturedValues, type Node, subgraphsOf, type Value } from '../ir/graph.js';

export function isSorted(nodes: readonly Node[]): boolean {
  const read = new Set<Value | undefined>();
  for (const node of nodes) {
    for (const input of node.inputs) read.add(input);
    for (const { graph } of subgraphsOf(node)) for (const value of capturedValues(graph)) read.add(value);
    for (const output of node.outputs) if (output !== undefined && read.has(output)) return false;
  }
  return true;
}

/** For each node those that make what it reads. */
export function dependenciesOf(nodes: readonly Node[]): readonly ReadonlySet<number>[] {
  const producers = new Map<Value, number>();
  nodes.forEach((node, i) => {
    for (const output of node.outputs) if (output !== undefined) producers.set(output, i);
  });
  return nodes.map((node) => new Set(producersOf(node, producers)));
}

function* producersOf(node: Node, producers: ReadonlyMap<Value, number>): Iterable<number> {
  const values: (Value | undefined)[] = [...node.inputs];
  for (const { graph } of subgraphsOf(node)) values.push(...capturedValues(graph));
  for (const value of values) {
    const producer = value && producers.get(value);
    if (producer !== undefined) yield producer;
  }
}
