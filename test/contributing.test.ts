/** Documents for contributors: what they show is in the files that they name, and what they name is there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

const documents = ['CONTRIBUTING.md', 'SECURITY.md'];

describe('CONTRIBUTING.md', () => {
  const examples = [...textOf('CONTRIBUTING.md').matchAll(/^```(?:ts) ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ([, file, code], i) => ({ file: file!, code: code!, number: i + 1 }),
  );

  it('has an example for each kind of thing', () => {
    expect(examples.map(({ file }) => file.split('/').slice(0, 2).join('/'))).toEqual(
      expect.arrayContaining([
        'src/ops',
        'src/passes',
        'src/lower',
        'src/rules',
        'test/ops',
        'test/passes',
        'test/lower',
      ]),
    );
  });

  it.each(examples)('shows in example $number what $file has', ({ file, code }) => {
    expect(textOf(file)).toContain(code);
  });
});

describe('the two operators of CONTRIBUTING.md', () => {
  const [, header = '', body = ''] = /^\| \|(.*)\n\|[-|]+\n((?:\|.*\n)+)/m.exec(textOf('CONTRIBUTING.md')) ?? [];
  const cellsOf = (row: string) => row.split('|').map((cell) => cell.trim());
  const rows = body.trim().split('\n').map(cellsOf);
  const [elementwise, own] = cellsOf(header)
    .filter((cell) => cell !== '')
    .map((title, i) => ({
      commit: /[0-9a-f]{7}$/.exec(title)?.[0] ?? title,
      files: rows.flatMap((cells) => [...cells[i + 2]!.matchAll(/`(src\/[^`]+)`/g)].map(([, file]) => file!)),
    }));
  const git = (...words: string[]) => spawnSync('git', words, { cwd: root, encoding: 'utf8' });

  it('touch two files, and four', () => {
    expect(elementwise!.files).toHaveLength(2);
    expect(own!.files).toHaveLength(4);
  });

  describe.each([elementwise!, own!])('commit $commit', ({ commit, files }) => {
    const isThere = git('cat-file', '-e', `${commit}^{commit}`).status === 0;
    it.skipIf(!isThere)(`touches these${isThere ? '' : ' (skipped: this clone does not have it)'}`, () => {
      const { stdout } = git('show', '--format=', '--name-only', commit, '--', 'src');
      expect(stdout.trim().split('\n').sort()).toEqual([...files].sort());
    });
  });
});

describe.each(documents)('%s', (document) => {
  const text = textOf(document);

  it('links and names files that are there', () => {
    const links = [...text.matchAll(/\]\(([^):#]+)\)/g)].map(([, link]) => link!);
    const names = [...text.matchAll(/`((?:src|test|examples|fixtures)\/[^`\s]*|\w+\.(?:yml|json))`/g)].map(
      ([, name]) => name!,
    );
    expect([...links, ...names].filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it('names scripts of the package', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const named = [...text.matchAll(/npm (?:run ([\w:-]+)|(start|test))/g)].map(([, run, own]) => run ?? own!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});
