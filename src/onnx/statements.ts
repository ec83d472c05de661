/**
 * A graph's nodes as they are written to a file: function calls replace the nodes that they were inlined to, if those
 * are unchanged.
 */
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { type Call, keptOf } from './kept.js';

export interface StatementOptions {
  /**
   * Whether to use the file's order if the nodes are those that were read. Otherwise the graph's topological order is
   * used.
   */
  readonly inFileOrder: boolean;
  /** Whether the function that is called can be written. */
  mayCall(call: Call): boolean;
  /** Whether a graph around this one produces the value. */
  isOuter(value: Value): boolean;
}

/** The calls that are written, each with its node. */
type Calls = ReadonlyMap<Call, Node>;

/**
 * A call is written if all nodes that it was inlined to are still there and unchanged, apart from the values that they
 * share with other nodes, and if no other node reads values that they produce for one another. Nodes of other calls
 * stay inlined.
 */
export function statementsOf(graph: Graph, options: StatementOptions): readonly Node[] {
  const kept = keptOf(graph);
  const read = kept?.nodes === graph.nodes && options.inFileOrder ? kept.statements : undefined;
  const calls = wholeCalls(graph, options);
  if (read !== undefined) {
    const all = new Map(graph.nodes.flatMap((node) => callOf(node) ?? []).map((call) => [call.node, call]));
    return read.flatMap((node) => {
      const call = all.get(node);
      return call === undefined ? [node] : (calls.get(call) ?? call.nodes);
    });
  }
  return calls.size === 0 ? graph.nodes : collapse(graph, calls, options);
}

function callOf(node: Node): Call | undefined {
  return keptOf(node)?.call;
}

function wholeCalls({ nodes, outputs }: Graph, { mayCall }: StatementOptions): Calls {
  const parts = new Map<Call, Node[]>();
  for (const node of nodes) {
    const call = callOf(node);
    if (call === undefined) continue;
    const others = parts.get(call);
    if (others === undefined) parts.set(call, [node]);
    else others.push(node);
  }
  const whole = new Map<Call, Node>();
  /** Values that a call produces only for its own nodes. */
  const inner = new Map<Value, Call>();
  for (const [call, now] of parts) {
    const said = mayCall(call) ? sayAgain(call, now) : undefined;
    if (said === undefined) continue;
    whole.set(call, said);
    for (const value of now.flatMap((node) => node.outputs))
      if (value !== undefined && !said.outputs.includes(value)) inner.set(value, call);
  }
  if (whole.size === 0) return whole;
  const read = (value: Value | undefined, reader: Call | undefined) => {
    const call = value && inner.get(value);
    if (call !== undefined && call !== reader) whole.delete(call);
  };
  for (const node of nodes) for (const value of readBy(node)) read(value, callOf(node));
  for (const value of outputs) read(value, undefined);
  return whole;
}

/** The call for the nodes as they are now; undefined if they are not the ones that it was inlined to. */
function sayAgain(call: Call, now: readonly Node[]): Node | undefined {
  if (now.length !== call.nodes.length) return undefined;
  // A node that was copied from another has the same record.
  const current = new Map(now.map((node) => [node.kept, node]));
  /** The current value for each original value. */
  const values = new Map<Value, Value>();
  for (const was of call.nodes) {
    const is = current.get(was.kept);
    if (is === undefined || (is !== was && !isSameOperation(was, is))) return undefined;
    if (!match(was.inputs, is.inputs, values) || !match(was.outputs, is.outputs, values)) return undefined;
  }
  const { node } = call;
  const renew = (list: readonly (Value | undefined)[]) => list.map((value) => value && (values.get(value) ?? value));
  const isUnchanged = [...values].every(([was, is]) => was === is);
  return isUnchanged ? node : { ...node, inputs: renew(node.inputs), outputs: renew(node.outputs) };
}

function isSameOperation(a: Node, b: Node): boolean {
  return (
    a.name === b.name &&
    a.domain === b.domain &&
    a.opType === b.opType &&
    a.opset === b.opset &&
    a.attributes === b.attributes &&
    a.metadata === b.metadata
  );
}

function match(
  was: readonly (Value | undefined)[],
  is: readonly (Value | undefined)[],
  values: Map<Value, Value>,
): boolean {
  return (
    was.length === is.length &&
    was.every((value, i) => {
      const other = is[i];
      if (value === undefined || other === undefined) return value === other;
      const known = values.get(value);
      if (known === undefined) values.set(value, other);
      return known === undefined || known === other;
    })
  );
}

/**
 * Puts each call where its last node was. A call stays inlined if its outputs are read before that, or if its inputs do
 * not exist there (its nodes may not need all of them).
 */
function collapse(graph: Graph, calls: Calls, { isOuter }: StatementOptions): readonly Node[] {
  const last = new Map<Call, Node>();
  for (const node of graph.nodes) {
    const call = callOf(node);
    if (call !== undefined && calls.has(call)) last.set(call, node);
  }
  const made = new Set<Value>([...graph.inputs, ...graph.constants.keys()]);
  const waiting = new Map<Value, Call>();
  for (const node of graph.nodes) {
    const call = callOf(node);
    for (const value of readBy(node)) {
      const producer = waiting.get(value);
      if (producer !== undefined && producer !== call) last.delete(producer);
    }
    const outputs = node.outputs.filter((value) => value !== undefined);
    for (const value of outputs) made.add(value);
    if (call === undefined || !last.has(call)) continue;
    if (last.get(call) !== node) for (const value of outputs) waiting.set(value, call);
    else if (!calls.get(call)!.inputs.every((value) => value === undefined || made.has(value) || isOuter(value)))
      last.delete(call);
    else for (const value of calls.get(call)!.outputs) if (value !== undefined) waiting.delete(value);
  }
  return graph.nodes.flatMap((node) => {
    const call = callOf(node);
    const end = call && last.get(call);
    if (end === undefined) return [node];
    return end === node ? [calls.get(call!)!] : [];
  });
}

function readBy(node: Node): readonly Value[] {
  const values = node.inputs.filter((value) => value !== undefined);
  for (const { graph } of subgraphsOf(node)) values.push(...capturedValues(graph));
  return values;
}
