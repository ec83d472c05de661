import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRequirement, type Requirement } from '../../src/ir/constraint.js';
import { add, type Dim, floorDiv, max, mul, sub, symbol } from '../../src/ir/dim.js';
import { factorsOf, separate } from '../../src/ir/factors.js';
import { predicate } from '../../src/solve/predicate.js';

const [N, H, W] = ['N', 'H', 'W'].map((name) => symbol(name)) as [Sym, Sym, Sym];
type Sym = ReturnType<typeof symbol>;

const equal = (left: Dim, right: Dim): Requirement => ({ kind: 'equal', left, right });
const atLeast = (left: Dim, right: Dim): Requirement => ({ kind: 'at-least', left, right });
const texts = (requirement: Requirement) => separate(requirement).map(formatRequirement);

describe('factors', () => {
  it('are found again after a product was multiplied out', () => {
    const { content, factors } = factorsOf(mul(6, N, sub(mul(2, H), 1), add(W, 3)));
    expect(content).toBe(6);
    expect(factors.map(String).sort()).toEqual(['2*H - 1', 'N', 'W + 3']);
  });

  it('multiply to the whole again', () => {
    const [h, w] = [fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })];
    fc.assert(
      fc.property(h, w, h, w, fc.integer({ min: -4, max: 4 }), (a, b, c, d, e) => {
        const whole = mul(e, add(mul(a, H), mul(b, floorDiv(H, 2)), c), add(mul(d, W), b), N);
        const { content, factors } = factorsOf(whole);
        expect(mul(content, ...factors)).toBe(whole);
      }),
    );
  });
});

describe('a requirement of products', () => {
  it('is one of each factor where all bound their counterparts', () => {
    const quarter = mul(8, N, floorDiv(H, 2), floorDiv(W, 2));
    expect(texts(equal(mul(2, N, H, W), quarter))).toEqual(['H = 2*floor(H/2)', 'W = 2*floor(W/2)']);
    expect(texts(equal(quarter, mul(2, N, H, W)))).toEqual(['2*floor(H/2) = H', '2*floor(W/2) = W']);
  });

  it('loses what is never zero or negative', () => {
    expect(texts(equal(mul(N, H, 3), mul(N, add(W, 1))))).toEqual(['3*H = W + 1']);
    expect(texts(equal(mul(2, H, W), 24))).toEqual(['H*W = 12']);
    expect(texts(equal(mul(2, H, W), 25))).toEqual(['2*H*W = 25']);
    expect(texts(atLeast(mul(sub(mul(2, H), 1), sub(mul(2, W), 1)), 0))).toEqual(['0 ≥ 0']);
    expect(texts(atLeast(mul(N, sub(H, 4)), 0))).toEqual(['H - 4 ≥ 0']);
  });

  it('stays as it is where it has other solutions', () => {
    expect(texts(equal(mul(H, W), 6))).toEqual(['H*W = 6']);
    const crossed = equal(mul(H, add(W, 1)), mul(add(H, 1), W));
    expect(separate(crossed)).toEqual([crossed]);
  });

  it('asks the same of all sizes, however it is separated', () => {
    const factor = (of: Dim) =>
      fc
        .record({
          times: fc.integer({ min: 1, max: 4 }),
          plus: fc.integer({ min: -3, max: 3 }),
          divisor: fc.integer({ min: 1, max: 4 }),
          least: fc.integer({ min: -4, max: 4 }),
        })
        .map(({ times, plus, divisor, least }) => max(mul(times, floorDiv(add(of, plus), divisor)), least));
    const product = fc.tuple(factor(H), factor(W), fc.boolean(), fc.integer({ min: -2, max: 4 }));
    const requirement = fc.record({
      kind: fc.constantFrom('equal' as const, 'at-least' as const),
      left: product.map(([h, w, withN, c]) => mul(h, w, withN ? N : 1, c)),
      right: product.map(([h, w, withN, c]) => mul(h, w, withN ? N : 1, c)),
    });
    fc.assert(
      fc.property(requirement, (whole) => {
        const names = ['N', 'H', 'W'];
        const holds = predicate(whole, names);
        const parts = separate(whole).map((part) => predicate(part, names));
        for (const n of [1, 2, 3])
          for (let h = 1; h <= 9; h++)
            for (let w = 1; w <= 9; w++)
              if (holds([n, h, w]) !== parts.every((part) => part([n, h, w])))
                throw new Error(`${formatRequirement(whole)} at ${[n, h, w]}, separated ${texts(whole)}`);
      }),
      { numRuns: 500 },
    );
  });
});
