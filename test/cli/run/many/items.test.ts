import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInputs, type ManyInputs } from '../../../../src/cli/run/many/items.js';
import { UsageError } from '../../../../src/cli/usage.js';

let folder: string;
const at = (file: string) => path.join(folder, file);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-items-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(path.dirname(at(file)), { recursive: true });
    writeFileSync(at(file), '');
  }
}

interface Given {
  readonly names?: readonly string[];
  readonly directory?: string;
  readonly isMany?: boolean;
  readonly stdin?: string;
}

/** `NAME=SOURCE` or `SOURCE`, below the folder. */
async function find(
  texts: readonly string[],
  { names = ['x'], directory = 'out', isMany = false, stdin = '' }: Given = {},
) {
  const specs = texts.map((text) => {
    const [, name, source] = /^(?:(\w+)=)?(.*)$/s.exec(text)!;
    return { name, source: source === 'random' || source === '-' ? source : at(source!) };
  });
  const found = await findInputs(specs, {
    names,
    directory: at(directory),
    isMany,
    readStdin: async () => new TextEncoder().encode(stdin),
  });
  const short = (source: string) => path.relative(folder, source).replaceAll(path.sep, '/');
  if (!isItems(found)) return found.map(({ source }) => (source === 'random' ? source : short(source)));
  return {
    items: Object.fromEntries(found.items.map(({ spec, stem }) => [short(spec.source), stem])),
    fixed: found.fixed.map(({ source }) => (source === 'random' ? source : short(source))),
  };
}

function isItems(found: Awaited<ReturnType<typeof findInputs>>): found is ManyInputs {
  return 'items' in found;
}

const usage = (work: Promise<unknown>, message: string) =>
  expect(
    work.catch((error: unknown) => {
      expect(error).toBeInstanceOf(UsageError);
      throw error;
    }),
  ).rejects.toThrow(message);

