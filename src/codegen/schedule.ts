/** Where threads have to meet: at the plan's barriers, except between steps that one thread runs in order anyway. */
import type { ExecutionStep, KernelStep } from '../plan/execution-plan.js';

/** Whether threads share a step. */
export function isShared({ parallel, isNear }: Pick<KernelStep, 'parallel' | 'isNear'>, areApart: boolean): boolean {
  return parallel && !(areApart && isNear === true);
}

/**
 * For each step whether the threads meet before it. Thread 0 runs all steps that are not shared, one after another, so no
 * barrier is needed between two of them; one that is left out there is owed before the next step that is shared.
 * @param areApart whether the threads' cores are
 */
export function meetings(steps: readonly ExecutionStep[], areApart = false): boolean[] {
  let hasShared = false;
  let hasSerial = false;
  let isOwed = false;
  return steps.map((step) => {
    if (step.kind !== 'kernel') {
      // The host computes it after all threads have returned.
      [hasShared, hasSerial, isOwed] = [false, false, false];
      return false;
    }
    const { barrier } = step;
    const parallel = isShared(step, areApart);
    const meets = parallel ? (barrier && (hasShared || hasSerial)) || isOwed : barrier && hasShared;
    if (meets) [hasShared, hasSerial, isOwed] = [false, false, false];
    else if (barrier && hasSerial) isOwed = true;
    if (parallel) hasShared = true;
    else hasSerial = true;
    return meets;
  });
}
