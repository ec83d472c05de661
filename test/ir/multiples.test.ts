import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, floorDiv, mul, sub, substitute, symbol } from '../../src/ir/dim.js';
import { Multiples } from '../../src/ir/multiples.js';

const n = symbol('n');
const h = symbol('h');
const w = symbol('w');
const windows = mul(n, floorDiv(h, 4), floorDiv(w, 4));

/** h and w are multiples of 4. */
function ofFour(): Multiples {
  const multiples = new Multiples();
  for (const size of [h, w]) multiples.learn(size, mul(4, floorDiv(size, 4)));
  return multiples;
}

describe('remainders of sizes', () => {
  it('make quotients exact', () => {
    expect(new Multiples().quotient(windows, floorDiv(mul(h, w), 16))).toBeUndefined();
    expect(ofFour().quotient(windows, floorDiv(mul(h, w), 16))).toBe(n);
    expect(ofFour().quotient(mul(n, h, w), mul(16, floorDiv(h, 4)))).toBe(mul(n, floorDiv(w, 4)));
    expect(ofFour().quotient(windows, add(h, 1))).toBeUndefined();
  });

  it('are learned one after the other', () => {
    const multiples = new Multiples();
    multiples.learn(mul(2, floorDiv(h, 2)), h);
    multiples.learn(floorDiv(h, 2), mul(2, floorDiv(h, 4)));
    expect(multiples.quotient(mul(n, h), floorDiv(h, 4))).toBe(mul(4, n));
  });

  it('may be others than 0', () => {
    const multiples = new Multiples();
    multiples.learn(sub(h, 1), mul(8, floorDiv(h, 8)));
    expect(multiples.quotient(mul(n, sub(h, 1)), floorDiv(h, 8))).toBe(mul(8, n));
    // 9 is no remainder by 8, so no size meets this, and nothing is learned.
    const never = new Multiples();
    never.learn(sub(h, 9), mul(8, floorDiv(h, 8)));
    expect(never.isEmpty).toBe(true);
  });

  it('of other equations are none', () => {
    const multiples = new Multiples();
    multiples.learn(h, w);
    multiples.learn(h, mul(2, floorDiv(w, 2)));
    multiples.learn(mul(h, w), mul(2, floorDiv(mul(h, w), 2)));
    multiples.learn(h, 4);
    expect(multiples.isEmpty).toBe(true);
  });

  it('follow from finer ones, and not the other way around', () => {
    const even = new Multiples();
    even.learn(h, mul(2, floorDiv(h, 2)));
    expect(ofFour().implies(even)).toBe(true);
    expect(even.implies(ofFour())).toBe(false);
    expect(ofFour().implies(new Multiples())).toBe(true);
  });

  it('change no value at sizes that have them', () => {
    const divisor = fc.integer({ min: 2, max: 9 });
    const times = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(divisor, divisor, fc.nat(8), times, times, (a, b, rest, q, r) => {
        const remainder = rest % a;
        const multiples = new Multiples();
        multiples.learn(sub(h, remainder), mul(a, floorDiv(h, a)));
        multiples.learn(w, mul(b, floorDiv(w, b)));
        const sizes = new Map([
          ['n', 3],
          ['h', a * q + remainder],
          ['w', b * r],
        ]);
        const dividend = mul(n, sub(h, remainder), w);
        const quotient = multiples.quotient(dividend, mul(floorDiv(h, a), floorDiv(w, b)));
        expect(quotient).toBeDefined();
        expect(substitute(quotient!, sizes)).toBe(3 * a * b);
        for (const dim of [h, w, floorDiv(add(h, w), 3), mul(h, floorDiv(w, 7))])
          expect(substitute(multiples.inFloors(multiples.inQuotients(dim)), sizes)).toBe(substitute(dim, sizes));
      }),
    );
  });
});
