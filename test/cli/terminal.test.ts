/** What is written to terminals: no cursor codes where they would show, no words or numbers broken by its edge. */
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startFileProgress, startProgress } from '../../src/cli/progress.js';
import { colorsFor, widthOf } from '../../src/cli/terminal.js';
import { textTable } from '../../src/report/text-table.js';
import { fitLines, wrapText } from '../../src/report/wrap.js';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

afterEach(() => vi.unstubAllEnvs());

function terminal(columns: number | undefined): { stream: NodeJS.WriteStream; written(): string } {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns,
    cursorTo() {},
    clearLine() {},
    moveCursor() {},
  });
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += String(chunk);
  });
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => text };
}

describe('progress', () => {
  function write(columns: number | undefined): string {
    const { stream, written } = terminal(columns);
    const progress = startProgress(stream);
    progress.update(0, 3, 'model.onnx');
    progress.stop();
    const files = startFileProgress(stream, 3, 0);
    files.advance('a.png');
    files.log('a line\n');
    files.stop();
    return written();
  }

  it('is a bar where lines can be written over', () => {
    vi.stubEnv('TERM', 'xterm');
    expect(write(80)).toContain('█');
  });

  it.each([
    ['on a dumb terminal', 'dumb', 80],
    ['where the width is not known', 'xterm', undefined],
    ['where the width is 0', 'xterm', 0],
  ])('is nothing but its messages %s', (_, term, columns) => {
    vi.stubEnv('TERM', term);
    expect(write(columns)).toBe('a line\n');
    expect(widthOf(terminal(columns).stream)).toBe(columns === 0 ? undefined : columns);
  });

  it('and colors are left out on a dumb terminal', () => {
    vi.stubEnv('TERM', 'dumb');
    vi.stubEnv('FORCE_COLOR', undefined);
    expect(colorsFor(terminal(80).stream).red('text')).toBe('text');
  });
});

describe('long lines', () => {
  it('keep shapes and numbers with their units together', () => {
    expect(wrapText('memory at most 4.00 MiB', 20)).toEqual(['memory at most', '4.00 MiB']);
    expect(wrapText('the input has float32[1, 3, 256, 256] here', 26)).toEqual([
      'the input has',
      'float32[1, 3, 256, 256]',
      'here',
    ]);
    expect(wrapText('a bracket [ that nothing closes', 12)).toEqual(['a bracket [', 'that nothing', 'closes']);
  });

  it('go on below, indented, and colors take no room', () => {
    expect(fitLines('  one two three four five six\nfour', 25)).toBe('  one two three four five\n      six\nfour');
    expect(fitLines('\u001b[31mone\u001b[39m two', 7)).toBe('\u001b[31mone\u001b[39m two');
    expect(fitLines('any width', undefined)).toBe('any width');
  });
});

describe('tables', () => {
  const columns = [
    { title: 'node', shrinkTo: 6 },
    { title: 'shape', shrinkTo: 6 },
    { title: 'MACs', align: 'right', shrinkTo: 4 },
  ] as const;
  const rows = [
    ['/down1/conv/Conv', '[1, 64, 128]', '31.5 k·H·W'],
    ['relu', '[1]', ''],
  ];

  it('go on in the line below where they are too wide, and leave numbers whole', () => {
    expect(textTable(columns, rows, 27)).toEqual([
      'node    shape          MACs',
      '/do…nv  [1, 64,  31.5 k·H·W',
      '        128]',
      'relu    [1]',
    ]);
  });

  it('part numbers from their units where that is needed', () => {
    expect(textTable(columns, rows, 21).slice(1)).toEqual([
      '/do…nv  [1,      31.5',
      '        64,     k·H·W',
      '        128]',
      'relu    [1]',
    ]);
  });

  it('keep within any width that has room for what cannot be broken, and lose no number', () => {
    const cell = fc.array(
      fc.oneof(fc.stringMatching(/^[a-z]{1,9}$/), fc.integer({ min: 0, max: 99_999 }).map(String)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        fc.integer({ min: 16, max: 60 }),
        (cells, width) => {
          const texts = cells.map((row) => row.map((words) => words.join(' ')));
          const lines = textTable(
            [
              { title: 'a', shrinkTo: 4 },
              { title: 'b', shrinkTo: 4 },
            ],
            texts,
            width,
          );
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
          const numbers = (text: string) => text.match(/(?<![\w…])\d+(?![\w…])/g)?.sort() ?? [];
          expect(numbers(lines.join('\n'))).toEqual(numbers(texts.flat().join('\n')));
        },
      ),
    );
  });
});

describe('80 columns', () => {
  const cli = useCli('terminal');

  it.each([
    [['inspect', 'm.onnx']],
    [['run', 'm.onnx', '--input', 'random', '--dim', 'N=1', '--output-dir', 'a folder of a name that is rather long']],
    [['run', 'm.onnx', '--dim', 'N=1']],
    [['check', 'm.onnx', '--summary', '--dim', 'N=-1']],
    [['inspect', 'm.onnx', '--dim', 'N=1', '--plan']],
    [['rules', 'US1203']],
    [['rules']],
    [['help', 'run']],
  ])('%j', (args) => {
    const nodes = [nodeProto('Relu', 'the_first_input_of_the_network', 'the_first_output_of_the_network')];
    const dims = ['N', 3, 64, 64];
    cli.put(
      'm.onnx',
      modelBytes({
        nodes,
        inputs: { the_first_input_of_the_network: dims },
        outputs: { the_first_output_of_the_network: dims },
      }),
    );
    const { stdout, stderr } = cli.run(args, cli.folder, { env: { COLUMNS: '80' } });
    const [shown = ''] = `${stdout}${stderr}`.split('Examples:');
    // A name, a path or a command that is longer is left whole, on a line of its own.
    const long = shown.split('\n').filter((line) => line.length > 80 && line.trim().includes(' '));
    expect(long).toEqual([]);
  });
});
