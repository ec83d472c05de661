/** The first of a sorted line, of every type, along any axis: equal ones in the order of their indices, NaN above all numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortScratch } from '../../../src/wasm/kernels/merge-sort.js';
import { topK } from '../../../src/wasm/kernels/top-k.js';
import { elementFor, fromCells, integerOf, integerTypes, toCells } from './cells.js';
import { runKernel, tiers } from './run-kernel.js';

const common = {
  size: fc.integer({ min: 1, max: 17 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  outer: fc.integer({ min: 1, max: 3 }),
  inner: fc.integer({ min: 1, max: 3 }),
  largest: fc.boolean(),
  cuts: fc.array(fc.nat(8), { maxLength: 2 }),
};
const problem = fc.oneof(
  fc.constantFrom(...integerTypes).chain((type) =>
    fc.record({
      ...common,
      type: fc.constant(type),
      values: fc.array(integerOf(type), { minLength: 20, maxLength: 20 }),
    }),
  ),
  fc.record({
    ...common,
    type: fc.constant('float32' as const),
    values: fc.array(fc.constantFrom(-1, 0, 0.5, 2, Number.NaN, Number.NEGATIVE_INFINITY), {
      minLength: 20,
      maxLength: 20,
    }),
  }),
);

describe.each(tiers)('top k, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is that of a stable sort', () => {
    fc.assert(
      fc.property(problem, ({ size, share, outer, inner, largest, cuts, type, values }) => {
        const k = Math.max(1, Math.ceil(share * size));
        const element = elementFor(type);
        const words = element.cells === 'int64' ? 2 : 1;
        const numbers = Array.from({ length: outer * size * inner }, (_, i) => values[(i * 7) % values.length]!);
        const params = {
          lines: [
            { size: outer, strides: [size * inner * words, k * inner * words, k * inner * 2] },
            { size: inner, strides: [words, words, 2] },
          ],
          element,
          size,
          k,
          largest,
          stride: inner * words,
          valueStride: inner * words,
          indexStride: inner * 2,
        };
        const count = outer * k * inner;
        const run = (pieces: readonly number[]) =>
          runKernel(tier, (target) => topK(target, params), {
            arrays: [
              toCells(element, numbers),
              toCells(element, new Array<number>(count).fill(1)),
              new Float32Array(2 * count),
              new Float32Array(sortScratch(size)),
            ],
            cuts: pieces,
          });
        const [, best, places] = run([]) as [Float32Array, Float32Array, Float32Array];
        const isAbove = (a: bigint | number, b: bigint | number) => (Number.isNaN(a) ? !Number.isNaN(b) : a > b);
        const order = (a: bigint | number, b: bigint | number) =>
          isAbove(a, b) === isAbove(b, a) ? 0 : isAbove(a, b) === largest ? -1 : 1;
        const expected = { values: new Array<bigint | number>(count), indices: new Array<bigint>(count) };
        for (let line = 0; line < outer * inner; line++) {
          const [o, i] = [Math.floor(line / inner), line % inner];
          const at = (j: number) => numbers[(o * size + j) * inner + i]!;
          const sorted = Array.from({ length: size }, (_, j) => j).sort((a, b) => order(at(a), at(b)) || a - b);
          for (let j = 0; j < k; j++) {
            expected.values[(o * k + j) * inner + i] = at(sorted[j]!);
            expected.indices[(o * k + j) * inner + i] = BigInt(sorted[j]!);
          }
        }
        expect(type === 'float32' ? [...best] : fromCells(element, best)).toEqual(expected.values);
        expect(fromCells(elementFor('int64'), places)).toEqual(expected.indices);
        const again = run(cuts) as [Float32Array, Float32Array, Float32Array];
        expect(again[1]).toEqual(best);
        expect(again[2]).toEqual(places);
      }),
      { numRuns: 40 },
    );
  });
});
