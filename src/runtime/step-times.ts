/** When steps ran, and on which threads: milliseconds of the performance.now() of the thread that calls the executor. */

/**
 * @param ownEnd when the calling thread was done with its part of a step that threads share; from then on it waited for
 * the others
 */
export type OnStep = (step: number, start: number, end: number, ownEnd?: number) => void;

export interface StepInterval {
  readonly step: number;
  readonly start: number;
  readonly end: number;
}

/** When a thread was at its part of a step. */
export interface StepPart extends StepInterval {
  /** From 1; the calling thread is 0. */
  readonly thread: number;
}

/**
 * The parts that a worker noted, on the clock of the calling thread. Each thread's clock has its origin in the wall clock,
 * which may have been adjusted between two starts. No part can lie outside its step, so the difference of the clocks is
 * corrected until every part lies within.
 * @param steps that the worker had a part in, in order
 * @param times begin and end of each part, in milliseconds since 1970
 */
export function partsOf(thread: number, steps: readonly StepInterval[], times: readonly number[]): StepPart[] {
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const [i, { start, end }] of steps.entries()) {
    least = Math.max(least, start - times[2 * i]!);
    most = Math.min(most, end - times[2 * i + 1]!);
  }
  const distance = Math.max(least, Math.min(most, -performance.timeOrigin));
  return steps.map(({ step, start, end }, i) => {
    const within = (time: number) => Math.max(start, Math.min(end, time + distance));
    return { step, thread, start: within(times[2 * i]!), end: within(times[2 * i + 1]!) };
  });
}
