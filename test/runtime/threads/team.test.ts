import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runStatus } from '../../../src/codegen/control.js';
import { Team } from '../../../src/runtime/threads/team.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A team of one, whose looks take so many microseconds. */
async function teamWith(microseconds: () => number) {
  const start = () => {
    throw new Error('no thread is wanted');
  };
  const team = await Team.start(start, new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), 0);
  let looks = 0;
  const look = () =>
    team.lookAtDistance(1, () => {
      looks++;
      vi.advanceTimersByTime(microseconds() / 1000);
      return runStatus.complete;
    });
  return { team, look, looks: () => looks };
}

it('threads look now and then whether their cores are apart', async () => {
  let microseconds = 12;
  const { team, look, looks } = await teamWith(() => microseconds);
  expect(team.areApart).toBe(false);
  look();
  expect([team.areApart, looks()]).toEqual([false, 2]);
  microseconds = 33;
  look();
  // Not yet.
  expect([team.areApart, looks()]).toEqual([false, 2]);
  vi.advanceTimersByTime(30);
  look();
  expect([team.areApart, looks()]).toEqual([true, 4]);
  microseconds = 12;
  vi.advanceTimersByTime(30);
  look();
  expect([team.areApart, looks()]).toEqual([true, 4]);
  vi.advanceTimersByTime(100);
  look();
  expect([team.areApart, looks()]).toEqual([false, 6]);
});

it('one look of two that somebody holds up tells nothing', async () => {
  let first = true;
  const { team, look } = await teamWith(() => {
    const time = first ? 500 : 12;
    first = false;
    return time;
  });
  look();
  expect(team.areApart).toBe(false);
});

it('a look that fails says how', async () => {
  const { team } = await teamWith(() => 0);
  expect(team.lookAtDistance(1, () => runStatus.stalled)).toBe(runStatus.stalled);
});
