/** Reductions of integers of every type over any axes, wrapped at each step. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IntegerType } from '../../../src/wasm/kernels/cells.js';
import { type IntegerReduceKind, integerReduce } from '../../../src/wasm/kernels/integer-reduce.js';
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

const kinds: readonly IntegerReduceKind[] = [
  ...(['sum', 'mean', 'max', 'min', 'product', 'sum of magnitudes', 'sum of squares'] as const),
];

const problem = fc.constantFrom(...integerTypes, 'bool' as const).chain((type) =>
  fc.record({
    type: fc.constant<IntegerType>(type),
    kind: type === 'bool' ? fc.constantFrom<IntegerReduceKind>('max', 'min') : fc.constantFrom(...kinds),
    axes: fc.array(fc.record({ size: fc.integer({ min: 1, max: 5 }), isReduced: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    }),
    values: fc.array(integerOf(type), { minLength: 14, maxLength: 14 }),
    cuts: fc.array(fc.nat(8), { maxLength: 2 }),
  }),
);

function ascending(values: readonly bigint[]): bigint[] {
  return [...values].sort((a, b) => Number(a > b) - Number(a < b));
}

function reduced(kind: IntegerReduceKind, type: IntegerType, values: readonly bigint[]): bigint {
  const fold = (step: (a: bigint, b: bigint) => bigint, start: bigint) =>
    values.reduce((a, b) => wrap(type, step(a, b)), start);
  switch (kind) {
    case 'max':
      return ascending(values).at(-1)!;
    case 'min':
      return ascending(values)[0]!;
    case 'product':
      return fold((a, b) => a * b, 1n);
    case 'sum':
      return fold((a, b) => a + b, 0n);
    case 'sum of magnitudes':
      return fold((a, b) => a + (b < 0n ? -b : b), 0n);
    case 'sum of squares':
      return fold((a, b) => a + wrap(type, b * b), 0n);
    // Of a sum in 64 bits.
    case 'mean': {
      const sum = values.reduce((a, b) => a + b, 0n);
      const whole = type === 'uint64' ? BigInt.asUintN(64, sum) : BigInt.asIntN(64, sum);
      return wrap(type, whole / BigInt(values.length));
    }
  }
}

describe.each(tiers)('reductions of integers, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are those of a loop', () => {
    fc.assert(
      fc.property(problem, ({ type, kind, axes, values, cuts }) => {
        const element = elementFor(type);
        const dims = axes.map(({ size }) => size);
        const kept = axes.map(({ size, isReduced }) => (isReduced ? 1 : size));
        const [from, to] = [wordStrides(element, dims), wordStrides(element, kept)];
        const numbers = Array.from({ length: product(dims) }, (_, i) => values[(i * 5) % values.length]!);
        const params = {
          kind,
          kept: axes.flatMap(({ size, isReduced }, i) => (isReduced ? [] : [{ size, strides: [from[i]!, to[i]!] }])),
          reduced: axes.flatMap(({ size, isReduced }, i) => (isReduced ? [{ size, stride: from[i]! }] : [])),
          input: element,
          output: element,
        };
        const run = (pieces: readonly number[]) =>
          runKernel(tier, (target) => integerReduce(target, params), {
            arrays: [toCells(element, numbers), toCells(element, new Array<number>(product(kept)).fill(1))],
            cuts: pieces,
          })[1]!;
        const places = indicesOf(dims);
        const expected = indicesOf(kept).map((place) => {
          const own = places.flatMap((index, i) =>
            index.every((at, axis) => axes[axis]!.isReduced || at === place[axis]) ? [numbers[i]!] : [],
          );
          return reduced(kind, type, own);
        });
        expect(fromCells(element, run([]))).toEqual(expected);
        expect(fromCells(element, run(cuts))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
