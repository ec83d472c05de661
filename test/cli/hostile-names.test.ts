/**
 * Names from files, through every command and every format: none steers a terminal, begins a line, hides, or is a command of
 * a CI system. The built program runs on models whose every name is hostile.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { float32, int64 } from '../../src/ir/tensor.js';
import { useCli } from '../support/cli.js';
import { encodeCurrent, type ModelSpec, modelProto, tensorTypeProto } from '../support/model.js';

/** Each with a mark before it, by which a name is told in an output. */
const poisons = {
  escape: '\u001b[31;5m',
  title: '\u001b]0;owned\u0007',
  c1: '\u009b31m\u0090',
  bidi: '\u202egnp.exe\u2066\u200f',
  lines: '\r\n::error file=x::owned\n',
  separators: '\u2028\u2029\u0085',
  percent: '%0A::error::owned%0D',
  old: '##[error]owned ##vso[task.x]',
  start: '::stop-commands::owned',
  markup: '<script>alert(1)</script>|`]]>&"\'',
};

const all = Object.values(poisons).join('');
/** Names that begin with what a line must not begin with. */
const name = (mark: string) => `${poisons.start}${mark}${all}`;

/** Raw in no output: controls but the line break, C1, separators, and characters that turn or hide text. */
const raw = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const command = /^\s*::|##\[/m;

/** Every name is hostile; the Relu and the Concat are sound or not, as sizes say. */
function model(change: Partial<ModelSpec> = {}): Uint8Array {
  const [x, y, w] = [name('x'), name('y'), name('w')];
  const proto = modelProto({
    inputs: { [x]: ['N', 2, name('dim'), 4] },
    outputs: { [y]: tensorTypeProto(undefined) },
    initializers: { [w]: float32([2, 2, 1, 1], [1, 2, 3, 4]) },
    nodes: [
      {
        opType: 'Conv',
        name: name('conv'),
        input: [x, w],
        output: [name('c')],
        attribute: [{ name: name('attribute'), type: 2, i: 1 }],
      },
      { opType: 'Relu', name: name('relu'), input: [name('c')], output: [y] },
    ],
    metadata: { [name('key')]: name('value') },
    ...change,
  });
  return encodeCurrent({
    ...proto,
    producerName: name('producer'),
    producerVersion: all,
    domain: name('domain'),
    docString: all,
  });
}

const broken = () =>
  model({
    nodes: [
      {
        opType: 'Concat',
        name: name('concat'),
        input: [name('x'), name('w')],
        output: [name('c')],
        attribute: [{ name: 'axis', type: 2, i: 2 }],
      },
      {
        opType: name('Operator'),
        domain: name('domain'),
        name: name('unknown'),
        input: [name('c')],
        output: [name('y')],
      },
    ],
  });

const unreadable = () =>
  model({ nodes: [{ opType: 'Relu', name: name('relu'), input: [name('nothing')], output: [name('y')] }] });

/** Sizes without an open one, so that it runs and has a plan. */
const fixed = () =>
  model({
    inputs: { [name('x')]: [1, 2, 4, 4] },
    nodes: [
      { opType: 'Conv', name: name('conv'), input: [name('x'), name('w')], output: [name('c')] },
      { opType: 'Reshape', name: name('reshape'), input: [name('c'), name('shape')], output: [name('y')] },
    ],
    initializers: { [name('w')]: float32([2, 2, 1, 1], [1, 2, 3, 4]), [name('shape')]: int64([1], [-1]) },
  });

const cli = useCli('hostile');

function expectHarmless(texts: Readonly<Record<string, string>>, mayAnnotate = false): void {
  for (const [what, text] of Object.entries(texts)) {
    const shown = mayAnnotate ? text.replace(/^::(error|warning|notice) (file=[^:\n]*,)?title=/gm, '') : text;
    expect(raw.exec(text)?.[0], `${what}: ${text}`).toBeUndefined();
    expect(command.exec(shown)?.[0], `${what}: ${text}`).toBeUndefined();
  }
}

/** What the program wrote below the folder, models and arrays apart. */
function writtenTexts(): Record<string, string> {
  const files = readdirSync(cli.folder, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    files
      .filter((file) => /\.(json|xml|sarif|md|txt|lock)$/.test(file))
      .map((file) => [file, readFileSync(path.join(cli.folder, file), 'utf8')]),
  );
}

