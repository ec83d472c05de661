/** The first element and the length of a slice, from bounds that may be negative or too large. */
import { add, ceilDiv, type Dim, max, min, rangeOf, sub } from '../../ir/dim.js';

/** Exporters write the largest int32 or int64 for "to the end"; no axis is that long. */
const beyond = 2 ** 31 - 1;

/** A slice along one axis, with start (inclusive) and end (exclusive) as the node states them. */
export interface AxisSlice {
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

/** Whether a size is at least 0 for all values of its symbols. */
export type SignTest = (dim: Dim) => boolean;

const signOfNumber: SignTest = (dim) => rangeOf(dim).min >= 0;

/** min and max, using signs that the expressions alone do not show. */
function least(a: Dim, b: Dim, isNonNegative: SignTest): Dim {
  if (isNonNegative(sub(a, b))) return b;
  return isNonNegative(sub(b, a)) ? a : min(a, b);
}

function greatest(a: Dim, b: Dim, isNonNegative: SignTest): Dim {
  if (isNonNegative(sub(a, b))) return a;
  return isNonNegative(sub(b, a)) ? b : max(a, b);
}

/**
 * start or end, counted from the front and clamped to [low, size − 1] for a negative step and to [low, size] otherwise
 * (Operators.md, Slice); undefined if its sign depends on the sizes.
 */
function clampBound(bound: Dim, size: Dim, low: 0 | -1, step: number, isNonNegative: SignTest): Dim | undefined {
  const range = rangeOf(bound);
  const high = step > 0 ? size : sub(size, 1);
  if (range.min >= beyond) return high;
  if (range.max >= 0) return isNonNegative(bound) ? least(bound, high, isNonNegative) : undefined;
  const clamped = range.max <= -beyond ? low : greatest(add(bound, size), low, isNonNegative);
  // An empty axis has no index 0, so the upper limit takes precedence.
  return isNonNegative(sub(high, low)) ? clamped : least(clamped, high, isNonNegative);
}

/** First element and length of a slice; undefined if min and max cannot express how they depend on the sizes. */
export function resolveSlice(
  { start, end, step }: AxisSlice,
  size: Dim,
  isNonNegative: SignTest = signOfNumber,
): { readonly first: Dim; readonly count: Dim } | undefined {
  const first = clampBound(start, size, 0, step, isNonNegative);
  const last = clampBound(end, size, step > 0 ? 0 : -1, step, isNonNegative);
  if (first === undefined || last === undefined) return undefined;
  const distance = step > 0 ? sub(last, first) : sub(first, last);
  const stride = Math.abs(step);
  const count = stride < beyond ? ceilDiv(distance, stride) : least(distance, 1, isNonNegative);
  return { first, count: greatest(count, 0, isNonNegative) };
}
