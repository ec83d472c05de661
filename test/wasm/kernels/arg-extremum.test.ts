/** Indices of extrema along any axis, against a loop; of equal ones the first or the last, NaN before all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArgExtremumParams, argExtremum } from '../../../src/wasm/kernels/arg-extremum.js';
import { runKernel, tiers } from './run-kernel.js';

const problem = fc.record({
  before: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
  size: fc.integer({ min: 1, max: 9 }),
  after: fc.array(fc.integer({ min: 1, max: 23 }), { maxLength: 2 }),
  kind: fc.constantFrom('max' as const, 'min' as const),
  takesLast: fc.boolean(),
  values: fc.array(fc.constantFrom(-1, 0, 1, 2, Number.NaN, Number.NEGATIVE_INFINITY), {
    minLength: 16,
    maxLength: 64,
  }),
  cuts: fc.array(fc.nat(12), { maxLength: 3 }),
});

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

function bestOf(line: readonly number[], { kind, takesLast }: Problem): number {
  const rank = (value: number) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : kind === 'max' ? value : -value);
  // An infinity of the wanted sign does not occur in the lines, so that NaN has no equal but itself.
  const best = Math.max(...line.map(rank));
  return takesLast ? line.map(rank).lastIndexOf(best) : line.map(rank).indexOf(best);
}

function layOut({ before, size, after, kind, takesLast }: Problem) {
  const inner = after.reduce((product, count) => product * count, 1);
  const outer = before.reduce((product, count) => product * count, 1);
  const kept: { size: number; strides: number[] }[] = [];
  let stride = inner;
  for (const count of [...after]) {
    stride /= count;
    kept.push({ size: count, strides: [stride, stride] });
  }
  stride = outer;
  const front = before.map((count) => {
    stride /= count;
    return { size: count, strides: [stride * size * inner, stride * inner] };
  });
  const params: ArgExtremumParams = { kind, takesLast, kept: [...front, ...kept], axis: { size, stride: inner } };
  return { params, inner, outer };
}

describe.each(tiers)('extrema, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('along an axis', () => {
    fc.assert(
      fc.property(problem, (p) => {
        fc.pre(p.kind === 'max' || !p.values.includes(Number.NEGATIVE_INFINITY));
        const { params, inner, outer } = layOut(p);
        const count = outer * p.size * inner;
        const x = new Float32Array(count + 16).fill(Number.NaN);
        for (let i = 0; i < count; i++) x[i] = p.values[(i * 7) % p.values.length]!;
        const expected = Array.from({ length: outer * inner }, (_, i) => {
          const start = Math.floor(i / inner) * p.size * inner + (i % inner);
          return bestOf(
            Array.from({ length: p.size }, (_, k) => x[start + k * inner]!),
            p,
          );
        });
        const run = (cuts: readonly number[]) => {
          const [, y] = runKernel(tier, (target) => argExtremum(target, params), {
            arrays: [x, new Float32Array(outer * inner + 1).fill(7)],
            cuts,
          });
          return Array.from(y!);
        };
        expect(run([])).toEqual([...expected, 7]);
        expect(run(p.cuts)).toEqual([...expected, 7]);
      }),
      { numRuns: 150 },
    );
  });
});