describe('hostile names', () => {
  const models = { 'sound.onnx': model, 'broken.onnx': broken, 'unreadable.onnx': unreadable, 'fixed.onnx': fixed };

  const files = Object.keys(models);
  const outputs = ['sarif=a.sarif', 'junit=a.xml', 'markdown=a.md', 'json=a.json', 'github=a.txt'];
  const commands: readonly (readonly string[])[] = [
    ['check', ...files, ...outputs.flatMap((output) => ['--output', output])],
    ['check', ...files, '--format', 'github', '--summary'],
    ['check', 'sound.onnx', 'fixed.onnx', '--update'],
    ['check', 'broken.onnx', '--write-baseline', '--json'],
    ['check', 'sound.onnx', '--dim', `${name('no')}=3`],
    ['check', `${all}.onnx`],
    ['check', `--${all}`],
    ['check', 'sound.onnx', '--config', 'hostile.yaml'],
    ['inspect', 'sound.onnx'],
    ['inspect', 'broken.onnx'],
    ['inspect', 'unreadable.onnx'],
    ['inspect', 'sound.onnx', '--json'],
    ['inspect', 'fixed.onnx', '--plan'],
    ['inspect', 'sound.onnx', '--plan'],
    ['inspect', 'fixed.onnx', '--after', 'fold-affine'],
    ['inspect', 'fixed.onnx', '--after', all],
    ['run', 'fixed.onnx', '--input', 'random', '--profile', 'trace.json'],
    ['run', 'fixed.onnx', '--input', 'random', '--json'],
    ['run', 'sound.onnx', '--input', 'random'],
    ['run', 'broken.onnx', '--input', 'random', '--dim', 'N=1'],
    ['run', 'fixed.onnx', '--input', `${name('other')}=random`],
    ['run', 'fixed.onnx', '--input', all],
    ['run', 'fixed.onnx', '--input', 'random', '--as', `${all}=mask`],
    ['extract', 'fixed.onnx', '--to', name('c'), '--output', 'part.onnx'],
    ['extract', 'fixed.onnx', '--from', all, '--output', 'part.onnx'],
    ['extract', 'sound.onnx', '--decoders'],
    ['fix', 'sound.onnx', '--output', 'fixed-1.onnx'],
    ['fix', 'broken.onnx'],
    ...['pretty', 'json', 'markdown'].map((format) => ['diff', 'sound.onnx', 'fixed.onnx', '--format', format]),
    ['rules', all],
    ['init', 'sound.onnx', '--config', all],
    [all],
  ];

  it('are text in what every command prints and writes', () => {
    for (const [file, make] of Object.entries(models)) cli.put(file, make());
    cli.put('hostile.yaml', `models:\n  - files: '*.onnx'\n    ${JSON.stringify(all)}: 1\n`);
    for (const args of commands) {
      const what = JSON.stringify(args);
      const { code, stdout, stderr } = cli.run(args, cli.folder);
      expect([0, 1, 2], `${what}: ${stderr}`).toContain(code);
      expectHarmless({ [`stdout of ${what}`]: stdout, [`stderr of ${what}`]: stderr }, args.includes('github'));
    }
    const { 'a.txt': annotations = '', ...others } = writtenTexts();
    expect(Object.keys(others)).toEqual(
      expect.arrayContaining([
        'a.json',
        'a.md',
        'a.sarif',
        'a.xml',
        'trace.json',
        'unstride-baseline.json',
        'unstride.lock',
      ]),
    );
    expectHarmless(others);
    expectHarmless({ annotations }, true);
  }, 240_000);

  it('are shown, with colors as without', () => {
    cli.put('sound.onnx', model());
    const { stdout, stderr } = cli.run(['inspect', 'sound.onnx'], cli.folder, {
      env: { FORCE_COLOR: '1', NO_COLOR: '' },
    });
    expect(stdout).toContain('\\x1b[31;5m');
    const colors = new RegExp(`${String.fromCharCode(0x1b)}\\[\\d{0,2}m`, 'g');
    expect(stdout).toMatch(colors);
    expectHarmless({ stdout: stdout.replace(colors, ''), stderr: stderr.replace(colors, '') });
  });

  it('have no other way out: what commands print goes through one file', () => {
    const folder = path.join(import.meta.dirname, '..', '..', 'src', 'cli');
    const writers = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.ts') &&
        /\b(stdout|stderr|stream)\.write\(|\bconsole\./.test(readFileSync(path.join(folder, file), 'utf8')),
    );
    expect(writers).toEqual(['output.ts']);
  });
});
