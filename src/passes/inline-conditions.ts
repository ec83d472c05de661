/**
 * An If whose condition is known before the run, as PyTorch's TorchScript leaves them: the branch that is taken takes its place.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { type Constant, emptyMetadata, type Graph, type Node, subgraphsOf, Value } from '../ir/graph.js';
import { constantsOf } from '../ir/quantity.js';
import { substituted } from '../ir/substitute.js';
import type { Pass } from './pass.js';

export const inlineConditions: Pass = {
  name: 'inline-conditions',
  readsTypes: true,
  run(graph, inference) {
    if (!graph.nodes.some((node) => subgraphsOf(node).length > 0)) return { graph, notes: [] };
    const inliner = new Inliner(graph, inference);
    const nodes = inliner.nodes(graph.nodes);
    const { notes, constants, isChanged } = inliner;
    return { graph: isChanged ? { ...graph, nodes, constants } : graph, notes };
  },
};

class Inliner {
  readonly notes: string[] = [];
  readonly constants: Map<Value, Constant>;
  isChanged = false;
  /** Names of the graph's own values: what moves in beside them must be told apart. */
  private readonly names = new Set<string>();
  private readonly inference: Inference;

  constructor(graph: Graph, inference: Inference) {
    this.inference = inference;
    this.constants = new Map(graph.constants);
    for (const value of ownValues(graph)) this.names.add(value.name);
  }

  nodes(nodes: readonly Node[]): Node[] {
    return nodes.flatMap((node) => {
      const branch = this.branchOf(node);
      if (branch === undefined) return [node];
      this.isChanged = true;
      this.notes.push(`${formatNode(node)} always takes its ${branch.attribute}`);
      return this.inline(node, branch.graph);
    });
  }

  private branchOf(node: Node): { readonly attribute: string; readonly graph: Graph } | undefined {
    const [condition] = node.inputs;
    if (node.domain !== '' || node.opType !== 'If' || condition === undefined) return undefined;
    const known = this.inference.known.get(condition);
    const [truth] = (known && constantsOf(known)) ?? [];
    if (truth === undefined) {
      this.notes.push(`${formatNode(node)} stays: its condition depends on the run`);
      return undefined;
    }
    const taken = truth === 0 ? 'else_branch' : 'then_branch';
    return subgraphsOf(node).find(({ attribute }) => attribute === taken);
  }

  private inline(node: Node, branch: Graph): Node[] {
    const renamed = new Map<Value, Value>();
    for (const value of ownValues(branch)) {
      let name = value.name;
      for (let i = 2; this.names.has(name); i++) name = `${value.name}.${i}`;
      this.names.add(name);
      if (name !== value.name) renamed.set(value, new Value(name, value.declared, value.metadata));
    }
    const { nodes, constants, outputs } = substituted(branch, renamed);
    for (const [value, constant] of constants) this.constants.set(value, constant);
    const results = node.outputs.flatMap((output, i): Node[] => {
      const result = outputs[i];
      if (output === undefined || result === undefined) return [];
      return [
        {
          name: `${node.name || output.name}/${i}`,
          domain: '',
          opType: 'Identity',
          opset: node.opset,
          inputs: [result],
          outputs: [output],
          attributes: new Map(),
          metadata: emptyMetadata,
          index: node.index,
        },
      ];
    });
    return [...this.nodes(nodes), ...results];
  }
}

function* ownValues(graph: Graph): Iterable<Value> {
  yield* graph.inputs;
  yield* graph.constants.keys();
  for (const { outputs } of graph.nodes) for (const output of outputs) if (output !== undefined) yield output;
}
