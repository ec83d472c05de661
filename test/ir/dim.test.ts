import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dimFunction } from '../../src/ir/dim/function.js';
import {
  add,
  casesOf,
  ceilDiv,
  type Dim,
  DimTooComplexError,
  divideExact,
  floorDiv,
  formatDim,
  max,
  min,
  mod,
  mul,
  rangeOf,
  sub,
  substitute,
  symbol,
  symbolsOf,
  unlessTooComplex,
} from '../../src/ir/dim.js';

const H = symbol('H');
const W = symbol('W');

describe('canonical form', () => {
  it('makes equal expressions the same object', () => {
    expect(add(H, H)).toBe(mul(2, H));
    expect(sub(add(H, W), W)).toBe(H);
    expect(mul(add(H, 1), sub(H, 1))).toBe(sub(mul(H, H), 1));
    expect(floorDiv(mul(4, H), 2)).toBe(mul(2, H));
    expect(floorDiv(add(mul(2, H), 1), 2)).toBe(H);
    expect(floorDiv(floorDiv(H, 2), 3)).toBe(floorDiv(H, 6));
    expect(floorDiv(add(floorDiv(sub(H, 1), 2), 1), 2)).toBe(floorDiv(add(H, 1), 4));
    expect(floorDiv(mul(2, H), 4)).toBe(floorDiv(H, 2));
    expect(max(H, W)).toBe(max(W, H));
    expect(symbol('H')).toBe(H);
  });

  it('decides what ranges decide', () => {
    expect(max(H, 1)).toBe(H);
    expect(min(H, 0)).toBe(0);
    expect(max(add(H, 3), H)).toBe(add(H, 3));
    expect(floorDiv(mod(H, 4), 4)).toBe(0);
  });

  it('absorbs a bound within a bound', () => {
    expect(max(H, min(H, W))).toBe(H);
    expect(min(max(W, H), W)).toBe(W);
    expect(max(H, max(H, W))).not.toBe(H);
    expect(max(H, min(mul(2, H), W))).not.toBe(H);
  });

  it('has one maximum in place of nested ones, with each operand once', () => {
    const K = symbol('K');
    expect(max(max(H, W), H)).toBe(max(H, W));
    expect(max(max(H, W), max(K, H))).toBe(max(H, max(W, K)));
    expect(max(max(H, 5), max(W, 3))).toBe(max(max(H, W), 5));
    expect(min(min(H, 5), add(H, 1))).toBe(min(H, 5));
    expect(substitute(max(max(H, W), K), new Map([['K', 7]]))).toBe(max(max(H, W), 7));
  });

  it('follows a k4 s2 p1 layer and its inverse', () => {
    const halved = add(floorDiv(sub(add(H, 2), 4), 2), 1);
    expect(halved).toBe(floorDiv(H, 2));
    expect(sub(add(mul(sub(H, 1), 2), 4), 2)).toBe(mul(2, H));
  });

  it('has one form for what is rounded up, however it is written', () => {
    for (const divisor of [2, 3, 4, 8]) {
      const up = ceilDiv(H, divisor);
      const down = floorDiv(H, divisor);
      expect(sub(0, floorDiv(mul(-1, H), divisor))).toBe(up);
      expect(sub(H, floorDiv(mul(divisor - 1, H), divisor))).toBe(up);
      expect(sub(mul(W, H), mul(W, floorDiv(mul(divisor - 1, H), divisor)))).toBe(mul(W, up));
      expect(add(sub(H, up), sub(H, down))).toBe(sub(mul(2, H), add(up, down)));
    }
    expect(sub(mul(4, H), mul(4, floorDiv(mul(3, H), 4)))).toBe(mul(4, ceilDiv(H, 4)));
    expect(formatDim(sub(mul(4, H), mul(4, floorDiv(mul(3, H), 4))))).toBe('4*floor((H + 3)/4)');
    expect(add(floorDiv(H, 2), ceilDiv(H, 2))).toBe(H);
    const rest = mul(sub(H, floorDiv(H, 2)), sub(W, floorDiv(W, 2)));
    expect(rest).toBe(mul(ceilDiv(H, 2), ceilDiv(W, 2)));
    expect(formatDim(mod(H, 2))).toBe('H - 2*floor(H/2)');
    expect(formatDim(floorDiv(mul(3, H), 4))).toBe('floor((3*H)/4)');
  });

  it('is in an order that depends on names alone', () => {
    const [late, early] = [symbol('z10'), symbol('z9')];
    const batch = symbol('N');
    const found = symbol('?1', { min: 0, reason: 'found while running' });
    expect(formatDim(mul(late, early, batch))).toBe('N*z9*z10');
    expect(formatDim(add(found, late, early))).toBe('z9 + z10 + ?1');
    expect(formatDim(max(late, max(early, 3)))).toBe('max(z9, z10, 3)');
    expect(formatDim(max(found, late))).toBe('max(z10, ?1)');
  });

  it('has one form for products of what is rounded up', () => {
    const [up, down, right] = [ceilDiv(H, 2), floorDiv(H, 2), ceilDiv(W, 2)];
    const rest = sub(mul(H, H), mul(2, H, down));
    expect(formatDim(add(rest, mul(down, down)))).toBe('floor((H + 1)/2)*floor((H + 1)/2)');
    expect(add(mul(-1, H, H, H), mul(3, H, H, down), mul(-3, H, down, down), mul(down, down, down))).toBe(
      mul(-1, up, up, up),
    );
    expect(add(mul(up, right), mul(H, W))).toBe(add(mul(sub(W, floorDiv(W, 2)), up), mul(H, W)));
    const quarter = floorDiv(add(H, floorDiv(W, 4)), 2);
    expect(add(sub(add(H, floorDiv(W, 4)), quarter), sub(W, floorDiv(W, 4)))).toBe(sub(add(H, W), quarter));
  });

  it('divides products in which floors are written by their counterparts', () => {
    const [up, down, right] = [ceilDiv(H, 2), floorDiv(H, 2), ceilDiv(W, 2)];
    for (const [a, b] of [
      [add(up, 1), add(down, W)],
      [add(mul(2, up), H), sub(right, up)],
      [add(ceilDiv(H, 4), 1), add(mul(4, H), ceilDiv(H, 4))],
      [add(floorDiv(mul(3, H), 4), W), add(mul(3, H), ceilDiv(H, 4))],
      [add(ceilDiv(down, 3), right), mul(add(up, W), add(down, right))],
    ] as const) {
      expect(divideExact(mul(a, b), b)).toBe(a);
      expect(divideExact(mul(a, b), a)).toBe(b);
      expect(divideExact(add(mul(a, b), 1), b)).toBeUndefined();
      expect(divideExact(mul(a, b), add(b, down))).toBeUndefined();
    }
  });

  it('divides products exactly or not at all', () => {
    expect(divideExact(mul(6, H, W), mul(2, W))).toBe(mul(3, H));
    expect(divideExact(mul(add(H, 1), add(W, 2)), add(W, 2))).toBe(add(H, 1));
    expect(divideExact(add(H, 1), 2)).toBeUndefined();
    expect(divideExact(H, 0)).toBeUndefined();
    expect(divideExact(12, 4)).toBe(3);
  });

  it('reads well', () => {
    expect(formatDim(add(mul(2, H), 1))).toBe('2*H + 1');
    expect(formatDim(sub(1, H))).toBe('-H + 1');
    expect(formatDim(floorDiv(sub(H, 1), 2))).toBe('floor((H - 1)/2)');
    expect(formatDim(mul(2, floorDiv(H, 2)))).toBe('2*floor(H/2)');
    expect(formatDim(max(H, 16))).toBe('max(H, 16)');
    expect(formatDim(mul(H, W))).toBe('H*W');
  });

  it('knows its symbols and their reasons', () => {
    const count = symbol('?0', { min: 0, reason: 'NonZero counts while running' });
    const found = symbolsOf(add(floorDiv(add(H, count), 2), max(W, 3)));
    expect([...found.keys()].sort()).toEqual(['?0', 'H', 'W']);
    expect(found.get('?0')?.reason).toBe('NonZero counts while running');
    expect(rangeOf(count).min).toBe(0);
  });

  it('refuses to grow without bound', () => {
    const symbols = Array.from({ length: 40 }, (_, i) => symbol(`s${i}`));
    const sum = add(...symbols);
    expect(() => mul(sum, sum, sum)).toThrow(DimTooComplexError);
  });
});

