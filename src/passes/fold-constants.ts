/**
 * Computes before the run what does not depend on its inputs: nodes whose inputs are all constants, and shape
 * arithmetic that inference has followed to numbers.
 */
import { formatNode, ProblemError } from '../diagnostics.js';
import { concreteTensor } from '../infer/evaluate.js';
import type { Inference } from '../infer.js';
import { type Constant, constantFromTensor, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { isConcrete } from '../ir/shape.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import { RandomSource } from '../ops/random-source.js';
import type { Pass } from './pass.js';

/** A result larger than this is only kept where it is not larger than what it is made of: folding must not blow a model up. */
const maxFoldedElements = 1 << 20;

export const foldConstants: Pass = {
  name: 'fold-constants',
  readsTypes: true,
  run(graph, inference) {
    const constants = new Map(graph.constants);
    const nodes: Node[] = [];
    const notes: string[] = [];
    for (const node of graph.nodes) {
      const tensors = foldNode(node, constants, inference);
      if (tensors === undefined) {
        nodes.push(node);
        continue;
      }
      node.outputs.forEach((output, i) => {
        const tensor = tensors[i];
        if (output !== undefined && tensor !== undefined) constants.set(output, constantFromTensor(tensor));
      });
      notes.push(`${formatNode(node)} is constant`);
    }
    return { graph: notes.length === 0 ? graph : { ...graph, nodes, constants }, notes };
  },
};

/** The node's outputs, or undefined when they are not constant. */
function foldNode(
  node: Node,
  constants: ReadonlyMap<Value, Constant>,
  inference: Inference,
): readonly (Tensor | undefined)[] | undefined {
  const bound = inference.operators.get(node);
  if (bound === undefined || !bound.operator.isDeterministic || subgraphsOf(node).length > 0) return undefined;

  const known = node.outputs.map((output) => output && concreteTensor(inference.known.get(output)));
  if (known.every((tensor, i) => tensor !== undefined || node.outputs[i] === undefined)) return known;

  const inputs = node.inputs.map((input) => input && constants.get(input));
  if (inputs.some((constant, i) => constant === undefined && node.inputs[i] !== undefined)) return undefined;
  if (growsTooMuch(node, inputs, inference)) return undefined;
  try {
    return bound.reference({
      inputs: inputs.map((constant) => constant?.load()),
      outputCount: node.outputs.length,
      random: new RandomSource(0),
      runGraph: () => [],
    });
  } catch (error) {
    // The run will say the same with its place.
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function growsTooMuch(node: Node, inputs: readonly (Constant | undefined)[], inference: Inference): boolean {
  const read = inputs.reduce((sum, constant) => sum + (constant === undefined ? 0 : elementCount(constant.dims)), 0);
  let made = 0;
  for (const output of node.outputs) {
    const shape = output && inference.types.get(output)?.shape;
    if (output === undefined) continue;
    if (shape === undefined || !isConcrete(shape)) return false;
    made += elementCount(shape);
  }
  return made > Math.max(maxFoldedElements, read);
}
