/** Files are whole or absent, whatever ends the writing. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWhole } from '../../src/files/write-whole.js';
import { useChildScript } from '../support/child-script.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-write-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (name: string) => path.join(folder, name);

describe('writeWhole', () => {
  it('replaces a file by the whole of another', async () => {
    writeFileSync(place('a'), 'old');
    await writeWhole(place('a'), 'new');
    expect(readFileSync(place('a'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('leaves the old file, and nothing beside it, where what is to be written fails half way', async () => {
    writeFileSync(place('a'), 'old');
    function* pieces() {
      yield Buffer.alloc(100_000);
      throw new Error('no more');
    }
    await expect(writeWhole(place('a'), pieces())).rejects.toThrow('no more');
    expect(readFileSync(place('a'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a']);
    await expect(writeWhole(place('gone/a'), 'x')).rejects.toThrow('ENOENT');
  });

  it.skipIf(process.platform !== 'linux')(
    'replaces neither pipes nor devices nor the names of open files',
    async () => {
      execFileSync('mkfifo', [place('pipe')]);
      symlinkSync('/dev/null', place('null'));
      symlinkSync('/proc/self/fd/1', place('stdout'));
      for (const name of ['pipe', 'null', 'stdout']) {
        await expect(writeWhole(place(name), 'x')).rejects.toThrow('only files are written');
        expect(lstatSync(place(name)).isFile()).toBe(false);
      }
      expect(readdirSync(folder)).toEqual(['null', 'pipe', 'stdout']);
    },
  );

  it.skipIf(process.platform === 'win32')('replaces a link, and leaves alone where it leads', async () => {
    writeFileSync(place('a'), 'old');
    symlinkSync(place('a'), place('link'));
    await writeWhole(place('link'), 'new');
    expect([readFileSync(place('a'), 'utf8'), readFileSync(place('link'), 'utf8')]).toEqual(['old', 'new']);
  });

  const child = useChildScript(
    { 'src/files/write-whole.ts': 'writeWhole' },
    `
    const size = 4 * 2 ** 20;
    for (let round = 1; ; round++) {
      await writeWhole(process.argv[2], Buffer.alloc(size, round % 251));
      if (round === 1) process.stdout.write('begun');
    }`,
  );

  it.skipIf(process.platform === 'win32')(
    'leaves a whole file where the process is killed, whenever that is',
    async () => {
      for (let i = 0; i < 6; i++) {
        const file = place(`file ${i}`);
        const script = spawn(process.execPath, [child.file, file], { stdio: ['ignore', 'pipe', 'inherit'] });
        await once(script.stdout, 'data');
        await new Promise((resolve) => setTimeout(resolve, 7 * i));
        script.kill('SIGKILL');
        await once(script, 'exit');
        const bytes = readFileSync(file);
        expect(bytes.length).toBe(4 * 2 ** 20);
        expect(bytes.equals(Buffer.alloc(bytes.length, bytes[0]))).toBe(true);
      }
    },
  );
});
