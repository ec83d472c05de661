/**
 * Which runs of a program threads share: those that are faster so. That depends on how far the cores are from one another and
 * on what else they do, which changes, so the other way is tried now and then. No result depends on it.
 */

/** Runs of the usual way, and then of the other, that are compared; the fastest counts. */
const compared = 3;
/** Runs until the other way is tried (again). Where it keeps losing, it is tried less often. */
const fewestRuns = 24;
const mostRuns = 768;
/** How much faster the other way has to be, and by how much slower the rest of a trial is left out. */
const leastGain = 1.03;
const clearLoss = 1.4;
/** Longer runs have enough for all threads. In milliseconds. */
const longRun = 20;

export class SharedRuns {
  /** Whether sharing is the usual way. */
  #isUsual = true;
  #runs = fewestRuns;
  /** Until a trial; from 0 down it goes on. */
  #left = fewestRuns;
  #usual = Number.POSITIVE_INFINITY;
  #other = Number.POSITIVE_INFINITY;

  /**
   * Whether the threads share the next run.
   * @param isTimed whether `ran` hears of it; others are no trials
   */
  isShared(isTimed: boolean): boolean {
    return this.#isUsual === (!isTimed || this.#left > 0);
  }

  /** Hears how long a run took. */
  ran(milliseconds: number): void {
    const isTrial = this.#left <= 0;
    this.#left--;
    if (!isTrial) {
      if (this.#left >= compared) return;
      this.#usual = Math.min(this.#usual, milliseconds);
      if (this.#left === 0 && this.#usual > longRun) this.#decide(false);
      return;
    }
    this.#other = Math.min(this.#other, milliseconds);
    const isLost = this.#other > this.#usual * clearLoss;
    if (isLost || this.#left <= -compared) this.#decide(this.#other * leastGain < this.#usual);
  }

  #decide(isChanged: boolean): void {
    if (isChanged) this.#isUsual = !this.#isUsual;
    this.#runs = isChanged ? fewestRuns : Math.min(mostRuns, this.#runs * 2);
    this.#left = this.#runs;
    this.#usual = Number.POSITIVE_INFINITY;
    this.#other = Number.POSITIVE_INFINITY;
  }
}
