/** Slices that differ along an axis, against a list of them as text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unique, uniqueScratch } from '../../../src/wasm/kernels/unique.js';
import { elementFor, fromCells, integerOf, integerTypes, toCells } from './cells.js';
import { runKernel, tiers } from './run-kernel.js';

const shape = {
  outer: fc.integer({ min: 1, max: 3 }),
  size: fc.integer({ min: 1, max: 17 }),
  inner: fc.integer({ min: 1, max: 2 }),
  sorted: fc.boolean(),
};
const few = { minLength: 1, maxLength: 4 };
const problem = fc.oneof(
  fc
    .constantFrom(...integerTypes)
    .chain((type) => fc.record({ ...shape, type: fc.constant(type), values: fc.array(integerOf(type), few) })),
  fc.record({
    ...shape,
    type: fc.constant('float32' as const),
    values: fc.array(fc.constantFrom(-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY), few),
  }),
);

/** NaN is above all numbers. */
function compare(a: bigint | number, b: bigint | number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

describe.each(tiers)('unique, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('lists slices that differ, and says which ones all are', () => {
    fc.assert(
      fc.property(problem, fc.nat(), ({ outer, size, inner, sorted, type, values }, seed) => {
        const element = elementFor(type);
        const at = (i: number) => values[(((i + seed) % 1009) * 7919) % values.length]!;
        const numbers = Array.from({ length: outer * size * inner }, (_, i) => at(Math.floor(i / 3)));
        const slices = Array.from({ length: size }, (_, place) =>
          Array.from({ length: outer * inner }, (__, i) => {
            const [o, k] = [Math.floor(i / inner), i % inner];
            return numbers[(o * size + place) * inner + k]!;
          }),
        );
        const order = (a: number, b: number) => {
          const i = slices[a]!.findIndex((value, k) => compare(value, slices[b]![k]!) !== 0);
          return i < 0 ? 0 : compare(slices[a]![i]!, slices[b]![i]!);
        };
        const firsts = slices.flatMap((_, i) => (slices.some((__, j) => j < i && order(i, j) === 0) ? [] : [i]));
        if (sorted) firsts.sort(order);
        const inverse = slices.map((_, i) => firsts.findIndex((first) => order(i, first) === 0));

        const empty = (words: number) => new Float32Array(words).fill(Number.NaN);
        const params = { element, outer, size, inner, sorted };
        const results = runKernel(tier, (target) => unique(target, params), {
          arrays: [
            toCells(element, numbers),
            ...[size, 1, 2 * size, 2 * size, 2 * size, uniqueScratch(size)].map(empty),
          ],
          cuts: [],
        });
        const int32 = (i: number) => new Int32Array(results[i]!.slice().buffer);
        const int64 = (i: number, count: number) =>
          fromCells(elementFor('int64'), results[i]!.slice(0, 2 * count)).map(Number);
        expect(int32(2)[0]).toBe(firsts.length);
        expect([...int32(1).subarray(0, firsts.length)]).toEqual(firsts);
        expect(int64(3, firsts.length)).toEqual(firsts);
        expect(int64(4, firsts.length)).toEqual(firsts.map((_, i) => inverse.filter((k) => k === i).length));
        expect(int64(5, size)).toEqual(inverse);
      }),
      { numRuns: 40 },
    );
  });
});
