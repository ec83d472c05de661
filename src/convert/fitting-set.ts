/** The operator set that a node was written for, if it is not the one that the model imports. */
import { ProblemError } from '../diagnostics.js';
import type { Node } from '../ir/graph.js';
import { findOperator } from '../ops/registry.js';
import { checkTypes } from '../ops/signature.js';
import type { Surroundings } from './form.js';

/** The signature's problems with a node of its operator set; the code of the first. */
function misfitOf(node: Node, around: Surroundings): string | undefined {
  const operator = findOperator(node);
  if (operator === undefined) return undefined;
  try {
    const { version, unread } = operator.bind(node);
    checkTypes(
      node.opType,
      operator,
      version,
      node.inputs.map((value) => value && around.typeOf(value)),
    );
    return unread[0]?.code;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
}

export interface FittingSet {
  readonly opset: number;
  /** What is wrong with the node in the set that the model imports. */
  readonly code: string;
}

/**
 * The nearest set whose version of the operator has just the inputs and attributes of the node; undefined if the node fits its own
 * set, or none.
 */
export function fittingSet(node: Node, around: Surroundings): FittingSet | undefined {
  if (node.domain !== '') return undefined;
  const code = misfitOf(node, around);
  const operator = findOperator(node);
  if (code === undefined || operator === undefined) return undefined;
  const distance = (opset: number) => Math.abs(opset - node.opset);
  const opset = [...operator.versions]
    .sort((a, b) => distance(a) - distance(b))
    .find((version) => misfitOf({ ...node, opset: version }, around) === undefined);
  return opset === undefined ? undefined : { opset, code };
}
