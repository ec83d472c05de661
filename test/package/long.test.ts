/** What is bundled in the place of the package `long` gives protobufjs the same integers. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';

interface Long {
  new (low: number, high: number, unsigned: boolean): object;
  fromBits(low: number, high: number, unsigned: boolean): object;
  isLong(value: unknown): boolean;
}

const require = createRequire(import.meta.url);
const ours: Long = require('../../scripts/long.cjs');
const theirs: Long = createRequire(require.resolve('protobufjs'))('long');

it('a 64-bit integer reads as that of the package long', () => {
  const word = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1, 2 ** 31 - 1, -(2 ** 31)));
  fc.assert(
    fc.property(word, word, fc.boolean(), (low, high, unsigned) => {
      const expected = String(theirs.fromBits(low, high, unsigned));
      expect(String(ours.fromBits(low, high, unsigned))).toBe(expected);
      expect(String(new ours(low, high, unsigned))).toBe(expected);
    }),
  );
  expect(ours.isLong(ours.fromBits(1, 0, false))).toBe(true);
  expect(ours.isLong(1)).toBe(false);
});
