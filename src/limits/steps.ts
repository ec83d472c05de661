/**
 * Long work in steps. A stage that may take long is a generator that yields between pieces of its work; whoever drives it
 * goes through at once, or gives others on the thread their turns, in which a signal may be aborted.
 */
import { throwIfStopped } from './stop.js';

export type Steps<T> = Generator<void, T, void>;

/**
 * A run that pauses after each step of its graph, and before each round of a loop and each branch. Compiled bodies have
 * their caller wait for promises as well.
 */
export type PacedRun<T> = Generator<'step' | 'round' | Promise<unknown>, T, void>;

/**
 * The result of all steps, at once.
 * @param signal is asked between steps: it may be aborted already, or by what a step calls
 * @throws ModelError US2008 when the signal is aborted
 */
export function finish<T>(steps: Generator<unknown, T, void>, signal?: AbortSignal, file?: string): T {
  for (;;) {
    throwIfStopped(signal, file, 'compiling the model');
    const next = steps.next();
    if (next.done) return next.value;
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
  if (signal === undefined) return finish(steps);
  let rested = performance.now();
  for (;;) {
    throwIfStopped(signal, file, 'compiling the model');
    const next = steps.next();
    if (next.done) return next.value;
    if (performance.now() - rested < slice) continue;
    await nextTurn();
    rested = performance.now();
  }
}
