/** Sizes that inputs of a node must share: what can never be equal is told in the operator's own words. */
import { type DiagnosticCode, fail, type Problem } from '../diagnostics.js';
import { type Dim, rangeOf, sub } from '../ir/dim.js';
import type { InferContext } from './operator.js';

interface Disagreement {
  /** US1202 unless told. */
  readonly code?: DiagnosticCode;
  /** The sentence when the sizes differ for certain. */
  readonly message: string;
  readonly value?: Problem['value'];
  readonly hint?: Problem['hint'];
}

/**
 * The size that `expected` and `actual` share. What cannot be decided is recorded as a constraint under the name
 * `what`; two sizes that differ for certain throw `otherwise`.
 */
export function agree(
  context: Pick<InferContext<unknown>, 'unify'>,
  expected: Dim,
  actual: Dim,
  what: string,
  otherwise: Disagreement,
): Dim {
  const { min, max } = rangeOf(sub(expected, actual));
  if (min > 0 || max < 0) {
    const { code = 'US1202', message, ...details } = otherwise;
    fail(code, message, { expected: String(expected), actual: String(actual), ...details });
  }
  return context.unify(expected, actual, what);
}
