/** Times of other threads on the clock of this one. */
import { expect, it } from 'vitest';
import { partsOf } from '../../src/runtime/step-times.js';

const steps = [
  { step: 3, start: 1000, end: 1010 },
  { step: 5, start: 1020, end: 1040 },
];

function parts(off: number, ...times: number[]) {
  const noted = times.map((time) => performance.timeOrigin + off + time);
  // Milliseconds since 1970 are known to a quarter of a microsecond.
  return partsOf(2, steps, noted).map(({ start, end, ...part }) => ({
    ...part,
    start: Math.round(100 * start) / 100,
    end: Math.round(100 * end) / 100,
  }));
}

it('parts keep their times where those lie in their steps', () => {
  expect(parts(0, 1001, 1009.5, 1020.5, 1030)).toEqual([
    { step: 3, thread: 2, start: 1001, end: 1009.5 },
    { step: 5, thread: 2, start: 1020.5, end: 1030 },
  ]);
});

it.each([0.3, 7, 5000, -0.3, -7, -5000])('a clock that is %f ms off keeps the lengths', (off) => {
  const [first, second] = parts(off, 1001, 1009.5, 1020.5, 1030);
  expect(first!.end - first!.start).toBeCloseTo(8.5);
  expect(second!.start - first!.end).toBeCloseTo(11);
  expect(second!.end - second!.start).toBeCloseTo(9.5);
  for (const [i, part] of [first!, second!].entries()) {
    expect(part.start).toBeGreaterThanOrEqual(steps[i]!.start);
    expect(part.end).toBeLessThanOrEqual(steps[i]!.end);
  }
});

it('parts lie in their steps whatever was noted', () => {
  for (const [i, { start, end }] of parts(0, 990, 1015, 1035, 1045).entries()) {
    const times = [steps[i]!.start, start, end, steps[i]!.end];
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
});

it('there are no parts of no steps', () => {
  expect(partsOf(1, [], [])).toEqual([]);
});
