/** Strides of windows, also for operators that are not implemented here. */
import { ProblemError } from '../../diagnostics.js';
import type { Node } from '../../ir/graph.js';
import { ints, readAttributes } from '../../ops/attributes.js';
import { bind } from '../../ops/bind.js';

/** Operators of other domains, such as com.microsoft.QLinearAveragePool, use the same name. */
const unknownOperator = { strides: ints() };

/** Empty if the node has no windows, does not state strides, or does not fit its operator. */
export function stridesOf(node: Node): readonly number[] {
  try {
    const { strides } = bind(node)?.attributes ?? readAttributes(unknownOperator, node, 1);
    return Array.isArray(strides) ? strides : [];
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}
