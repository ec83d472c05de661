/** Strides of windows, also those of operators that only other tools know. */
import { ProblemError } from '../../diagnostics.js';
import type { Node } from '../../ir/graph.js';
import { ints, readAttributes } from '../../ops/attributes.js';
import { bind } from '../../ops/bind.js';

/** What operators of other domains, as QLinearAveragePool of com.microsoft, mean by the name as well. */
const unknownOperator = { strides: ints() };

/** None where the node has no windows, says no strides, or does not fit its operator. */
export function stridesOf(node: Node): readonly number[] {
  try {
    const { strides } = bind(node)?.attributes ?? readAttributes(unknownOperator, node, 1);
    return Array.isArray(strides) ? strides : [];
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}
