/** A value at each index, along an axis anywhere; indices outside are ignored, whatever their type. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NumberType } from '../../../src/wasm/kernels/cells.js';
import { oneHot } from '../../../src/wasm/kernels/one-hot.js';
import { elementFor, fromCells, indicesOf, product, toCells, wordStrides } from './cells.js';
import { runKernel, tiers } from './run-kernel.js';

const problem = fc.record({
  dims: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  axis: fc.nat(3),
  depth: fc.integer({ min: 1, max: 6 }),
  index: fc.constantFrom<NumberType>('int64', 'int32', 'uint8', 'float32'),
  output: fc.constantFrom<NumberType>('uint8', 'int32', 'int64'),
  countsBack: fc.boolean(),
  given: fc.array(fc.oneof(fc.integer({ min: -8, max: 8 }), fc.constantFrom(2 ** 30, -(2 ** 30))), {
    minLength: 8,
    maxLength: 8,
  }),
  cuts: fc.array(fc.nat(8), { maxLength: 2 }),
});

describe.each(tiers)('one hot, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is that of a loop', () => {
    fc.assert(
      fc.property(problem, ({ dims, axis: any, depth, index, output, countsBack, given, cuts }) => {
        const axis = any % (dims.length + 1);
        const [from, to] = [elementFor(index), elementFor(output)];
        const onto = dims.toSpliced(axis, 0, depth);
        const numbers = Array.from({ length: product(dims) }, (_, i) => {
          const number = given[i % given.length]!;
          return index === 'uint8' ? Math.abs(number) % 256 : number;
        });
        const strides = wordStrides(to, onto);
        const outer = strides.toSpliced(axis, 1);
        const own = wordStrides(from, dims);
        const params = {
          axes: dims.map((size, i) => ({ size, strides: [own[i]!, outer[i]!] })),
          index: from,
          depth,
          stride: strides[axis]!,
          words: to.cells === 'int64' ? 2 : 1,
          countsBack,
        };
        const blank = new Array<number>(product(onto)).fill(4);
        const run = (pieces: readonly number[]) =>
          runKernel(tier, (target) => oneHot(target, params), {
            arrays: [toCells(from, numbers), toCells(to, blank), toCells(to, [4, 9])],
            cuts: pieces,
          })[1]!;
        const places = indicesOf(dims);
        const expected = indicesOf(onto).map((place) => {
          const number = numbers[places.findIndex((at) => at.join() === place.toSpliced(axis, 1).join())]!;
          const counted = countsBack && number < 0 ? number + depth : number;
          return counted === place[axis] ? 9n : 4n;
        });
        expect(fromCells(to, run([]))).toEqual(expected);
        expect(fromCells(to, run(cuts))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});
