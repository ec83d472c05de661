/** Blocks that are added into images, against a loop over all their elements. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Element } from '../../../src/wasm/kernels/cells.js';
import { type FoldAxis, foldColumns } from '../../../src/wasm/kernels/fold-columns.js';
import { runKernel, tiers } from './run-kernel.js';

const axis = fc
  .record({
    image: fc.integer({ min: 1, max: 6 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    pad: fc.nat(3),
    more: fc.nat(3),
  })
  .map(({ more, ...rest }): FoldAxis => {
    const covered = rest.image + rest.pad + more - (rest.kernel - 1) * rest.dilation - 1;
    return { ...rest, count: Math.max(1, Math.floor(covered / rest.stride) + 1) };
  });

const elements: readonly Element[] = [
  { type: 'float32', cells: 'float32' },
  { type: 'uint8', cells: 'float32' },
  { type: 'int32', cells: 'int32' },
  { type: 'int64', cells: 'int64' },
];

const problem = fc.record({
  planes: fc.integer({ min: 1, max: 3 }),
  axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
  element: fc.constantFrom(...elements),
  cuts: fc.array(fc.nat(3), { maxLength: 2 }),
  seed: fc.nat(100),
});

/** The numbers as the cells of a type, and back. */
function asCells({ cells }: Element, numbers: readonly number[]): Float32Array {
  if (cells === 'float32') return Float32Array.from(numbers);
  const words = cells === 'int32' ? Int32Array.from(numbers) : BigInt64Array.from(numbers, BigInt);
  return new Float32Array(words.buffer);
}

function numbersIn({ cells }: Element, array: Float32Array): number[] {
  if (cells === 'float32') return [...array];
  const copy = array.slice().buffer;
  return cells === 'int32' ? [...new Int32Array(copy)] : Array.from(new BigInt64Array(copy), Number);
}

/** All indices below the sizes, the last axis fastest. */
function indices(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (list, size) => list.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

describe.each(tiers)('columns, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are folded as a loop does', () => {
    fc.assert(
      fc.property(problem, ({ planes, axes, element, cuts, seed }) => {
        const sizes = (key: keyof FoldAxis) => axes.map((one) => one[key]);
        const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
        const [image, columns] = [product(sizes('image')), product([...sizes('kernel'), ...sizes('count')])];
        const numbers = Array.from({ length: planes * columns }, (_, i) => (i * 37 + seed) % 90);
        const expected = new Array<number>(planes * image).fill(0);
        for (let plane = 0, at = 0; plane < planes; plane++) {
          for (const tap of indices(sizes('kernel'))) {
            for (const place of indices(sizes('count'))) {
              const position = axes.map(
                ({ stride, dilation, pad }, i) => place[i]! * stride + tap[i]! * dilation - pad,
              );
              const value = numbers[at++]!;
              if (position.some((p, i) => p < 0 || p >= axes[i]!.image)) continue;
              const index = position.reduce((sum, p, i) => sum * axes[i]!.image + p, 0);
              expected[plane * image + index]! += value;
            }
          }
        }
        const wanted = element.type === 'uint8' ? expected.map((number) => number % 256) : expected;
        const run = (pieces: readonly number[]) =>
          runKernel(tier, (target) => foldColumns(target, { planes, axes, element }), {
            arrays: [asCells(element, numbers), asCells(element, new Array<number>(planes * image).fill(3))],
            cuts: pieces,
          })[1]!;
        const y = run([]);
        expect(numbersIn(element, y)).toEqual(wanted);
        expect(numbersIn(element, run(cuts))).toEqual(wanted);
      }),
      { numRuns: 50 },
    );
  });
});
