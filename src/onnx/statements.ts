/** A graph's nodes as a file is to have them: calls of functions in place of what they became, where that is untouched. */
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { type Call, keptOf } from './kept.js';

export interface StatementOptions {
  /** The file's own order, where the nodes are those that were read; otherwise the graph's, which is topological. */
  readonly inFileOrder: boolean;
  /** Whether the function that is called can be written. */
  mayCall(call: Call): boolean;
}

/**
 * A call is written where all nodes that it became are there as they were, and nothing else reads what they make for one
 * another. Nodes of other calls stay.
 */
export function statementsOf(graph: Graph, { inFileOrder, mayCall }: StatementOptions): readonly Node[] {
  const kept = keptOf(graph);
  const isAsRead = kept?.nodes === graph.nodes;
  const read = isAsRead && inFileOrder ? kept.statements : undefined;
  const calls = wholeCalls(graph, mayCall);
  if (read !== undefined) {
    const all = new Map(kept!.nodes.flatMap((node) => callOf(node) ?? []).map((call) => [call.node, call]));
    return read.flatMap((node) => {
      const call = all.get(node);
      return call === undefined || calls.has(call) ? [node] : call.nodes;
    });
  }
  return calls.size === 0 ? graph.nodes : collapse(graph.nodes, calls);
}

function callOf(node: Node): Call | undefined {
  return keptOf(node)?.call;
}

function wholeCalls({ nodes, outputs }: Graph, mayCall: (call: Call) => boolean): Set<Call> {
  const there = new Set(nodes);
  const whole = new Set<Call>();
  const seen = new Set<Call>();
  for (const node of nodes) {
    const call = callOf(node);
    if (call === undefined || seen.has(call)) continue;
    seen.add(call);
    if (mayCall(call) && call.nodes.every((item) => there.has(item))) whole.add(call);
  }
  if (whole.size === 0) return whole;
  /** What a call makes for its own nodes alone. */
  const inner = new Map<Value, Call>();
  for (const call of whole) {
    for (const value of call.nodes.flatMap((node) => node.outputs))
      if (value !== undefined && !call.node.outputs.includes(value)) inner.set(value, call);
  }
  const read = (value: Value | undefined, reader: Call | undefined) => {
    const call = value && inner.get(value);
    if (call !== undefined && call !== reader) whole.delete(call);
  };
  for (const node of nodes) {
    const call = callOf(node);
    for (const value of node.inputs) read(value, call);
    for (const { graph } of subgraphsOf(node)) for (const value of capturedValues(graph)) read(value, call);
  }
  for (const value of outputs) read(value, undefined);
  return whole;
}

/** Each call where its last node was. One whose outputs are read before that stays its nodes. */
function collapse(nodes: readonly Node[], calls: Set<Call>): readonly Node[] {
  const last = new Map<Call, Node>();
  for (const node of nodes) {
    const call = callOf(node);
    if (call !== undefined && calls.has(call)) last.set(call, node);
  }
  const waiting = new Map<Value, Call>();
  for (const node of nodes) {
    const call = callOf(node);
    for (const value of readBy(node)) {
      const maker = waiting.get(value);
      if (maker !== undefined && maker !== call) last.delete(maker);
    }
    if (call === undefined || !last.has(call)) continue;
    if (last.get(call) === node) for (const value of call.node.outputs) value !== undefined && waiting.delete(value);
    else for (const value of node.outputs) if (value !== undefined) waiting.set(value, call);
  }
  return nodes.flatMap((node) => {
    const call = callOf(node);
    const end = call && last.get(call);
    if (end === undefined) return [node];
    return end === node ? [call!.node] : [];
  });
}

function readBy(node: Node): Iterable<Value> {
  const values = node.inputs.filter((value) => value !== undefined);
  for (const { graph } of subgraphsOf(node)) values.push(...capturedValues(graph));
  return values;
}
