/** Which class of processors the probe of the second-level cache tells. */
import { describe, expect, it } from 'vitest';
import { classOfSteps, measureSteps } from '../../src/wasm/cache-probe.js';

describe('the class by nanoseconds of a step', () => {
  it.each([
    // Measured on a processor with 2 MiB: as it is, and with all sizes doubled.
    { near: 4.3, within: 6.4, beyond: 32, is: 'cache-2m' },
    { near: 5.1, within: 37, beyond: 42, is: 'cache-1m' },
    // What a cache of many MiB holds is nowhere else.
    { near: 5, within: 6, beyond: 6, is: 'cache-2m' },
    { near: 4, within: 17.9, beyond: 32, is: 'cache-2m' },
    { near: 4, within: 18.1, beyond: 32, is: 'cache-1m' },
    // A clock in steps of more than what is measured.
    { near: 0, within: 0, beyond: 48, is: undefined },
  ])('$near, $within, $beyond: $is', ({ is, ...times }) => {
    expect(classOfSteps(times)).toBe(is);
  });
});

it('steps are timed in nanoseconds, and slowest after most was read', () => {
  const { near, within, beyond } = measureSteps();
  for (const time of [near, within, beyond]) expect(Number.isFinite(time) && time > 0).toBe(true);
  expect(beyond).toBeGreaterThanOrEqual(near);
});
