/** Sizes that inputs of a node must share: what can never be equal is told in the operator's own words. */
import type { DiagnosticCode, Problem } from '../diagnostics.js';
import { type Dim, formatDim } from '../ir/dim.js';
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
 * `what`; for two sizes that differ for certain `otherwise` is reported.
 */
export function agree(
  context: Pick<InferContext<unknown>, 'unify'>,
  expected: Dim,
  actual: Dim,
  what: string,
  otherwise: Disagreement,
): Dim {
  const { code = 'US1202', message, ...details } = otherwise;
  const problem = { code, message, expected: formatDim(expected), actual: formatDim(actual), ...details };
  return context.unify(expected, actual, what, { otherwise: problem });
}
