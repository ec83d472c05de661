/** Gathering and scattering at indices that are read: runs of any type, indices from either end, and those that are outside. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IntegerType } from '../../../src/wasm/kernels/cells.js';
import { gather, type Reduction, scatter } from '../../../src/wasm/kernels/indexed.js';
import { elementFor, fromCells, integerOf, toCells, wrap } from './cells.js';
import { runKernel, tiers } from './run-kernel.js';

const types = ['uint8', 'int16', 'int32', 'uint32', 'int64', 'uint64'] as const;
const problem = fc.constantFrom<IntegerType>(...types).chain((type) =>
  fc.record({
    type: fc.constant(type),
    index: fc.constantFrom<IntegerType>('int32', 'int64'),
    /** Slices of `run` elements, that two indices name. */
    sizes: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    run: fc.integer({ min: 1, max: 6 }),
    batches: fc.integer({ min: 1, max: 3 }),
    tuples: fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { minLength: 1, maxLength: 6 }),
    values: fc.array(integerOf(type), { minLength: 17, maxLength: 17 }),
    reduction: fc.constantFrom<Reduction>('none', 'add', 'mul', 'max', 'min'),
    isOutside: fc.boolean(),
    cuts: fc.array(fc.nat(8), { maxLength: 2 }),
  }),
);

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

function layOut({ type, index, sizes, run, batches, tuples, values, isOutside }: Problem) {
  const [element, own] = [elementFor(type), elementFor(index)];
  const words = element.cells === 'int64' ? 2 : 1;
  const indexWords = own.cells === 'int64' ? 2 : 1;
  const slices = sizes[0] * sizes[1];
  const list = tuples.map((tuple) => tuple.map((at, k) => (at % (2 * sizes[k]!)) - sizes[k]!));
  // The second index of the last tuple.
  if (isOutside) list[list.length - 1]![1] = sizes[1];
  const inside = list.map(([a, b]) => {
    const counted = [a! < 0 ? a! + sizes[0] : a!, b! < 0 ? b! + sizes[1] : b! === sizes[1] ? 0 : b!];
    return counted[0]! * sizes[1] + counted[1]!;
  });
  const numbers = (count: number, shift: number) =>
    Array.from({ length: count }, (_, i) => values[(i * 5 + shift) % values.length]!);
  const axes = (data: number, other: number) => [
    { size: batches, strides: [slices * run * words * data, 0, list.length * run * words * other] },
  ];
  const along = { size: list.length, strides: [0, 2 * indexWords, run * words] };
  const components = [
    { at: 0, size: sizes[0], stride: sizes[1] * run * words },
    { at: 1, size: sizes[1], stride: run * words },
  ];
  return { element, own, words, slices, list, inside, numbers, axes, along, components };
}

function reduced(reduction: Reduction, type: IntegerType, old: bigint, update: bigint): bigint {
  switch (reduction) {
    case 'none':
      return update;
    case 'add':
      return wrap(type, old + update);
    case 'mul':
      return wrap(type, old * update);
    case 'max':
      return old > update ? old : update;
    case 'min':
      return old < update ? old : update;
  }
}

const noted = (isOutside: boolean, { sizes, tuples }: Problem) =>
  isOutside ? [2, sizes[1], 2 * (tuples.length - 1) + 1] : [0, 0, 0];

describe.each(tiers)('computed indices, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('gather', () => {
    fc.assert(
      fc.property(problem, (p) => {
        const { element, own, words, slices, list, inside, numbers, axes, along, components } = layOut(p);
        const data = numbers(p.batches * slices * p.run, 0);
        const indices = toCells(own, list.flat());
        const params = { axes: [...axes(1, 1), along], index: own, components, run: p.run * words };
        const output = toCells(element, new Array<number>(p.batches * list.length * p.run).fill(1));
        const run = (cuts: readonly number[]) =>
          runKernel(tier, (target) => gather(target, params), {
            arrays: [toCells(element, data), indices, output, indices, new Float32Array(3)],
            cuts,
          });
        const results = run([]);
        const expected = Array.from({ length: p.batches }, (_, batch) =>
          inside.flatMap((slice) => data.slice((batch * slices + slice) * p.run, (batch * slices + slice + 1) * p.run)),
        ).flat();
        expect(fromCells(element, results[2]!)).toEqual(expected);
        expect([...new Int32Array(results[4]!.slice().buffer)]).toEqual(noted(p.isOutside, p));
        expect(fromCells(element, run(p.cuts)[2]!)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it.skipIf(isMissing)('scatter, in order, with every reduction', () => {
    fc.assert(
      fc.property(problem, (p) => {
        const { element, own, words, slices, list, inside, numbers, axes, along, components } = layOut(p);
        const data = numbers(p.batches * slices * p.run, 0);
        const updates = numbers(p.batches * list.length * p.run, 3);
        const indices = toCells(own, list.flat());
        const params = {
          axes: axes(1, 1),
          ordered: [along],
          index: own,
          components,
          run: p.run * words,
          reduction: p.reduction,
          element,
        };
        const run = (cuts: readonly number[]) =>
          runKernel(tier, (target) => scatter(target, params), {
            arrays: [toCells(element, data), indices, toCells(element, updates), indices, new Float32Array(3)],
            cuts,
          });
        const results = run([]);
        const expected = [...data];
        for (let batch = 0; batch < p.batches; batch++) {
          for (const [i, slice] of inside.entries()) {
            for (let j = 0; j < p.run; j++) {
              const place = (batch * slices + slice) * p.run + j;
              const update = updates[(batch * list.length + i) * p.run + j]!;
              expected[place] = reduced(p.reduction, p.type, expected[place]!, update);
            }
          }
        }
        expect(fromCells(element, results[0]!)).toEqual(expected);
        expect([...new Int32Array(results[4]!.slice().buffer)]).toEqual(noted(p.isOutside, p));
        expect(fromCells(element, run(p.cuts)[0]!)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
