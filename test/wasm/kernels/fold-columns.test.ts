/** Blocks that are added into images, against a loop over all their elements. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FoldAxis, foldColumns } from '../../../src/wasm/kernels/fold-columns.js';
import { elementFor, fromCells, indicesOf, product, toCells } from './cells.js';
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

const elements = (['float32', 'uint8', 'int32', 'int64'] as const).map(elementFor);

const problem = fc.record({
  planes: fc.integer({ min: 1, max: 3 }),
  axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
  element: fc.constantFrom(...elements),
  cuts: fc.array(fc.nat(3), { maxLength: 2 }),
  seed: fc.nat(100),
});

describe.each(tiers)('columns, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are folded as a loop does', () => {
    fc.assert(
      fc.property(problem, ({ planes, axes, element, cuts, seed }) => {
        const sizes = (key: keyof FoldAxis) => axes.map((one) => one[key]);
        const [image, columns] = [product(sizes('image')), product([...sizes('kernel'), ...sizes('count')])];
        const numbers = Array.from({ length: planes * columns }, (_, i) => (i * 37 + seed) % 90);
        const expected = new Array<number>(planes * image).fill(0);
        for (let plane = 0, at = 0; plane < planes; plane++) {
          for (const tap of indicesOf(sizes('kernel'))) {
            for (const place of indicesOf(sizes('count'))) {
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
            arrays: [toCells(element, numbers), toCells(element, new Array<number>(planes * image).fill(3))],
            cuts: pieces,
          })[1]!;
        const y = run([]);
        expect(fromCells(element, y)).toEqual(wanted.map(BigInt));
        expect(fromCells(element, run(cuts))).toEqual(wanted.map(BigInt));
      }),
      { numRuns: 50 },
    );
  });
});
