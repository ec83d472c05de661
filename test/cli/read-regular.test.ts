/** Files that are given are read whole, or their beginning; what is no file is refused. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRegular } from '../../src/cli/read-regular.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-read-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('readRegular', () => {
  it('reads all of a file, or as much as is asked for', () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, 'content');
    expect(readRegular(file).toString()).toBe('content');
    expect(readRegular(file, 3).toString()).toBe('con');
    expect(readRegular(file, 100).toString()).toBe('content');
  });

  it('refuses folders, and what is not there', () => {
    expect(() => readRegular(folder)).toThrow('it is a folder');
    expect(() => readRegular(path.join(folder, 'gone'))).toThrow('ENOENT');
  });

  it.skipIf(process.platform === 'win32')('does not wait for pipes, and does not read devices', () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const file of [pipe, '/dev/zero']) expect(() => readRegular(file)).toThrow('a pipe or a device');
  });
});
