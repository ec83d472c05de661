/**
 * Constraints that sizes must satisfy for a model to be valid, recorded where they could not be decided for all sizes.
 */
import { type Bindings, type Dim, formatDim, type Range, rangeOf, sub, substitute, unlessTooComplex } from './dim.js';
import type { Node } from './graph.js';

export interface Constraint {
  /** `equal`: left = right. `broadcast`: equal, or one of them is 1. `at-least`: left ≥ right. */
  readonly kind: 'equal' | 'broadcast' | 'at-least';
  readonly left: Dim;
  readonly right: Dim;
  /** The node that requires it. */
  readonly node: Node;
  /** Names the two sides: `sizes at axis 2`. */
  readonly what: string;
}

export type Requirement = Pick<Constraint, 'kind' | 'left' | 'right'>;

/** Whether the requirement holds; undefined if that depends on symbols. */
export function decide({ kind, left, right }: Requirement, bindings?: Bindings): boolean | undefined {
  if (left === right) return true;
  const a = bindings === undefined ? left : substitute(left, bindings);
  const b = bindings === undefined ? right : substitute(right, bindings);
  const { min, max } = rangeOfDifference(a, b);
  if (kind === 'at-least') return min >= 0 ? true : max < 0 ? false : undefined;
  if (min === 0 && max === 0) return true;
  if (kind === 'broadcast') {
    if (a === 1 || b === 1) return true;
    if (canBeOne(a) || canBeOne(b)) return undefined;
  }
  return min > 0 || max < 0 ? false : undefined;
}

/** Of a difference that would be too complex, from the bounds of both sides. */
function rangeOfDifference(a: Dim, b: Dim): Range {
  const difference = unlessTooComplex(() => sub(a, b));
  if (difference !== undefined) return rangeOf(difference);
  const [left, right] = [rangeOf(a), rangeOf(b)];
  return { min: left.min - right.max, max: left.max - right.min };
}

function canBeOne(dim: Dim): boolean {
  const { min, max } = rangeOf(dim);
  return min <= 1 && max >= 1;
}

export function formatRequirement({ kind, left, right }: Requirement): string {
  switch (kind) {
    case 'equal':
      return `${formatDim(left)} = ${formatDim(right)}`;
    case 'broadcast':
      return `${formatDim(left)} = ${formatDim(right)}, or one of them 1`;
    case 'at-least':
      return `${formatDim(left)} ≥ ${formatDim(right)}`;
  }
}
