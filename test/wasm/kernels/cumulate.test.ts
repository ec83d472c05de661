/** Sums and products along an axis, of every type: wrapped integers exactly, floats as double precision has them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IntegerType } from '../../../src/wasm/kernels/cells.js';
import { cumulate } from '../../../src/wasm/kernels/cumulate.js';
import {
  elementFor,
  fromCells,
  indicesOf,
  integerOf,
  integerTypes,
  product,
  toCells,
  wordStrides,
  wrap,
} from './cells.js';
import { runKernel, tiers } from './run-kernel.js';

const common = {
  kind: fc.constantFrom('add' as const, 'mul' as const),
  dims: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
  axis: fc.nat(2),
  exclusive: fc.boolean(),
  reverse: fc.boolean(),
  cuts: fc.array(fc.nat(8), { maxLength: 2 }),
};
const problem = fc.oneof(
  fc.constantFrom(...integerTypes).chain((type) =>
    fc.record({
      ...common,
      type: fc.constant(type),
      values: fc.array(integerOf(type), { minLength: 12, maxLength: 12 }),
    }),
  ),
  fc.record({
    ...common,
    type: fc.constant('float32' as const),
    values: fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 12, maxLength: 12 }),
  }),
);

describe.each(tiers)('cumulative operations, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are those of a loop', () => {
    fc.assert(
      fc.property(problem, ({ kind, dims, axis: any, exclusive, reverse, cuts, type, values }) => {
        const axis = any % dims.length;
        const element = elementFor(type);
        const count = product(dims);
        const numbers = Array.from({ length: count }, (_, i) => values[(i * 5) % values.length]!);
        const strides = wordStrides(element, dims);
        const params = {
          kind,
          lines: dims.flatMap((size, i) => (i === axis ? [] : [{ size, strides: [strides[i]!, strides[i]!] }])),
          element,
          size: dims[axis]!,
          stride: strides[axis]!,
          exclusive,
          reverse,
        };
        const run = (pieces: readonly number[]) =>
          runKernel(tier, (target) => cumulate(target, params), {
            arrays: [toCells(element, numbers), toCells(element, new Array<number>(count).fill(3))],
            cuts: pieces,
          })[1]!;
        const y = run([]);
        const places = indicesOf(dims);
        const expected = places.map((index) => {
          const line = places
            .map((_, i) => i)
            .filter((i) => places[i]!.every((at, a) => a === axis || at === index[a]));
          const before = line.filter((i) => {
            const distance = (places[i]![axis]! - index[axis]!) * (reverse ? -1 : 1);
            return exclusive ? distance < 0 : distance <= 0;
          });
          return before.map((i) => numbers[i]!);
        });
        if (type === 'float32') {
          for (const [i, terms] of (expected as number[][]).entries()) {
            const exact = terms.reduce((a, b) => (kind === 'add' ? a + b : a * b), kind === 'add' ? 0 : 1);
            expect(Math.abs(y[i]! - exact)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(exact)));
          }
        } else {
          const wrapped = (expected as bigint[][]).map((terms) =>
            wrap(
              type as IntegerType,
              terms.reduce((a, b) => (kind === 'add' ? a + b : a * b), kind === 'add' ? 0n : 1n),
            ),
          );
          expect(fromCells(element, y)).toEqual(wrapped);
        }
        expect(Object.is(run(cuts).join(), y.join())).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
