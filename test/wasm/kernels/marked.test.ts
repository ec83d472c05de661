/** Elements that are not zero: their number, positions and coordinates, and what lies there, against loops. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NumberType } from '../../../src/wasm/kernels/cells.js';
import {
  coordinates,
  countMarked,
  listMarked,
  markedBlock,
  markedBlocks,
  pick,
} from '../../../src/wasm/kernels/marked.js';
import { elementFor, fromCells, toCells } from './cells.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const problem = fc.record({
  dims: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  // More than a block, and an end within one.
  blocks: fc.constantFrom(0, 0, 1, 2),
  type: fc.constantFrom<NumberType>('float32', 'bool', 'int32', 'int64'),
  share: fc.constantFrom(0, 1, 2, 3),
  run: fc.integer({ min: 1, max: 9 }),
  outer: fc.integer({ min: 1, max: 3 }),
  cuts: fc.array(fc.nat(4), { maxLength: 2 }),
  seed: fc.nat(),
});

function ints(memory: Float32Array | undefined, count: number): number[] {
  return [...new Int32Array(memory!.slice().buffer).subarray(0, count)];
}

describe.each(tiers)('marked elements, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are counted, listed, and picked in their order', () => {
    fc.assert(
      fc.property(problem, ({ dims: inner, blocks, type, share, run, outer, cuts, seed }) => {
        const dims = blocks === 0 ? inner : [...inner, Math.floor((blocks * markedBlock) / inner.length) + 1];
        const size = dims.reduce((product, length) => product * length, 1);
        const random = noise(size, seed + 1);
        const marks = Array.from(random, (x) => (Math.abs(x * 1e4) % 3 < share ? (type === 'bool' ? 1 : -2) : 0));
        const expected = [...marks.keys()].filter((i) => marks[i] !== 0);
        const element = elementFor(type);
        const params = { element, size };
        const input = toCells(element, marks);
        const empty = (length: number) => new Float32Array(length).fill(Number.NaN);
        const [, counts] = runKernel(tier, (target) => countMarked(target, params), {
          arrays: [input, empty(markedBlocks(size))],
          cuts,
        });
        const [, , positions, total] = runKernel(tier, (target) => listMarked(target, params), {
          arrays: [input, counts!, empty(size), empty(1)],
          cuts,
        });
        expect(ints(total, 1)).toEqual([expected.length]);
        expect(ints(positions, expected.length)).toEqual(expected);

        const rows = runKernel(tier, (target) => coordinates(target, { dims, size }), {
          arrays: [positions!, total!, empty(size * dims.length * 2)],
          cuts,
        })[2]!;
        const made = fromCells(elementFor('int64'), rows.slice(0, expected.length * dims.length * 2));
        const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, length) => product * length, 1));
        expect(made.map(Number)).toEqual(
          dims.flatMap((length, axis) => expected.map((place) => Math.floor(place / strides[axis]!) % length)),
        );

        if (blocks > 0) return;
        const x = new Float32Array([...noise(outer * size * run, seed), 0, 0, 0, 0]);
        const picked = runKernel(tier, (target) => pick(target, { outer, size, run, most: size }), {
          arrays: [x, positions!, total!, empty(outer * size * run)],
          cuts,
        })[3]!;
        const slices = Array.from({ length: outer }, (_, o) =>
          expected.map((place) => [...x.subarray((o * size + place) * run, (o * size + place + 1) * run)]),
        ).flat(2);
        expect([...picked.subarray(0, slices.length)]).toEqual(slices);
        expect(picked.subarray(slices.length).every(Number.isNaN)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