/** An expression as a Dim and as plain arithmetic. */
interface Twin {
  readonly dim: Dim;
  readonly value: (env: ReadonlyMap<string, number>) => number;
}

const { twin } = fc.letrec<{ twin: Twin }>((tie) => ({
  twin: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom('A', 'B', 'C').map((name): Twin => ({ dim: symbol(name), value: (env) => env.get(name)! })),
    fc.integer({ min: -9, max: 9 }).map((n): Twin => ({ dim: n, value: () => n })),
    fc
      .tuple(tie('twin'), tie('twin'))
      .map(([a, b]): Twin => ({ dim: add(a.dim, b.dim), value: (env) => a.value(env) + b.value(env) })),
    fc
      .tuple(tie('twin'), tie('twin'))
      .map(([a, b]): Twin => ({ dim: sub(a.dim, b.dim), value: (env) => a.value(env) - b.value(env) })),
    fc
      .tuple(tie('twin'), fc.integer({ min: -4, max: 4 }))
      .map(([a, n]): Twin => ({ dim: mul(a.dim, n), value: (env) => a.value(env) * n })),
    fc
      .tuple(tie('twin'), fc.integer({ min: 1, max: 7 }))
      .map(([a, n]): Twin => ({ dim: floorDiv(a.dim, n), value: (env) => Math.floor(a.value(env) / n) })),
    fc
      .tuple(tie('twin'), fc.integer({ min: 1, max: 7 }))
      .map(([a, n]): Twin => ({ dim: ceilDiv(a.dim, n), value: (env) => Math.ceil(a.value(env) / n) })),
    fc
      .tuple(tie('twin'), tie('twin'))
      .map(([a, b]): Twin => ({ dim: max(a.dim, b.dim), value: (env) => Math.max(a.value(env), b.value(env)) })),
    fc
      .tuple(tie('twin'), tie('twin'))
      .map(([a, b]): Twin => ({ dim: min(a.dim, b.dim), value: (env) => Math.min(a.value(env), b.value(env)) })),
  ),
}));

