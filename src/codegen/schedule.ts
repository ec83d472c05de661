/** Where threads have to meet: at the plan's barriers, except between steps that one thread runs in order anyway. */
import type { ExecutionStep } from '../plan/execution-plan.js';

/**
 * For each step whether the threads meet before it. Thread 0 runs all steps that are not shared, one after another, so no
 * barrier is needed between two of them; one that is left out there is owed before the next step that is shared.
 */
export function meetings(steps: readonly ExecutionStep[]): boolean[] {
  let hasShared = false;
  let hasSerial = false;
  let isOwed = false;
  return steps.map((step) => {
    if (step.kind !== 'kernel') {
      // The host computes it after all threads have returned.
      [hasShared, hasSerial, isOwed] = [false, false, false];
      return false;
    }
    const { barrier, parallel } = step;
    const meets = parallel ? (barrier && (hasShared || hasSerial)) || isOwed : barrier && hasShared;
    if (meets) [hasShared, hasSerial, isOwed] = [false, false, false];
    else if (barrier && hasSerial) isOwed = true;
    if (parallel) hasShared = true;
    else hasSerial = true;
    return meets;
  });
}
