import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Requirement } from '../../src/ir/constraint.js';
import { add, ceilDiv, type Dim, floorDiv, max, min, mul, sub, symbol } from '../../src/ir/dim.js';
import { solveSymbol } from '../../src/solve/solve-symbol.js';

const H = symbol('H');

function equal(left: Dim, right: Dim): Requirement {
  return { kind: 'equal', left, right };
}

function atLeast(left: Dim, right: Dim): Requirement {
  return { kind: 'at-least', left, right };
}

function solved(...requirements: Requirement[]): string {
  const { set, triedUpTo } = solveSymbol('H', requirements);
  return `${set}${triedUpTo === undefined ? '' : ` up to ${triedUpTo}`}`;
}

describe('one symbol', () => {
  it('of a U-Net with four levels is a multiple of 16', () => {
    expect(
      solved(
        equal(floorDiv(H, 8), mul(2, floorDiv(H, 16))),
        equal(floorDiv(H, 4), mul(4, floorDiv(H, 16))),
        equal(floorDiv(H, 2), mul(8, floorDiv(H, 16))),
        equal(H, mul(16, floorDiv(H, 16))),
      ),
    ).toBe('multiple of 16');
  });

  it.each<[string, Requirement[]]>([
    ['any size', []],
    ['any size', [atLeast(add(H, 4), 2)]],
    ['at least 12', [atLeast(sub(H, 11), 1)]],
    ['at least 5', [atLeast(floorDiv(sub(H, 1), 4), 1)]],
    ['exactly 224', [equal(H, 224)]],
    ['exactly 7', [equal(mul(H, H), 49)]],
    ['224 to 255', [equal(floorDiv(H, 32), 7)]],
    ['at most 100', [atLeast(sub(100, H), 0)]],
    ['no size', [equal(mul(2, H), 7)]],
    ['no size', [equal(H, 3), equal(H, 4)]],
    ['even', [equal(H, mul(2, floorDiv(H, 2)))]],
    ['odd', [equal(add(H, 1), mul(2, floorDiv(add(H, 1), 2)))]],
    ['multiple of 16, at least 32', [equal(H, mul(16, floorDiv(H, 16))), atLeast(sub(floorDiv(H, 16), 1), 1)]],
    ['4 more than a multiple of 16, at least 20', [equal(sub(H, 4), mul(16, floorDiv(sub(H, 4), 16))), atLeast(H, 5)]],
    ['multiple of 6', [equal(H, mul(2, floorDiv(H, 2))), equal(H, mul(3, floorDiv(H, 3)))]],
    ['at least 16', [equal(max(H, 16), H)]],
    ['at most 16', [equal(min(H, 16), H)]],
    ['not 1 more than a multiple of 3', [equal(ceilDiv(H, 3), floorDiv(add(H, 1), 3))]],
    ['at least 10', [atLeast(sub(mul(H, H), mul(9, H)), 1)]],
  ])('%s', (text, requirements) => {
    expect(solved(...requirements)).toBe(text);
  });

  it('may be 1 where sizes broadcast', () => {
    const doubled = mul(2, floorDiv(H, 2));
    expect(solved({ kind: 'broadcast', left: H, right: doubled })).toBe('even; also 1');
  });

  it('is tried one by one where periods are out of hand, and says so', () => {
    const { set, triedUpTo } = solveSymbol('H', [equal(mul(4099, floorDiv(H, 4099)), 0)]);
    expect(triedUpTo).toBe(4096);
    expect(set.toString()).toBe('at most 4096');
  });

  it('names the requirements that rule something out, and the one that leaves nothing', () => {
    const first = equal(H, mul(4, floorDiv(H, 4)));
    const implied = equal(H, mul(2, floorDiv(H, 2)));
    const last = equal(H, add(mul(4, floorDiv(H, 4)), 2));
    const { effective, blocking } = solveSymbol('H', [first, implied, last]);
    expect(effective).toEqual([first, last]);
    expect(blocking).toEqual({ requirement: last, size: 64 });
  });

  it('is decided in little time for periods of thousands', () => {
    expect(solved(equal(H, mul(2048, floorDiv(H, 2048))))).toBe('multiple of 2048');
    expect(solved(...[3, 5, 7, 11, 13].map((n) => equal(H, mul(n, floorDiv(H, n)))))).toBe('multiple of 15015');
  });
});

/** Expressions in H as networks make them, with the same in plain arithmetic. */
interface Twin {
  readonly dim: Dim;
  readonly value: (size: number) => number;
}

const start: Twin = { dim: H, value: (size) => size };

const chain = fc.array(
  fc.oneof(
    fc
      .integer({ min: 1, max: 6 })
      .map((n) => ({ dim: (x: Dim) => floorDiv(x, n), value: (x: number) => Math.floor(x / n) })),
    fc.integer({ min: 1, max: 4 }).map((n) => ({ dim: (x: Dim) => mul(x, n), value: (x: number) => x * n })),
    fc.integer({ min: -5, max: 5 }).map((n) => ({ dim: (x: Dim) => add(x, n), value: (x: number) => x + n })),
    fc.integer({ min: 1, max: 30 }).map((n) => ({ dim: (x: Dim) => min(x, n), value: (x: number) => Math.min(x, n) })),
    fc.integer({ min: 1, max: 30 }).map((n) => ({ dim: (x: Dim) => max(x, n), value: (x: number) => Math.max(x, n) })),
  ),
  { maxLength: 5 },
);

const twin = chain.map((steps) =>
  steps.reduce<Twin>(
    (from, { dim, value }) => ({ dim: dim(from.dim), value: (size) => value(from.value(size)) }),
    start,
  ),
);

const requirement = fc
  .tuple(fc.constantFrom('equal' as const, 'at-least' as const, 'broadcast' as const), twin, twin)
  .map(([kind, a, b]) => ({
    item: { kind, left: a.dim, right: b.dim },
    holds: (size: number) => {
      const [x, y] = [a.value(size), b.value(size)];
      if (kind === 'at-least') return x >= y;
      return x === y || (kind === 'broadcast' && (x === 1 || y === 1));
    },
  }));

describe('any requirements', () => {
  it('hold for the members of the set and for no other size', () => {
    fc.assert(
      fc.property(fc.array(requirement, { minLength: 1, maxLength: 4 }), (list) => {
        const { set, triedUpTo } = solveSymbol(
          'H',
          list.map(({ item }) => item),
        );
        const wrong = Array.from({ length: 1500 }, (_, n) => n + 1).filter(
          (size) => set.has(size) !== list.every(({ holds }) => holds(size)),
        );
        expect(wrong, `${set}`).toEqual([]);
        expect(triedUpTo).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });
});
