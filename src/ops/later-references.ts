/**
 * The references of operators that kernels compute in any network: a session does without them, unless a step of the host runs one,
 * or a node of constants alone is computed ahead.
 */
import { Part } from '../limits/part.js';
import type { Operator } from './operator.js';

export const laterReferences = new Part(() => import('./references.js'));

const operators: ReadonlySet<string> = new Set([
  'AveragePool',
  'BatchNormalization',
  'CausalConvWithState',
  'Conv',
  'ConvTranspose',
  'MaxPool',
]);

/** Whether the operator's reference comes later. */
export function hasLaterReference({ domain, name }: Pick<Operator, 'domain' | 'name'>): boolean {
  return domain === '' && operators.has(name);
}

/** Whether the operator's reference is there. */
export function hasReference(operator: Pick<Operator, 'domain' | 'name'>): boolean {
  return laterReferences.isLoaded || !hasLaterReference(operator);
}
