/** Where a slice begins and how many elements it has, from bounds that may be negative or too large. */
import { add, ceilDiv, type Dim, max, min, rangeOf, sub } from '../../ir/dim.js';

/** What exporters write for "to the end" is a bound of int32 or int64; no axis is that long. */
const beyond = 2 ** 31 - 1;

/** Along one axis: from start, by steps, to before end; start and end as they are written. */
export interface AxisSlice {
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

/** Whether a size is at least 0 for all values of its symbols. */
export type SignTest = (dim: Dim) => boolean;

const signOfNumber: SignTest = (dim) => rangeOf(dim).min >= 0;

/** min and max where signs are known that the expressions alone do not show. */
function least(a: Dim, b: Dim, isNonNegative: SignTest): Dim {
  if (isNonNegative(sub(a, b))) return b;
  return isNonNegative(sub(b, a)) ? a : min(a, b);
}

function greatest(a: Dim, b: Dim, isNonNegative: SignTest): Dim {
  if (isNonNegative(sub(a, b))) return a;
  return isNonNegative(sub(b, a)) ? b : max(a, b);
}

/**
 * start or end, counted from the front and clamped to [low, size − 1] for a negative step and [low, size] for others
 * (Operators.md, Slice); undefined when its sign depends on the sizes.
 */
function clampBound(bound: Dim, size: Dim, low: 0 | -1, step: number, isNonNegative: SignTest): Dim | undefined {
  const range = rangeOf(bound);
  const high = step > 0 ? size : sub(size, 1);
  if (range.min >= beyond) return high;
  if (range.max >= 0) return isNonNegative(bound) ? least(bound, high, isNonNegative) : undefined;
  const clamped = range.max <= -beyond ? low : greatest(add(bound, size), low, isNonNegative);
  // An axis without elements has no place 0: of both limits the upper one holds.
  return isNonNegative(sub(high, low)) ? clamped : least(clamped, high, isNonNegative);
}

/** First element and count of a slice; undefined when they depend on the sizes in more than min and max can say. */
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
