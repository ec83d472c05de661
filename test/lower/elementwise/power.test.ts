/** Pow in plans against Math.pow. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import type { Tier } from '../../../src/wasm/kernels/kernel.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';

const tier: Tier = 'baseline';

/** Base to exponent, element by element; the exponent a constant of either type, or computed. */
function powers(
  bases: readonly number[],
  exponents: readonly number[],
  kind: 'float' | 'integer' | 'tensor',
): number[] {
  const b = new GraphBuilder(15);
  const feeds: Tensor[] = [float32([bases.length], bases)];
  const base = b.input('x', [bases.length]);
  let exponent = kind === 'tensor' ? b.input('y', [exponents.length]) : undefined;
  if (kind === 'tensor') feeds.push(float32([exponents.length], exponents));
  exponent ??= b.constant(kind === 'float' ? float32([], [exponents[0]!]) : int64([], [exponents[0]!]));
  const graph = b.graph(b.add('Pow', [base, exponent]));
  const plan = lower(graph, infer(graph), { tier, precision: 'strict', threads: 1 });
  expect(plan.steps.map((step) => step.kind)).toEqual(['kernel']);
  return [...(executePlan(graph, plan, tier, feeds)[0]!.data as Float32Array)];
}

function expectClose(actual: number, base: number, exponent: number): void {
  const expected = Math.fround(Math.fround(base) ** Math.fround(exponent));
  if (Number.isNaN(expected)) expect(actual).toBeNaN();
  else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-5 * Math.abs(expected));
}

const magnitude = fc.double({ min: 0.01, max: 100, noNaN: true });
const base = fc.tuple(magnitude, fc.boolean()).map(([x, isNegative]) => (isNegative ? -x : x));
const bases = fc.array(base, { minLength: 1, maxLength: 40 });

describe('Pow', () => {
  it('to a constant: whole ones of any sign, and others of what is not negative', () => {
    const exponent = fc.oneof(
      fc.constantFrom(1, 2, 3, 0.5, -0.5, -1, 2.2, 1 / 3, -2.5),
      fc.integer({ min: -14, max: 14 }).filter((n) => n !== 0),
      fc.constantFrom(18, 19, -17),
    );
    fc.assert(
      fc.property(bases, exponent, (list, power) => {
        const bounded = Math.abs(power) > 10 ? list.map((x) => Math.sign(x) * Math.abs(x) ** 0.5) : list;
        const actual = powers(bounded, [power], Number.isInteger(power) ? 'integer' : 'float');
        for (const [i, x] of bounded.entries()) expectClose(actual[i]!, x, power);
      }),
      { numRuns: 200 },
    );
  });

  it('to what is computed', () => {
    const exponent = fc.oneof(fc.double({ min: -6, max: 6, noNaN: true }), fc.integer({ min: -9, max: 9 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(base, exponent), { minLength: 1, maxLength: 40 }), (pairs) => {
        const actual = powers(
          pairs.map(([x]) => x),
          pairs.map(([, y]) => y),
          'tensor',
        );
        for (const [i, [x, y]] of pairs.entries()) expectClose(actual[i]!, x, y);
      }),
      { numRuns: 200 },
    );
  });

  it('of 0, of 1, and to 0', () => {
    const pairs = [
      [0, 2.5, 0],
      [0, -2.5, Number.POSITIVE_INFINITY],
      [0, 0, 1],
      [1, 77, 1],
      [-1, 3, -1],
      [-1, 4, 1],
      [-2, 0, 1],
      [-2, 0.5, Number.NaN],
      [Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY],
      [Number.POSITIVE_INFINITY, 0, 1],
    ] as const;
    const actual = powers(
      pairs.map(([x]) => x),
      pairs.map(([, y]) => y),
      'tensor',
    );
    expect(actual).toEqual(pairs.map(([, , expected]) => expected));
  });
});
