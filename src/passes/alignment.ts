/** Where the operands of elementwise nodes lie on one another. */
import type { Node } from '../ir/graph.js';
import { attributesOf, boundAs, boundTo } from '../ops/bind.js';
import { arithmetic } from '../ops/elementwise/arithmetic.js';
import type { gated } from '../ops/elementwise/gated.js';
import { alignedDims } from '../ops/elementwise/legacy-broadcast.js';
import { powers } from '../ops/elementwise/power.js';

/** Operators that had attributes for broadcasting before version 7. */
const alignedByAttributes = [...arithmetic, ...powers];

/** Whether operands of fewer axes are laid along the last ones: before version 7 an axis, or the operator, could say otherwise. */
export function alignsLastAxes(node: Node): boolean {
  const prelu = boundTo<typeof gated.PRelu>('PRelu', node);
  if (prelu !== undefined) return prelu.version >= 7;
  const operator = alignedByAttributes.find(({ name }) => name === node.opType);
  const attributes = operator && attributesOf(operator, node);
  return attributes === undefined || !attributes.broadcast || attributes.axis === undefined;
}

/** The dims of the second operand of Add, Sub, Mul or Div, with the ones after them that lay it where an axis says. */
export function alignedSecond(node: Node, rank: number, dims: readonly number[]): readonly number[] {
  const operator = arithmetic.find(({ name }) => name === node.opType);
  const bound = operator && boundAs(operator, node);
  return bound === undefined ? dims : alignedDims<number>(bound, new Array<number>(rank).fill(1), dims);
}
