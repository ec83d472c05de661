/** Threads share the runs that are faster so. */
import { describe, expect, it } from 'vitest';
import { SharedRuns } from '../../src/runtime/threads/shared-runs.js';

/** Runs a program that takes so long in either way; for each run whether it was shared. */
function run(runs: SharedRuns, count: number, shared: number, alone: number): boolean[] {
  return Array.from({ length: count }, (_, i) => {
    const isShared = runs.isShared(true);
    // Some runs are disturbed.
    runs.ran((isShared ? shared : alone) * (i % 5 === 0 ? 3 : 1));
    return isShared;
  });
}

const shareOf = (list: readonly boolean[]) => list.filter((is) => is).length / list.length;

describe('runs', () => {
  it('are shared where that is faster, but for few trials', () => {
    const list = run(new SharedRuns(), 4000, 1, 1.8);
    expect(list.slice(0, 20).every((is) => is)).toBe(true);
    expect(shareOf(list)).toBeGreaterThan(0.99);
    expect(shareOf(list)).toBeLessThan(1);
  });

  it('are not shared where that is slower, and are again when it no longer is', () => {
    const runs = new SharedRuns();
    expect(shareOf(run(runs, 400, 1.1, 1))).toBeLessThan(0.2);
    run(runs, 1000, 1, 1.8);
    expect(shareOf(run(runs, 1000, 1, 1.8))).toBeGreaterThan(0.95);
  });

  it('are always shared where they are long', () => {
    expect(shareOf(run(new SharedRuns(), 1000, 300, 200))).toBe(1);
  });

  it('that are not timed are no trials', () => {
    const runs = new SharedRuns();
    while (runs.isShared(true)) runs.ran(1);
    expect(runs.isShared(false)).toBe(true);
  });
});
