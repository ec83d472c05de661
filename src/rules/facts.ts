/** Producers and readers of each value of a model, including subgraphs; built once and shared by the rules. */
import { type Constant, type Graph, type Model, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { inputsOf, UseIndex } from '../ir/uses.js';
import { attributesOf } from '../ops/bind.js';
import { constants } from '../ops/creation/constant.js';

export class Facts {
  /** The graph and those inside nodes, outer before inner. */
  readonly graphs: readonly Graph[];
  /** Uses in all graphs. A value of an outer graph that a node inside a subgraph reads counts as read by that node. */
  private readonly uses = new UseIndex();
  private readonly stored = new Map<Value, Constant>();
  private readonly outputs = new Set<Value>();

  constructor(graph: Graph) {
    const graphs: Graph[] = [];
    this.visit(graph, graphs);
    this.graphs = graphs;
  }

  private visit(graph: Graph, graphs: Graph[]): void {
    graphs.push(graph);
    for (const [value, constant] of graph.constants) this.stored.set(value, constant);
    for (const output of graph.outputs) this.outputs.add(output);
    for (const node of graph.nodes) {
      this.uses.add(node, inputsOf(node));
      for (const { graph: inner } of subgraphsOf(node)) this.visit(inner, graphs);
    }
  }

  /** Every node; those of a subgraph come after the node that has it. */
  *nodes(): Iterable<Node> {
    for (const graph of this.graphs) yield* graph.nodes;
  }

  producer(value: Value | undefined): Node | undefined {
    return this.uses.producer(value);
  }

  /** Nodes that read the value, including those inside subgraphs. */
  readers(value: Value): ReadonlySet<Node> {
    const readers = this.uses.readers(value);
    return readers instanceof Set ? readers : new Set(readers);
  }

  /** Whether the model's graph or an inner one returns the value. */
  isOutput(value: Value): boolean {
    return this.outputs.has(value);
  }

  /** The constant that the value is: an initializer, or what a Constant node makes; through Identity. */
  constant(value: Value | undefined): Constant | undefined {
    let at = value;
    // Files with a cycle of Identity nodes are refused; the bound is for graphs built by hand.
    for (let steps = 0; at !== undefined && steps < 64; steps++) {
      const stored = this.stored.get(at);
      if (stored !== undefined) return stored;
      const node = this.uses.producer(at);
      if (node === undefined || node.domain !== '') return undefined;
      if (node.opType === 'Constant') {
        return attributesOf(constants.Constant, node)?.value;
      }
      if (node.opType !== 'Identity') return undefined;
      at = node.inputs[0];
    }
    return undefined;
  }
}

const known = new WeakMap<Graph, Facts>();

export function factsOf({ graph }: Pick<Model, 'graph'>): Facts {
  let facts = known.get(graph);
  if (facts === undefined) {
    facts = new Facts(graph);
    known.set(graph, facts);
  }
  return facts;
}
