/** Where threads have to meet: what the plan asks for, less what the order of one thread gives anyway. */
import type { ExecutionStep } from '../plan/execution-plan.js';

/**
 * For each step whether the threads meet before it. Steps that threads do not share are thread 0's, one after another, so
 * that between them nobody has to wait; what was left out there is made up for before the next step that is shared.
 */
export function meetings(steps: readonly ExecutionStep[]): boolean[] {
  let hasShared = false;
  let hasSerial = false;
  let isOwed = false;
  return steps.map((step) => {
    if (step.kind === 'reference') {
      // The host computes it, when all have come back.
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
