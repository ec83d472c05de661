/** A model for another operator set. */

import type { NodeReference } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Model, Node } from '../ir/graph.js';
import { rewriteGraphs } from '../ir/rewrite-graphs.js';
import { frequentOperators } from '../ops/frequent.js';
import { registerOperators } from '../ops/registry.js';
import { convertNode } from './convert-node.js';
import { Refusal, refuse } from './form.js';
import { ModelSurroundings } from './model-surroundings.js';

/** A node that is written otherwise. */
export interface ConvertedNode {
  readonly node: Node;
  readonly replacements: readonly Node[];
}

export interface RefusedNode {
  readonly node: Node;
  readonly reason: string;
}

export interface Conversion {
  readonly model: Model;
  /** Nodes that mean the same in both sets are not among them. */
  readonly converted: readonly ConvertedNode[];
  /** Nodes that stay as they are. */
  readonly refused: readonly RefusedNode[];
}

/**
 * Writes each node of ai.onnx for the operator set `opset`, from the set that the node says it is of. Nodes of other domains stay.
 * @param inference of the model's graph
 * @param isWanted the nodes to write; by default all
 */
export function convertModel(
  model: Model,
  opset: number,
  inference: Inference,
  isWanted: (node: Node) => boolean = () => true,
): Conversion {
  registerOperators(frequentOperators);
  const around = new ModelSurroundings(model, inference);
  const faults = faultsOf(inference);
  const converted: ConvertedNode[] = [];
  const refused: RefusedNode[] = [];
  const convert = (node: Node): readonly Node[] => {
    if (!isWanted(node)) return [node];
    try {
      const fault = node.opset === opset ? undefined : faults.get(keyOf(node));
      // What a faulty node means is not known, and adapters rely on what inference has checked.
      if (fault !== undefined) refuse(`it is faulty as it is: ${fault}`);
      const made = convertNode(node, opset, around);
      if (made.length === 1 && made[0] === node) return made;
      const replacements = made.map((item) => ({ ...(item.name === node.name ? item : around.nameNode(item)), opset }));
      if (!isSameForm(node, replacements)) converted.push({ node, replacements });
      return replacements;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push({ node, reason: error.reason });
      return [node];
    }
  };
  const rewritten = rewriteGraphs(model, (graph) => {
    const nodes = graph.nodes.flatMap(convert);
    const added = around.takeConstants();
    if (added.size === 0 && nodes.every((node, i) => node === graph.nodes[i])) return graph;
    return { ...graph, nodes, constants: new Map([...graph.constants, ...added]) };
  });
  return { model: { ...rewritten, opsets: new Map([...model.opsets, ['', opset]]) }, converted, refused };
}

function faultsOf({ diagnostics }: Inference): ReadonlyMap<string, string> {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return new Map(errors.flatMap(({ node, message }) => (node === undefined ? [] : [[keyOf(node), message]])));
}

function keyOf({ name, opType, index }: NodeReference): string {
  return JSON.stringify([name, opType, index]);
}

function isSameForm(node: Node, [made, ...others]: readonly Node[]): boolean {
  if (made === undefined || others.length > 0 || made.opType !== node.opType) return false;
  const isSameList = (a: readonly unknown[], b: readonly unknown[]) =>
    a.length === b.length && a.every((item, i) => item === b[i]);
  return (
    isSameList(made.inputs, node.inputs) &&
    isSameList([...made.attributes].flat(), [...node.attributes].flat()) &&
    isSameList(made.outputs, node.outputs)
  );
}
