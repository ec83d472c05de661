import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, ceilDiv, type Dim, floorDiv, max, mod, mul, substitute, symbol, symbolsOf } from '../../src/ir/dim.js';
import { SizeEquations } from '../../src/runtime/bind-sizes.js';

const [h, w] = [symbol('H'), symbol('W')];

function solve(list: readonly (readonly [Dim, number])[], given?: ReadonlyMap<string, number>) {
  const equations = new SizeEquations(given);
  for (const [i, [dim, size]] of list.entries()) equations.add(dim, size, `place ${i}`);
  const { sizes, conflicts } = equations.solve();
  return { sizes: Object.fromEntries(sizes), conflicts };
}

describe('sizes of inputs', () => {
  it('are those of tensors where an input has the symbol itself', () => {
    expect(
      solve([
        [h, 4],
        [mul(2, h), 8],
      ]),
    ).toEqual({ sizes: { H: 4 }, conflicts: [] });
    expect(solve([[add(mul(3, h), 1), 7]])).toEqual({ sizes: { H: 2 }, conflicts: [] });
    expect(solve([[mul(2, h), 7]]).conflicts).toEqual([{ index: 0, reason: '2*H cannot be 7' }]);
    expect(solve([[5, 6]]).conflicts).toEqual([{ index: 0, reason: 'the model is made for 5 there' }]);
  });

  it('are ones that a quotient has, the roundest of them', () => {
    expect(solve([[floorDiv(h, 8), 8]])).toEqual({ sizes: { H: 64 }, conflicts: [] });
    expect(solve([[ceilDiv(h, 8), 8]])).toEqual({ sizes: { H: 64 }, conflicts: [] });
    expect(solve([[floorDiv(h, 8), 0]])).toEqual({ sizes: { H: 4 }, conflicts: [] });
  });

  it('are ones that all inputs have together', () => {
    expect(
      solve([
        [floorDiv(h, 8), 8],
        [floorDiv(h, 4), 17],
        [floorDiv(w, 8), 3],
      ]),
    ).toEqual({
      sizes: { H: 68, W: 24 },
      conflicts: [],
    });
    const { conflicts } = solve([
      [floorDiv(h, 8), 8],
      [floorDiv(h, 4), 18],
    ]);
    expect(conflicts).toEqual([{ index: 1, reason: 'floor(H/4) cannot be 18 together with place 0, whatever H is' }]);
  });

  it('come from the input that has the symbol alone, wherever it stands', () => {
    expect(
      solve([
        [floorDiv(h, 8), 8],
        [h, 65],
      ]),
    ).toEqual({ sizes: { H: 65 }, conflicts: [] });
    expect(
      solve([
        [floorDiv(h, 8), 8],
        [h, 72],
      ]).conflicts,
    ).toEqual([{ index: 0, reason: 'H = 72 comes from place 1' }]);
    expect(solve([[floorDiv(h, 8), 8]], new Map([['H', 100]])).conflicts).toEqual([
      { index: 0, reason: 'H = 100 comes from the sizes given' },
    ]);
  });

  it('stay open where several symbols are in one expression, which has one size', () => {
    const tokens = mul(floorDiv(h, 16), floorDiv(w, 16));
    expect(solve([[tokens, 196]])).toEqual({ sizes: {}, conflicts: [] });
    expect(
      solve([
        [tokens, 196],
        [tokens, 196],
      ]).conflicts,
    ).toEqual([]);
    expect(
      solve([
        [tokens, 196],
        [tokens, 195],
      ]).conflicts,
    ).toEqual([{ index: 1, reason: 'floor(H/16)*floor(W/16) = 196 comes from place 0' }]);
    expect(
      solve([
        [tokens, 6],
        [w, 33],
      ]),
    ).toEqual({ sizes: { W: 33, H: 48 }, conflicts: [] });
    expect(solve([[add(h, w), 1]]).conflicts).toEqual([{ index: 0, reason: 'H + W cannot be 1' }]);
  });

  it('are found where the expression does not grow with them', () => {
    expect(solve([[mod(h, 8), 3]])).toEqual({ sizes: { H: 3 }, conflicts: [] });
    expect(solve([[mod(h, 8), 8]]).conflicts).toHaveLength(1);
    expect(solve([[max(h, 16), 16]]).conflicts).toEqual([]);
  });

  it('never refuse tensors that one size of each symbol gives', () => {
    const dims = fc.record({
      name: fc.constantFrom(h, w),
      divisor: fc.integer({ min: 1, max: 32 }),
      offset: fc.integer({ min: 0, max: 9 }),
      factor: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom('floor', 'ceil', 'linear', 'product'),
    });
    fc.assert(
      fc.property(fc.array(dims, { minLength: 1, maxLength: 5 }), fc.nat(3000), fc.nat(3000), (list, height, width) => {
        const bindings = new Map([
          ['H', height + 1],
          ['W', width + 1],
        ]);
        const equations = list.map(({ name, divisor, offset, factor, kind }): [Dim, number] => {
          const inner = add(mul(factor, name), offset);
          const dim =
            kind === 'floor'
              ? floorDiv(inner, divisor)
              : kind === 'ceil'
                ? mul(2, ceilDiv(inner, divisor))
                : kind === 'linear'
                  ? inner
                  : mul(inner, add(name === h ? w : h, divisor));
          return [dim, substitute(dim, bindings) as number];
        });
        const { sizes, conflicts } = solve(equations);
        expect(conflicts).toEqual([]);
        const found = new Map(Object.entries(sizes));
        for (const [dim, size] of equations) {
          const value = substitute(dim, found);
          if (symbolsOf(dim).size === 1) expect(value).toBe(size);
        }
      }),
      { numRuns: 300 },
    );
  });
});
