/** Sizes that inputs of a node must share. Sizes that can never be equal are reported in the operator's own words. */
import type { Problem } from '../diagnostics.js';
import type { Dim } from '../ir/dim.js';
import type { InferContext } from './infer-context.js';

/** Two sizes that must be equal: the one that the operator asks for, and the one that is there. */
export interface SizePair {
  readonly expected: Dim;
  readonly actual: Dim;
}

/**
 * The size that `expected` and `actual` share. If that cannot be decided, it is recorded as a constraint under the name
 * `what`; if the sizes differ for certain, `otherwise` is reported.
 */
export function agree(
  context: Pick<InferContext<unknown>, 'unify'>,
  expected: Dim,
  actual: Dim,
  what: string,
  otherwise: (sizes: SizePair) => Problem,
): Dim {
  return context.unify(expected, actual, what, { otherwise: () => otherwise({ expected, actual }) });
}
