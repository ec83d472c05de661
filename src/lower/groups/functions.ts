/** Lowerings of elementwise operators that few convolutional networks have. */
import { loweringsOf } from '../elementwise/elementwise.js';
import { registerTranslations } from '../elementwise/expression.js';
import { functionTranslations } from '../elementwise/function-expressions.js';
import type { Lowering } from '../lowering.js';

export const lowerings: readonly Lowering[] = loweringsOf(functionTranslations);

/** Chains are made of them as well. */
export function register(): void {
  registerTranslations(functionTranslations);
}
