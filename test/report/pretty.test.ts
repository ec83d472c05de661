import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { checkReport } from '../../src/report/check.js';
import { renderPretty } from '../../src/report/pretty.js';
import { lockChangeLines, shapeRows } from '../../src/report/pretty-lock.js';
import { wrapText } from '../../src/report/wrap.js';
import { advice, checked, clean, concatFinding, hostile, mixed, sound, warning } from './support.js';

const colors = picocolors.createColors(false);

describe('the report for a terminal', () => {
  it('is aligned, and broken to the width', () => {
    expect(renderPretty(mixed, { colors, width: 80 })).toBe(
      readFileSync(new URL('expected/check-80.txt', import.meta.url), 'utf8'),
    );
  });

  it('keeps each fact on one line where there is no width', () => {
    const lines = renderPretty(mixed, { colors }).split('\n');
    expect(lines).toContain("  error US3007 no file matches 'gone.onnx', whose contract is in unstride.config.yaml:9");
  });

  it('is short where nothing is found', () => {
    expect(renderPretty(sound, { colors })).toBe(
      [
        '✓ models/clean.onnx',
        '    shapes    image float32[N, 3, H, W] → logits float32[N, 21, H, W]',
        '    sizes     N: any size',
        '              H, W: multiple of 16; W = H not required',
        '',
        '1 model: no findings',
        '',
      ].join('\n'),
    );
  });

  it('has a line a value where one line for all would be too long', () => {
    const value = (name: string) => ({ name, elementType: 'float32' as const, shape: [1, 64, 128, 128] });
    const inputs = Array.from({ length: 10 }, (_, i) => value(`skip_connection_${i}`));
    const model = checked('a.onnx', { inputs, outputs: [value('y')], sizes: [] });
    const lines = renderPretty(checkReport([model], [], 'warning'), { colors }).split('\n');
    expect(lines.slice(1, 3)).toEqual([
      '    inputs    skip_connection_0 float32[1, 64, 128, 128]',
      '              skip_connection_1 float32[1, 64, 128, 128]',
    ]);
    expect(lines.slice(8, 11)).toEqual([
      '              skip_connection_7 float32[1, 64, 128, 128]',
      '              and 2 more',
      '    outputs   y float32[1, 64, 128, 128]',
    ]);
  });

  it('marks what fails, what warns and what is well', () => {
    const marks = (failOn: 'error' | 'warning' | 'info') =>
      renderPretty(
        checkReport(
          [
            clean,
            checked('i', { findings: [advice] }),
            checked('w', { findings: [warning] }),
            checked('e', { findings: [concatFinding] }),
          ],
          [],
          failOn,
        ),
        { colors },
      )
        .split('\n')
        .filter((line) => /^\S/.test(line))
        .map((line) => line[0]);
    expect(marks('warning')).toEqual(['✓', '✓', '✗', '✗', '4']);
    expect(marks('error')).toEqual(['✓', '✓', '!', '✗', '4']);
    expect(marks('info')).toEqual(['✓', '✗', '✗', '✗', '4']);
  });

  it('tells many alike by their nodes', () => {
    const many = Array.from({ length: 9 }, (_, i) => ({
      ...advice,
      code: 'US1501' as const,
      node: { name: `norm${i}`, opType: 'BatchNormalization', domain: '', index: i },
      hint: 'fold it',
    }));
    const errors = Array.from({ length: 8 }, (_, i) => ({
      ...concatFinding,
      node: { ...concatFinding.node!, name: `cat${i}` },
    }));
    const text = renderPretty(checkReport([checked('a.onnx', { findings: [...many, ...errors] })], [], 'warning'), {
      colors,
    });
    expect(text).toContain(
      [
        '  info US1501 a BatchNormalization is not folded into the layer before it, 9 times',
        '    nodes     norm0, norm1, norm2, norm3, norm4, norm5 and 3 more',
        '    hint      fold it',
      ].join('\n'),
    );
    expect(text).toContain(
      '  error US1203 3 more: the shapes to concatenate do not fit\n    nodes     cat5, cat6, cat7\n',
    );
    expect(text.match(/^ {2}error US1203 the inputs differ/gm)).toHaveLength(5);
    expect(text.endsWith('\n\n1 model: 8 errors, 9 info\n')).toBe(true);
  });

  it('never lets names move the cursor or break lines', () => {
    const text = renderPretty(hostile, { colors });
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('has colors when they are wanted', () => {
    expect(renderPretty(sound, { colors: picocolors.createColors(true) })).toContain('\u001b[32m✓');
  });
});

describe('changes against the lock', () => {
  it('are counted where they are too many', () => {
    const changes = Array.from({ length: 45 }, (_, i) => ({
      kind: 'value' as const,
      name: `v${i}`,
      op: 'Relu',
      from: 'float32[1]',
      to: 'float16[2]',
    }));
    const output = { ...changes[0]!, kind: 'output' as const, name: 'y' };
    expect(lockChangeLines([...changes, output], colors, undefined)[0]).toBe('~  output  y    float32[1] → float16[2]');
    const lines = lockChangeLines(changes, colors, undefined);
    expect(lines).toHaveLength(25);
    expect(lines[0]).toBe('~  Relu  v0   float32[1] → float16[2]');
    expect(lines.at(-1)).toBe('… and 21 more');
  });
});

describe('shapes that changed', () => {
  const row = (mark: string | undefined, name: string, change: string) => ({
    mark,
    labels: ['Conv', name],
    change,
    tone: (text: string) => text,
  });

  it('stand in columns where they fit', () => {
    expect(shapeRows([row('~', 'a', 'f[1] → [2]'), row('+', 'long', 'f[3]')], 30)).toEqual([
      '~  Conv  a     f[1] → [2]',
      '+  Conv  long  f[3]',
    ]);
    expect(shapeRows([row(undefined, 'a', 'f[1] → [2]')])).toEqual(['Conv  a  f[1] → [2]']);
    expect(shapeRows([])).toEqual([]);
  });

  it('stand below the layer where they do not', () => {
    const long = 'float32[N, 32, 64, 64] → [N, 32, 128, 128]';
    expect(shapeRows([row('~', 'a', long), row('+', 'b', 'f[3]')], 40)).toEqual([
      '~  Conv  a',
      '    float32[N, 32, 64, 64]',
      '  → [N, 32, 128, 128]',
      '+  Conv  b',
      '    f[3]',
    ]);
    expect(shapeRows([row('~', 'a', long)], 46)).toEqual(['~  Conv  a', `    ${long}`]);
  });
});

describe('text broken to a width', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 6, ['one', 'two', 'three']],
    ['incomprehensible word', 5, ['incomprehensible', 'word']],
    ['', 5, ['']],
    ['a b', undefined, ['a b']],
  ] as const)('%j at %s', (text, width, lines) => {
    expect(wrapText(text, width)).toEqual(lines);
  });

  it('loses nothing and keeps to the width where words do', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 30 }), (list, width) => {
        const lines = wrapText(list.join(' '), width);
        expect(lines.join(' ')).toBe(list.join(' '));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});
