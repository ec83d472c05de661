import { expect, it } from 'vitest';
import { abbreviated } from '../../src/ir/abbreviated.js';
import { parseDim } from '../../src/ir/dim/parse.js';
import { symbol } from '../../src/ir/dim.js';

it('a name that nobody reads is abbreviated, and stays distinct', () => {
  expect(abbreviated('height'.repeat(10))).toBe('height'.repeat(10));
  const long = 'n'.repeat(2 ** 20);
  const names = [long, `${long}n`, `${'n'.repeat(1000)}m${'n'.repeat(2 ** 20)}`].map(abbreviated);
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^n{60}…n{20}~[0-9a-f]{16}$/);
});

it('sizes of such names are sizes like others', () => {
  const long = 'n'.repeat(2 ** 20);
  const size = parseDim(long);
  expect(size).toBe(symbol(long));
  expect(parseDim(`2*${long} + 1`).toString()).toMatch(/^2\*n{60}…n{20}~[0-9a-f]{16} \+ 1$/);
  // What is printed is read as the same size.
  expect(parseDim(size.toString())).toBe(size);
});
