import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameMatcher } from '../../src/contract/name-pattern.js';

describe('a pattern for names', () => {
  it.each([
    ['/up*', '/up.0/up/ConvTranspose_output_0', true],
    ['/up*', '/down.0/conv1/Conv', false],
    ['relu', 'relu', true],
    ['relu', 'relu_1', false],
    ['relu?', 'relu1', true],
    ['relu?', 'relu', false],
    ['*relu', 'a/relu', true],
    ['*a*b*c', 'xxaxxbxxc', true],
    ['*a*b*c', 'xxaxxcxxb', false],
    ['**', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a[0]{1,2}.(b)', 'a[0]{1,2}.(b)', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(nameMatcher(pattern)(name)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (pattern, name) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.').replaceAll('.*.*', '.*')}$`);
        expect(nameMatcher(pattern)(name)).toBe(expected.test(name));
      }),
    );
  });

  it('takes time in the product of both lengths, where a regular expression would not end', () => {
    expect(nameMatcher(`${'*a'.repeat(200)}b`)('a'.repeat(5000))).toBe(false);
  });
});
