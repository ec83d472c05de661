/**
 * Constant folding during inference: if all inputs of a node are known numbers, the reference computes its outputs.
 */
import { type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { isSmall, type SymbolicTensor, symbolicFromTensor, tensorFromSymbolic } from '../ir/quantity.js';
import { isConcrete, type TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { hasReference } from '../ops/later-references.js';
import { type BoundOperator, noGraphs } from '../ops/operator.js';
import { RandomSource } from '../ops/random-source.js';

/** Whether all inputs are known, and the outputs depend neither on random numbers nor on a subgraph. */
export function isEvaluated(node: Node, { operator }: BoundOperator, known: ReadonlyMap<Value, unknown>): boolean {
  if (!operator.isDeterministic || !hasReference(operator) || subgraphsOf(node).length > 0) return false;
  return node.inputs.every((input) => input === undefined || known.has(input));
}

/** The outputs of a node for which `isEvaluated` holds; undefined if an input contains a symbol. */
export function evaluate(
  node: Node,
  bound: BoundOperator,
  known: ReadonlyMap<Value, SymbolicTensor>,
): readonly (SymbolicTensor | undefined)[] | undefined {
  const inputs = node.inputs.map((input) => input && concreteTensor(known.get(input)));
  if (inputs.some((tensor, i) => tensor === undefined && node.inputs[i] !== undefined)) return undefined;
  const outputs = bound.reference({
    inputs,
    outputCount: node.outputs.length,
    random: new RandomSource(0),
    runGraph: noGraphs,
  });
  return outputs.map(symbolicFromTensor);
}

/** Whether a value of this type is small enough to be followed. */
export function isFollowed(type: TensorType | undefined): boolean {
  return type?.shape !== undefined && isConcrete(type.shape) && isSmall(type.shape);
}

/** A known value as a tensor; undefined if it contains a symbol. */
export function concreteTensor(value: SymbolicTensor | undefined): Tensor | undefined {
  return value && tensorFromSymbolic(value);
}
