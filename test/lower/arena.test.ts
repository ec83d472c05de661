import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Block, placeBlocks } from '../../src/lower/arena.js';

const aligned = 16;

function blockOf(floats: number, first: number, length: number): Block {
  return { floats: floats * aligned, names: [], first, last: first + length, offset: -1 };
}

/** Pairs that live at the same time and overlap, found by going through the steps. */
function overlaps(blocks: readonly Block[]): number {
  let found = 0;
  let live: Block[] = [];
  for (const block of [...blocks].sort((a, b) => a.first - b.first)) {
    live = live.filter(({ last }) => last >= block.first);
    for (const other of live)
      if (block.offset < other.offset + other.floats && other.offset < block.offset + block.floats) found++;
    live.push(block);
  }
  return found;
}

function peakOf(blocks: readonly Block[]): number {
  const changes = blocks.flatMap(({ floats, first, last }) => [
    [first, floats],
    [last + 0.5, -floats],
  ]) as [number, number][];
  let live = 0;
  return Math.max(...changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, change]) => (live += change)));
}

it('places blocks that live together apart', () => {
  const block = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(30), fc.nat(6));
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 40 }), fc.boolean(), (list, areShared) => {
      const blocks = list.map((args) => blockOf(...args));
      const floats = placeBlocks(blocks, areShared);
      expect(overlaps(blocks)).toBe(0);
      expect(floats).toBe(Math.max(...blocks.map((item) => item.offset + item.floats)));
      expect(floats).toBeGreaterThanOrEqual(peakOf(blocks));
    }),
  );
});

it('shares memory between blocks by their halves where threads do', () => {
  const blocks = [blockOf(40, 0, 0), blockOf(20, 2, 0), blockOf(10, 2, 0)];
  const floats = placeBlocks(blocks, true);
  expect(floats).toBe(40 * aligned);
  expect(blocks.map(({ offset }) => offset / aligned)).toEqual([0, 10, 0]);
});

it('places many without comparing all with all, in little more than they need', () => {
  const sizes = [7, 12, 33, 100];
  const blocks = Array.from({ length: 20_000 }, (_, i) => blockOf(sizes[i % 4]! + (i % 3), i, i % 5));
  const compared: string[] = [];
  const watched = blocks.map(
    (block) =>
      new Proxy(block, {
        get: (target, name: keyof Block) => {
          if (name === 'first') compared.push(name);
          return target[name];
        },
      }),
  );
  const floats = placeBlocks(watched);
  expect(overlaps(blocks)).toBe(0);
  expect(floats).toBeLessThan(3 * peakOf(blocks));
  // Sorting and one walk, where pairs would be 200 million.
  expect(compared.length).toBeLessThan(2_000_000);
});
