/**
 * Names from files, through every command and every format: none steers a terminal, begins a line, hides, or is a command of
 * a CI system. The built program runs on models whose every name is hostile.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.js';
import { commandsOnNames, configOfNames, namedModels } from '../support/named-models.js';

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
  const models = namedModels({ name, all });
  const commands = commandsOnNames({ name, all }, Object.keys(models));

  it('are text in what every command prints and writes', () => {
    for (const [file, make] of Object.entries(models)) cli.put(file, make());
    cli.put('named.yaml', configOfNames({ name, all }));
    for (const args of commands) {
      const what = JSON.stringify(args);
      const { code, stdout, stderr } = cli.run(args, cli.folder);
      expect([0, 1, 2], `${what}: ${stderr}`).toContain(code);
      expectHarmless({ [`stdout of ${what}`]: stdout, [`stderr of ${what}`]: stderr }, args.includes('github'));
    }
    const { 'a.txt': annotations = '', 'b.txt': runtimes = '', ...others } = writtenTexts();
    expect(Object.keys(others)).toEqual(
      expect.arrayContaining([
        'a.json',
        'a.md',
        'a.sarif',
        'a.xml',
        'b.sarif',
        'trace.json',
        'unstride-baseline.json',
        'unstride.lock',
      ]),
    );
    expectHarmless(others);
    expect(runtimes).toContain('US1708');
    expectHarmless({ annotations, runtimes }, true);
  }, 240_000);

  it('are shown, with colors as without', () => {
    cli.put('sound.onnx', models['sound.onnx']!());
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
