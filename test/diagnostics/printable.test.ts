import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fitToPrint,
  jsonText,
  longestText,
  printable,
  printableReport,
  shortened,
  shortenedReport,
} from '../../src/diagnostics/printable.js';

const anyText = fc.string({ unit: 'binary', maxLength: 30 });
/** Characters of all kinds that must not be there. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('printable', () => {
  it.each([
    ['a\nb\tc\r', 'a\\nb\\tc\\x0d'],
    ['\u001b[31m', '\\x1b[31m'],
    ['\u009b\u0085', '\\x9b\\x85'],
    ['\u202e\u2066\u2028\ufeff', '\\u202e\\u2066\\u2028\\ufeff'],
    ['\ud800!', '\\ud800!'],
    ['\u{e0041}', '\\u{e0041}'],
    ['##[error]x', '\\x23#[error]x'],
    ['aten::add, größer, 名前, 🙂, C:\\dir, # ## [', 'aten::add, größer, 名前, 🙂, C:\\dir, # ## ['],
  ])('makes of %j %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves nothing that is unfit, and nothing to be done again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(unfit);
        expect(printable(shown)).toBe(shown);
        if (!unfit.test(text) && !text.includes('##[')) expect(shown).toBe(text);
      }),
    );
  });

  it('tells long texts by their beginning, their end and their length, and nothing is to be done again', () => {
    const long = `first${'\n'.repeat(2 ** 20)}last`;
    const shown = printable(long);
    expect(shown).toMatch(/^first(\\n){900,}\\? … n?(\\n){400,}last \(1048585 characters\)$/);
    expect(shown.length).toBeLessThanOrEqual(longestText);
    expect(printable(shown)).toBe(shown);
    expect(shortened(`${'a'.repeat(300)}z`, 100)).toBe(`${'a'.repeat(54)} … ${'a'.repeat(25)}z (301 characters)`);
    expect(shortened('🙂'.repeat(300))).toMatch(/^🙂+ … 🙂+ \(600 characters\)$/u);
    expect(shortenedReport({ a: ['b\n', long] })).toEqual({
      a: ['b\n', expect.stringMatching(/^first\n+ … \n+last \(/)],
    });
  });

  it('goes through reports, names of fields included', () => {
    class Kept {
      readonly name = 'a\nb';
    }
    const kept = new Kept();
    expect(printableReport({ 'a\n': ['b\n', { c: 'd\n', n: 1, none: null }], size: kept })).toEqual({
      'a\\n': ['b\\n', { c: 'd\\n', n: 1, none: null }],
      size: kept,
    });
    expect(printableReport(JSON.parse('{"__proto__": "a"}'))).toEqual(JSON.parse('{"__proto__": "a"}'));
  });
});

describe('jsonText', () => {
  it('is read as what was written, and shows nothing unfit', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        const text = jsonText(value, 2);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll('\n', '')).not.toMatch(unfit);
        expect(text).not.toContain('##[');
      }),
    );
  });
});

describe('fitToPrint', () => {
  it('keeps lines, and colors where there are any', () => {
    const text = 'a \u001b[1m\u001b[31mred\u001b[39m\u001b[0m\n  b\n';
    expect(fitToPrint(text, { hasColors: true })).toBe(text);
    expect(fitToPrint(text, { hasColors: false })).toBe(text.replaceAll('\u001b', '\\x1b'));
    expect(fitToPrint('\u001b]0;title\u0007\u001b[2J', { hasColors: true })).toBe('\\x1b]0;title\\x07\\x1b[2J');
  });

  it('lets no line begin as a command', () => {
    expect(fitToPrint('::error::a\n \u001b[1m::set b\nstd::c', { hasColors: true })).toBe(
      '\\x3a:error::a\n \u001b[1m\\x3a:set b\nstd::c',
    );
  });
});
