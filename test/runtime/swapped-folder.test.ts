/**
 * A folder that somebody else changes while weights are read from it: what lies outside of the model's folder is never read,
 * whenever a link takes the place of a folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProblemError } from '../../src/diagnostics.js';
import type { ExternalFiles } from '../../src/onnx/external-data.js';
import { filesBeside } from '../../src/runtime/node-files.js';

/** Puts a link into the place of the folder and takes it away again, as fast as it can. Renaming leaves no gap between. */
const swapping = `
  const { renameSync, writeSync } = require('node:fs');
  const [folder, link, aside] = process.argv.slice(1);
  writeSync(1, 'swapping');
  for (;;) {
    renameSync(folder, aside);
    renameSync(link, folder);
    renameSync(folder, link);
    renameSync(aside, folder);
  }
`;

const inside = Buffer.from('inside');
const outside = Buffer.from('secret');

let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'unstride-swap-'));
  mkdirSync(path.join(base, 'model', 'weights'), { recursive: true });
  mkdirSync(path.join(base, 'elsewhere', 'weights'), { recursive: true });
  writeFileSync(path.join(base, 'model', 'm.onnx'), '');
  writeFileSync(path.join(base, 'model', 'weights', 'w.bin'), inside);
  writeFileSync(path.join(base, 'elsewhere', 'w.bin'), outside);
  writeFileSync(path.join(base, 'elsewhere', 'weights', 'w.bin'), outside);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** What reads gave while the folder was swapped with a link to the target. */
async function readWhileSwapped(folder: string, target: string, files: ExternalFiles): Promise<Map<string, number>> {
  symlinkSync(path.join(base, target), path.join(base, 'link'));
  const places = [folder, 'link', 'aside'].map((place) => path.join(base, place));
  const child = spawn(process.execPath, ['-e', swapping, ...places], { stdio: ['ignore', 'pipe', 'inherit'] });
  const counts = new Map<string, number>();
  try {
    await once(child.stdout, 'data');
    for (let i = 0; i < 4000; i++) {
      let outcome: string;
      try {
        outcome = Buffer.from(files.read('weights/w.bin', 0, inside.length)).toString();
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        outcome = error.problem.code;
      }
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      // Else the file stays open.
      await undefined;
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  return counts;
}

describe.skipIf(process.platform === 'win32')('a folder that is swapped with a link (skipped on Windows)', () => {
  it.each([
    ['with the weights', 'model/weights', 'elsewhere/weights'],
    ['of the model', 'model', 'elsewhere'],
  ])('%s', async (_, folder, target) => {
    const files = filesBeside(path.join(base, 'model', 'm.onnx'));
    const counts = await readWhileSwapped(folder, target, files);
    expect(counts.get('secret')).toBeUndefined();
    expect(counts.get('inside')).toBeGreaterThan(0);
    // The swaps came between: some reads met a link, or nothing.
    expect([...counts.keys()].filter((outcome) => outcome.startsWith('US100'))).not.toEqual([]);
  });
});
