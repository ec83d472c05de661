import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileNames, safeStem } from '../../src/files/file-names.js';
import { writeWhole } from '../../src/files/write-whole.js';

describe('safeStem', () => {
  it.each([
    ['logits', 'logits'],
    ['../x', '.._x'],
    ['a/b:0', 'a_b_0'],
    ['größe', 'gr__e'],
    ['\u{1f600}', '_'],
    ['', '_'],
    ['..', '..'],
    ['nul', '_nul'],
    ['CON.weight', '_CON.weight'],
    ['com1', '_com1'],
    ['console', 'console'],
  ])('makes %j into %j', (name, stem) => {
    expect(safeStem(name)).toBe(stem);
  });

  it('never leaves the folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const stem = safeStem(name);
        expect(stem).toMatch(/^[A-Za-z0-9._-]{1,180}$/);
        expect(relative('/out', resolve('/out', `${stem}.npy`))).toBe(`${stem}.npy`);
      }),
    );
  });
});

describe('FileNames', () => {
  it('tells apart names that become the same', () => {
    const names = new FileNames(['.npy', '.png']);
    expect(['a/b', 'a:b', 'A_B', 'a_b-2'].map((name) => names.claim(name))).toEqual([
      'a_b',
      'a_b-2',
      'A_B-3',
      'a_b-2-2',
    ]);
  });

  it('keeps endings apart, too', () => {
    const names = new FileNames(['.npy', '.png', '.mask.png']);
    expect([names.claim('x'), names.claim('x.mask')]).toEqual(['x', 'x.mask-2']);
  });
});

describe('writeWhole', () => {
  it('replaces a file and leaves nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'unstride-'));
    try {
      const path = join(folder, 'x.npy');
      await writeFile(path, 'old and longer');
      await writeWhole(path, Uint8Array.of(65));
      expect(await readFile(path, 'utf8')).toBe('A');
      await expect(writeWhole(folder, 'x')).rejects.toThrow();
      await expect(writeWhole(join(folder, 'missing', 'x'), 'x')).rejects.toThrow();
      expect(await readdir(folder)).toEqual(['x.npy']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
