/** Triangles of matrices of any sizes, on any diagonal, that the plan has or that is read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { triangle } from '../../../src/wasm/kernels/triangle.js';
import { elementFor, fromCells, toCells } from './cells.js';
import { runKernel, tiers } from './run-kernel.js';

const problem = fc.record({
  matrices: fc.integer({ min: 1, max: 3 }),
  rows: fc.integer({ min: 1, max: 7 }),
  columns: fc.integer({ min: 1, max: 7 }),
  type: fc.constantFrom('uint8' as const, 'int32' as const, 'int64' as const),
  upper: fc.boolean(),
  diagonal: fc.oneof(fc.bigInt({ min: -9n, max: 9n }), fc.constantFrom(2n ** 40n, -(2n ** 40n))),
  isRead: fc.boolean(),
  cuts: fc.array(fc.nat(12), { maxLength: 2 }),
});

describe.each(tiers)('triangles, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are those of a loop', () => {
    fc.assert(
      fc.property(problem, ({ matrices, rows, columns, type, upper, diagonal, isRead, cuts }) => {
        const element = elementFor(type);
        const numbers = Array.from({ length: matrices * rows * columns }, (_, i) => BigInt(1 + (i % 90)));
        const words = element.cells === 'int64' ? 2 : 1;
        const params = {
          matrices,
          rows,
          columns,
          words,
          upper,
          diagonal: isRead ? undefined : Number(diagonal),
        };
        const run = (pieces: readonly number[]) =>
          runKernel(tier, (target) => triangle(target, params), {
            arrays: [
              toCells(element, numbers),
              toCells(
                element,
                numbers.map(() => 99n),
              ),
              toCells(elementFor('int64'), [diagonal]),
            ],
            cuts: pieces,
          })[1]!;
        const expected = numbers.map((number, i) => {
          const [row, column] = [Math.floor(i / columns) % rows, i % columns];
          const distance = BigInt(column - row);
          return (upper ? distance >= diagonal : distance <= diagonal) ? number : 0n;
        });
        expect(fromCells(element, run([]))).toEqual(expected);
        expect(fromCells(element, run(cuts))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
