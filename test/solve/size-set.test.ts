import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSizes, SizeSet } from '../../src/solve/size-set.js';

/** The set that a test of numbers makes, told where it becomes periodic. */
function setOf(contains: (size: number) => boolean, start = 1, period = 1): SizeSet {
  return new SizeSet(contains, start, period);
}

describe('sets of sizes in words', () => {
  it.each([
    ['any size', setOf(() => true)],
    ['no size', setOf(() => false)],
    ['at least 32', setOf((n) => n >= 32, 32)],
    ['at most 512', setOf((n) => n <= 512, 513)],
    ['exactly 224', setOf((n) => n === 224, 225)],
    ['224 to 255', setOf((n) => n >= 224 && n < 256, 256)],
    ['multiple of 16', setOf((n) => n % 16 === 0, 1, 16)],
    ['multiple of 16, at least 32', setOf((n) => n % 16 === 0 && n > 16, 32, 16)],
    ['even', setOf((n) => n % 2 === 0, 1, 2)],
    ['even, at least 4', setOf((n) => n % 2 === 0 && n > 2, 4, 2)],
    ['odd', setOf((n) => n % 2 === 1, 1, 2)],
    ['4 more than a multiple of 16', setOf((n) => n % 16 === 4, 1, 16)],
    ['12 more than a multiple of 16, at least 188', setOf((n) => n % 16 === 12 && n >= 188, 188, 16)],
    ['no multiple of 3', setOf((n) => n % 3 !== 0, 1, 3)],
    ['not 2 more than a multiple of 5', setOf((n) => n % 5 !== 2, 1, 5)],
    ['0 or 1 modulo 16, at least 16', setOf((n) => n % 16 < 2 && n >= 16, 16, 16)],
    ['0 or 29 to 31 modulo 32; also 1 to 4', setOf((n) => n < 5 || [0, 29, 30, 31].includes(n % 32), 5, 32)],
    ['multiple of 8, at least 16; also 1', setOf((n) => n === 1 || (n > 8 && n % 8 === 0), 9, 8)],
    ['1, 3, 5, 7, 9, 11, 13, 15 or others up to 19', setOf((n) => n < 20 && n % 2 === 1, 20)],
  ])('%s', (text, set) => {
    expect(set.toString()).toBe(text);
  });

  it('do not depend on how large a period was looked at', () => {
    expect(setOf((n) => n % 4 === 0, 49, 48).toString()).toBe('multiple of 4');
  });

  it('of no sizes say so', () => {
    expect(formatSizes([])).toBe('no size');
  });
});

describe('members', () => {
  const cases = fc
    .record({
      start: fc.integer({ min: 1, max: 40 }),
      early: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      pattern: fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
    })
    .map(({ start, early, pattern }) => {
      const contains = (n: number) => (n < start ? early[n]! : pattern[n % pattern.length]!);
      return { contains, set: new SizeSet(contains, start, pattern.length) };
    });

  it('are those that were put in, however the set is kept', () => {
    fc.assert(
      fc.property(cases, ({ contains, set }) => {
        const all = Array.from({ length: 120 }, (_, i) => i + 1);
        expect(all.filter((size) => set.has(size))).toEqual(all.filter(contains));
        expect([0, -3, 1.5].some((size) => set.has(size))).toBe(false);
      }),
    );
  });

  it('nearest to any size are found', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 90 }), ({ contains, set }, size) => {
        const all = Array.from({ length: 200 }, (_, i) => i + 1).filter(contains);
        expect(set.next(size)).toBe(all.find((item) => item >= size));
        expect(set.previous(size)).toBe(all.findLast((item) => item <= size));
      }),
    );
  });
});
