import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, filesMatching, hasPattern, pathMatcher } from '../../src/cli/find-files.js';

describe('a pattern for paths', () => {
  it.each([
    ['models/*.onnx', 'models/unet.onnx', true],
    ['models/*.onnx', 'models/old/unet.onnx', false],
    ['models/**/*.onnx', 'models/old/2020/unet.onnx', true],
    ['models/**/*.onnx', 'models/unet.onnx', true],
    ['**/*.onnx', 'unet.onnx', true],
    ['**', 'a/b/c', true],
    ['models/unet.onnx', 'models/unet.onnx', true],
    ['./models/unet.onnx', 'models/unet.onnx', true],
    ['models/unet (1).onnx', 'models/unet (1).onnx', true],
    ['models/unet?.onnx', 'models/unet2.onnx', true],
    ['models/unet?.onnx', 'models/unet.onnx', false],
    ['{unet,segnet}.onnx', 'segnet.onnx', true],
    ['{unet,segnet}.onnx', 'vae.onnx', false],
    ['{a,b}/{c,d}', 'b/d', true],
    ['unet-[0-9].onnx', 'unet-7.onnx', true],
    ['unet-[!0-9].onnx', 'unet-7.onnx', false],
    ['unet-[0-9].onnx', 'unet-x.onnx', false],
    ['a[b.onnx', 'a[b.onnx', true],
    ['*.onnx', '.hidden.onnx', false],
    ['.*.onnx', '.hidden.onnx', true],
    ['**/*.onnx', '.git/x.onnx', false],
    ['!*.onnx', 'unet.onnx', false],
    ['!*.onnx', '!unet.onnx', true],
    ['a.c*', 'abc', false],
  ])('%s and %s: %s', (pattern, file, expected) => {
    expect(pathMatcher(pattern)(file)).toBe(expected);
  });
});

describe('what is a pattern', () => {
  it.each([
    ['a.onnx', false],
    ['unet (1).onnx', false],
    ['a*.onnx', true],
    ['a?.onnx', true],
    ['{a,b}', true],
    ['[ab]', true],
  ])('%s: %s', (text, expected) => {
    expect(hasPattern(text)).toBe(expected);
  });
});

describe('files on disk', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-find-'));
    for (const name of ['b.onnx', 'a[1]/c.onnx', 'a[1]/d.txt', '.hidden/e.onnx', 'node_modules/f.onnx']) {
      mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(folder, name), '');
    }
    symlinkSync(path.join(folder, 'a[1]'), path.join(folder, 'link'), 'dir');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const matching = async (pattern: string) =>
    (await filesMatching(path.join(folder, pattern))).files.map((file) => path.relative(folder, file));

  it('are found by a pattern, through no link and in no hidden folder that it does not name', async () => {
    expect(await matching('**/*.onnx')).toEqual(['a[1]/c.onnx', 'b.onnx', 'node_modules/f.onnx']);
    expect(await matching('.hidden/*')).toEqual(['.hidden/e.onnx']);
    expect(await matching('*.{onnx,txt}')).toEqual(['b.onnx']);
  });

  it('a folder is the one of that very name, whatever characters are in it', async () => {
    expect(await matching('a[1]/*.onnx')).toEqual(['a[1]/c.onnx']);
  });

  it('below a folder are those of all folders but hidden ones, those left out and links', async () => {
    const found = await filesBelow(folder, (name) => name === 'node_modules');
    expect(found.map((file) => path.relative(folder, file))).toEqual(['a[1]/c.onnx', 'a[1]/d.txt', 'b.onnx']);
  });
});
