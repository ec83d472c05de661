/**
 * Long work in steps. A stage that may take long is a generator that yields between pieces of its work; whoever drives it
 * goes through at once, or gives others on the thread their turns, in which a signal may be aborted. Where a stage needs a
 * part of the program that is loaded on demand, it yields a promise, which is waited for (part.ts).
 */
import { throwIfStopped } from './stop.js';

export type Steps<T> = Generator<undefined | Promise<unknown>, T, void>;

/**
 * A run that pauses after each step of its graph, and before each round of a loop and each branch. Compiled bodies have
 * their caller wait for promises as well.
 */
export type PacedRun<T> = Generator<'step' | 'round' | Promise<unknown>, T, void>;

/**
 * The result of all steps, at once.
 * @param signal is asked between steps: it may be aborted already, or by what a step calls
 * @throws ModelError US2008 when the signal is aborted
 * @throws RangeError for steps that have to wait: a part of the program is not loaded
 */
export function finish<T>(steps: Generator<unknown, T, void>, signal?: AbortSignal, file?: string): T {
  for (;;) {
    throwIfStopped(signal, file, 'compiling the model');
    const next = steps.next();
    if (next.done) return next.value;
    if (next.value instanceof Promise) {
      next.value.catch(() => {});
      throw new RangeError('a part of the program that this takes is not loaded');
    }
  }
}

/** Milliseconds of work after which others on this thread get a turn. */
const slice = 20;

/**
 * The result of all steps. With a signal they go in slices, between which others get a turn.
 * @param nextTurn settled after a turn of the event loop
 * @throws ModelError US2008 when the signal is aborted
 */
export async function finishInTurns<T>(
  steps: Steps<T>,
  nextTurn: () => Promise<void>,
  signal: AbortSignal | undefined,
  file?: string,
): Promise<T> {
  let rested = performance.now();
  for (;;) {
    throwIfStopped(signal, file, 'compiling the model');
    const next = steps.next();
    if (next.done) return next.value;
    if (next.value instanceof Promise) await next.value;
    if (signal === undefined || performance.now() - rested < slice) continue;
    await nextTurn();
    rested = performance.now();
  }
}
