/** Turns for others on this thread between runs. */
import { nextTurn } from './host.js';

/** A frame of a display with 60 of them a second, in milliseconds. */
const frame = 1000 / 60;

let lastTurn = Number.NEGATIVE_INFINITY;

/**
 * Awaiting promises alone lets neither timers run nor frames be drawn. A program that calls runs in a loop gives them
 * their turn here, once a frame at most, so that short runs pay nothing for it.
 */
export async function letOthersRun(): Promise<void> {
  if (performance.now() - lastTurn < frame) return;
  await nextTurn();
  lastTurn = performance.now();
}