const environment = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }))
  .map(
    ([a, b, c]) =>
      new Map([
        ['A', a],
        ['B', b],
        ['C', c],
      ]),
  );

describe('evaluation', () => {
  it('gives what the same arithmetic gives on numbers', () => {
    fc.assert(
      fc.property(twin, environment, ({ dim, value }, env) => {
        expect(substitute(dim, env)).toBe(value(env) + 0);
      }),
      { numRuns: 3000 },
    );
  });

  it('as a function of numbers gives the same', () => {
    fc.assert(
      fc.property(twin, environment, ({ dim, value }, env) => {
        const names = ['C', 'A', 'B'];
        const values = names.map((name) => env.get(name)!);
        expect(dimFunction(dim, names)(values) + 0).toBe(value(env) + 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('of a sum with a bound in it is that of its largest or smallest case', () => {
    fc.assert(
      fc.property(twin, twin, twin, environment, (a, b, c, env) => {
        const dim = sub(a.dim, mul(3, max(b.dim, c.dim)));
        const cases = casesOf(dim);
        fc.pre(cases !== undefined);
        const values = cases!.dims.map((item) => substitute(item, env) as number);
        const pick = cases!.isLargest ? Math.max : Math.min;
        expect(pick(...values)).toBe(substitute(dim, env));
      }),
      { numRuns: 1000 },
    );
  });

  it('stays inside the range', () => {
    fc.assert(
      fc.property(twin, environment, ({ dim, value }, env) => {
        const range = rangeOf(dim);
        expect(value(env)).toBeGreaterThanOrEqual(range.min);
        expect(value(env)).toBeLessThanOrEqual(range.max);
      }),
      { numRuns: 3000 },
    );
  });

  it('divides back exactly what was multiplied', () => {
    fc.assert(
      fc.property(twin, twin, ({ dim: a }, { dim: b }) => {
        fc.pre(b !== 0);
        const product = unlessTooComplex(() => mul(a, b));
        if (product !== undefined) expect(divideExact(product, b)).toBe(a);
      }),
      { numRuns: 1000 },
    );
  });

  it('divides by what it is a product of, and by nothing else', () => {
    fc.assert(
      fc.property(twin, twin, twin, environment, ({ dim: a }, { dim: b }, { dim: c }, env) => {
        fc.pre(a !== 0 && b !== 0 && c !== 0);
        const [ab, abc] = [unlessTooComplex(() => mul(a, b)), unlessTooComplex(() => mul(a, b, c))];
        if (ab === undefined || abc === undefined) return;
        expect(divideExact(abc, ab)).toBe(c);
        const quotient = divideExact(abc, c);
        expect(quotient && substitute(quotient, env)).toBe(substitute(ab, env));
        const other = divideExact(add(ab, c), b);
        if (other !== undefined) expect(substitute(mul(other, b), env)).toBe(substitute(add(ab, c), env));
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is too complex', () => {
  it('is an expression that doubles wherever it is shared', () => {
    let size: Dim = H;
    const double = () => {
      for (let i = 0; i < 64; i++) size = add(max(size, add(W, i)), floorDiv(size, 3));
    };
    expect(double).toThrow(DimTooComplexError);
    expect(formatDim(size).length).toBeLessThan(10_000);
  });

  it('is a power of what is rounded up, not what it would be without', () => {
    const power = mul(...new Array<Dim>(40).fill(ceilDiv(H, 2)));
    const many = mul(...Array.from({ length: 40 }, (_, i) => ceilDiv(symbol(`s${i}`), 2)));
    for (const size of [power, many]) {
      unlessTooComplex(() => add(mul(size, ceilDiv(H, 2)), mul(H, size)));
      expect(divideExact(mul(size, add(W, 1)), size)).toBe(add(W, 1));
    }
  });

  it('is a number that is not exact', () => {
    expect(() => floorDiv(H, 2 ** 63)).toThrow(DimTooComplexError);
    expect(() => mul(H, 2 ** 40, 2 ** 40)).toThrow(DimTooComplexError);
  });
});

describe('the range of what windows leave over', () => {
  it('is that of a remainder, also where the size is a quotient itself', () => {
    const rows = floorDiv(H, 2);
    const over = sub(mul(4, ceilDiv(rows, 4)), rows);
    expect(rangeOf(over)).toEqual({ min: 0, max: 3 });
    expect(min(rows, mul(4, ceilDiv(rows, 4)))).toBe(rows);
  });
});