describe('what inputs stand for', () => {
  it('a pattern: files in folders as they are, hidden ones only where they are asked for', async () => {
    put('in/a.npy', 'in/deep/b.npy', 'in/deep/er/c.npy', 'in/.hidden.npy', 'in/notes.txt', 'in/.git/d.npy');
    expect(await find(['in/**/*.npy'])).toMatchObject({
      items: { 'in/a.npy': 'a', 'in/deep/b.npy': 'deep/b', 'in/deep/er/c.npy': 'deep/er/c' },
    });
    expect(await find(['in/{a.npy,notes.txt}'])).toMatchObject({ items: { 'in/a.npy': 'a', 'in/notes.txt': 'notes' } });
    expect(await find(['in/.*.npy'])).toEqual(['in/.hidden.npy']);
    expect(await find(['in/deep/**'])).toMatchObject({ items: { 'in/deep/b.npy': 'b', 'in/deep/er/c.npy': 'er/c' } });
  });

  it('a folder: data by its endings, without results of an earlier run', async () => {
    put('in/a.npy', 'in/b.PNG', 'in/sub/c.jpeg', 'in/notes.txt', 'in/.hidden.png', 'in/out/a.npy', 'in/model.onnx');
    expect(await find(['in'], { directory: 'in/out' })).toMatchObject({
      items: { 'in/a.npy': 'a', 'in/b.PNG': 'b', 'in/sub/c.jpeg': 'sub/c' },
    });
  });

  it.skipIf(process.platform === 'win32')('a folder: whatever is in the names of its files', async () => {
    put('in/line\nbreak.png', 'in/folder\n/a.png', 'in/*.png');
    // No text: this name is no UTF-8. That it cannot be opened is said of the file.
    writeFileSync(Buffer.concat([Buffer.from(at('in/')), Buffer.from([0xff]), Buffer.from('.png')]), '');
    const { items } = (await find(['in'])) as { items: object };
    expect(Object.keys(items).sort()).toEqual(['in/*.png', 'in/folder\n/a.png', 'in/line\nbreak.png', 'in/\ufffd.png']);
  });

  it('a folder of results that are named like the inputs: one set of inputs', async () => {
    put('in/x.npy', 'in/y.npy');
    expect(await find(['in'], { names: ['x', 'y'] })).toEqual(['in']);
  });

  it('a list on standard input, which is no pattern', async () => {
    const stdin = `${at('in/a b.npy')}\r\n${at('in/*')}\n\n${at('in/sub/c.npy')}\n`;
    expect(await find(['-'], { stdin })).toMatchObject({
      items: { 'in/a b.npy': 'a b', 'in/*': '_', 'in/sub/c.npy': 'sub/c' },
    });
    const withLineBreak = `${at('in/a\nb.npy')}\0${at('in/c.npy')}\0`;
    expect(await find(['x=-'], { stdin: withLineBreak })).toMatchObject({
      items: { 'in/a\nb.npy': 'a_b', 'in/c.npy': 'c' },
    });
  });

  it('files whose names look like patterns, and folders', async () => {
    put('in/[ab].npy', 'in/a.npy', 'in/b.npy', 'in [x]/b.npy', 'in [x]/c.npy', '!d/e.npy', '!d/f.npy');
    expect(await find(['in/[ab].npy'])).toEqual(['in/[ab].npy']);
    expect(await find(['in/[a-b].npy'])).toMatchObject({ items: { 'in/a.npy': 'a', 'in/b.npy': 'b' } });
    expect(await find(['in [x]/*.npy'])).toMatchObject({ items: { 'in [x]/b.npy': 'b', 'in [x]/c.npy': 'c' } });
    expect(await find(['!d/*'])).toMatchObject({ items: { '!d/e.npy': 'e', '!d/f.npy': 'f' } });
  });

  it('several, each file once, in order', async () => {
    put('p/a.npy', 'q/a.npy', 'q/b.npy');
    expect(await find(['q/*', 'p/a.npy', 'q/b.npy'])).toMatchObject({
      items: { 'q/a.npy': 'q/a', 'q/b.npy': 'q/b', 'p/a.npy': 'p/a' },
    });
  });

  it('one match as one file, unless options are those of many', async () => {
    put('a.npy');
    expect(await find(['*.npy'])).toEqual(['a.npy']);
    expect(await find(['gone.npy'])).toEqual(['gone.npy']);
    expect(await find(['*.npy'], { isMany: true })).toEqual({ items: { 'a.npy': 'a' }, fixed: [] });
  });

  it('many for one input, and the same for others', async () => {
    put('in/1.npy', 'in/2.npy', 'b.npy');
    const two = { names: ['a', 'b'] };
    expect(await find(['a=in/*', 'b=b.npy'], two)).toEqual({
      items: { 'in/1.npy': '1', 'in/2.npy': '2' },
      fixed: ['b.npy'],
    });
    expect(await find(['b=in/*', 'random'], two)).toMatchObject({ fixed: ['random'] });
    // Files without a name may each feed an input of their own.
    expect(await find(['in/1.npy', 'in/2.npy'], two)).toEqual(['in/1.npy', 'in/2.npy']);
    await usage(find(['a=in/*', 'b=in/*'], two), 'there are many files for two inputs');
  });

  it('not links to folders, but links to files', async () => {
    put('in/a.npy');
    symlinkSync(at('in'), at('in/loop'));
    symlinkSync(at('in/a.npy'), at('in/b.npy'));
    symlinkSync(at('gone'), at('in/c.npy'));
    expect(await find(['in'])).toMatchObject({ items: { 'in/a.npy': 'a', 'in/b.npy': 'b' } });
    expect(await find(['in/**'])).toMatchObject({ items: { 'in/a.npy': 'a', 'in/b.npy': 'b' } });
  });

  it('nothing', async () => {
    put('empty/notes.txt', 'in/out/a.npy');
    await usage(find(['in/*.gif']), 'no file matches');
    await usage(find(['empty']), 'there is no picture and no array in the folder');
    await usage(find(['-']), 'the list on standard input is empty');
    await usage(find(['in'], { directory: 'in/out' }), 'there are only results of an earlier run');
    await usage(find(['random'], { isMany: true }), 'are for inputs from files');
  });
});
