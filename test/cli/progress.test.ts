import { expect, it } from 'vitest';
import { RecentRate } from '../../src/cli/progress.js';

it('a rate is that of the last seconds, and none before there are two times', () => {
  const rate = new RecentRate();
  expect(rate.perSecond).toBeUndefined();
  rate.add(1, 10_000);
  expect(rate.perSecond).toBeUndefined();
  // Ten a second at first, a hundred a second afterwards.
  for (let time = 100; time <= 10_000; time += 100) rate.add(1 + time / 100, 10_000 + time);
  expect(rate.perSecond).toBeCloseTo(10, 6);
  for (let time = 10; time <= 10_000; time += 10) rate.add(101 + time / 10, 20_000 + time);
  expect(rate.perSecond).toBeCloseTo(100, 6);
});
