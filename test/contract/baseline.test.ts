import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BaselineEntry,
  BaselineError,
  BaselineMatcher,
  baselineOf,
  fingerprint,
  formatBaseline,
  parseBaseline,
} from '../../src/contract/baseline.js';
import { diagnostic } from '../../src/diagnostics.js';

const node = { name: 'up1/Concat', opType: 'Concat', domain: '', index: 7 };
const entry: BaselineEntry = { file: 'a.onnx', code: 'US1203', node: 'up1/Concat', value: null, count: 2 };

describe('a fingerprint', () => {
  it('has no words in it', () => {
    const before = diagnostic({ code: 'US1203', message: 'old words', expected: '64', data: {} }, { node });
    const after = diagnostic({ code: 'US1203', message: 'new words', expected: '65', data: {} }, { node });
    expect(fingerprint(before, 'a.onnx')).toEqual(fingerprint(after, 'a.onnx'));
    expect(fingerprint(before, 'a.onnx')).toEqual({ file: 'a.onnx', code: 'US1203', node: 'up1/Concat', value: null });
  });

  it('names a node without a name by operator and place', () => {
    const item = diagnostic({ code: 'US1203', message: '', value: 'x', data: {} }, { node: { ...node, name: '' } });
    expect(fingerprint(item, 'a.onnx')).toMatchObject({ node: 'Concat #7', value: 'x' });
  });
});

describe('a baseline', () => {
  it('counts findings that are alike and sorts the others', () => {
    const { count, ...print } = entry;
    const other = { ...print, code: 'US1202' };
    expect(count).toBe(2);
    expect(baselineOf([print, other, print])).toEqual([{ ...other, count: 1 }, entry]);
  });

  it('has an entry a line', () => {
    expect(formatBaseline([entry, { ...entry, node: null, value: 'x', count: 1 }])).toBe(
      [
        '{',
        '  "version": 1,',
        '  "findings": [',
        '    {"file":"a.onnx","code":"US1203","node":"up1/Concat","value":null,"count":2},',
        '    {"file":"a.onnx","code":"US1203","node":null,"value":"x","count":1}',
        '  ]',
        '}',
        '',
      ].join('\n'),
    );
    expect(parseBaseline(formatBaseline([]))).toEqual([]);
  });

  it('reads what it wrote', () => {
    const text = fc.string();
    const entries = fc.array(
      fc.record({
        file: text,
        code: text,
        node: fc.option(text),
        value: fc.option(text),
        count: fc.integer({ min: 1, max: 99 }),
      }),
    );
    fc.assert(
      fc.property(entries, (list) => {
        expect(parseBaseline(formatBaseline(list))).toEqual(list);
      }),
    );
  });

  it.each([
    ['', 'it is no JSON'],
    ['[]', 'it is no baseline of version 1'],
    ['null', 'it is no baseline of version 1'],
    ['{"version": 2, "findings": []}', 'it is no baseline of version 1'],
    ['{"version": 1, "findings": [{}]}', 'findings[0] has not file, code, node, value and count'],
    ['{"version": 1, "findings": [null]}', 'findings[0] has not'],
    ['{"version": 1, "findings": [{"file":"","code":"","node":1,"value":null,"count":1}]}', 'findings[0] has not'],
    ['{"version": 1, "findings": [{"file":"","code":"","node":null,"value":null,"count":0}]}', 'findings[0] has not'],
  ])('%s is none', (text, message) => {
    expect(() => parseBaseline(text)).toThrow(BaselineError);
    expect(() => parseBaseline(text)).toThrow(message);
  });

  it('tolerates as many findings as it counts, and tells which it no longer meets', () => {
    const { count: _, ...print } = entry;
    const matcher = new BaselineMatcher([entry, { ...entry, file: 'b.onnx' }]);
    expect(matcher.stale(new Set(['a.onnx']))).toEqual([entry]);
    expect(matcher.take(print)).toBe(true);
    expect(matcher.stale(new Set(['a.onnx']))).toEqual([{ ...entry, count: 1 }]);
    expect(matcher.take(print)).toBe(true);
    expect(matcher.take(print)).toBe(false);
    expect(matcher.take({ ...print, value: 'x' })).toBe(false);
    expect(matcher.stale(new Set(['a.onnx']))).toEqual([]);
    // Models that were not checked have nothing stale about them.
    expect(matcher.stale(new Set(['b.onnx']))).toEqual([{ ...entry, file: 'b.onnx' }]);
  });
});
