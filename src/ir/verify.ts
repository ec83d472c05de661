/** The graph's invariants, as IR.md states them, which every pass must keep. */
import { formatNode } from '../diagnostics.js';
import { type Graph, subgraphsOf, type Value } from './graph.js';

/**
 * Violations of the invariants, in words: every value is defined once, before it is read, as an input, a constant or an
 * output of a node, and every output of the graph is defined. Empty if all hold.
 * @param outer values that a subgraph may read from outer scopes
 */
export function verify(graph: Graph, outer: ReadonlySet<Value> = new Set()): string[] {
  const faults: string[] = [];
  const made = new Set<Value>(outer);
  const make = (value: Value, who: string) => {
    if (made.has(value)) faults.push(`${who} makes '${value.name}' a second time`);
    made.add(value);
  };
  for (const input of graph.inputs) make(input, 'the graph');
  for (const value of graph.constants.keys()) make(value, 'a constant');
  for (const node of graph.nodes) {
    const who = formatNode(node);
    for (const input of node.inputs) {
      if (input !== undefined && !made.has(input)) faults.push(`${who} reads '${input.name}' before it is made`);
    }
    for (const { attribute, graph: inner } of subgraphsOf(node)) {
      for (const fault of verify(inner, made)) faults.push(`${who}, ${attribute}: ${fault}`);
    }
    for (const output of node.outputs) if (output !== undefined) make(output, who);
  }
  for (const output of graph.outputs) {
    if (!made.has(output)) faults.push(`the output '${output.name}' is never made`);
  }
  return faults;
}
