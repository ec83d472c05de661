/** Commands that are ended while they write: a file is there whole, or as it was, or not at all. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readNpy } from '../../../src/files/npy.js';
import { readModel } from '../../../src/onnx/read.js';
import { Random } from '../../lower/nodes/random.js';
import { projectFolder } from '../../support/project-folder.js';
import type { Part, Verdict } from './part.js';

const cli = path.join(projectFolder, 'dist', 'cli.js');
const model = path.join(projectFolder, 'fixtures', 'dcgan', 'torchscript', 'model.onnx');

const commands: readonly (readonly string[])[] = [
  ['run', model, '--input', 'random', '--dim', 'N=4', '--output-dir', 'out'],
  ['fix', model, '--opset', '20', '--output', 'fixed.onnx'],
  ['check', model, '--update'],
  ['check', model, '--write-baseline', '--baseline', 'baseline.json'],
];

/** Milliseconds that each command takes here when it is left to end. */
const durations = new Map<readonly string[], number>();

interface Ended {
  readonly code: number | null;
  readonly milliseconds: number;
}

/** @param when called when the process is there, with what ends it */
function runIn(folder: string, args: readonly string[], when: (kill: () => void) => void = () => {}): Promise<Ended> {
  const started = performance.now();
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: 'ignore' });
  when(() => child.kill('SIGKILL'));
  return new Promise((resolve) =>
    child.once('exit', (code) => resolve({ code, milliseconds: performance.now() - started })),
  );
}

async function killed(seed: number): Promise<Verdict> {
  const random = new Random(seed);
  const args = random.pick(commands);
  const folder = newFolder();
  let isWriting = false;
  const watcher = watch(folder, { recursive: true }, () => {
    isWriting = true;
  });
  try {
    const duration = await durationOf(args);
    const isHit = random.chance(0.7);
    const { code } = await runIn(folder, args, (kill) => {
      // When something is being written, or at any time.
      if (isHit) watcher.once('change', () => setTimeout(kill, random.int(0, 5)));
      else setTimeout(kill, random.int(0, Math.ceil(duration)));
    });
    const name = args.filter((arg) => arg !== model).join(' ');
    if (code === 3) return { kind: 'internal error', text: `exit code 3 of ${name}` };
    const torn = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      isTorn(path.join(folder, file)),
    );
    if (torn.length > 0) return { kind: 'damage', text: `${torn.join(', ')} of ${name}` };
    if (code !== null) return { kind: 'left out' };
    if (isWriting && random.chance(0.2)) {
      const again = await runIn(folder, args);
      if (again.code !== 0 && again.code !== 1)
        return { kind: 'damage', text: `${name} ends with ${again.code} after one that was killed` };
    }
    return { kind: isWriting ? 'ran' : 'before' };
  } finally {
    watcher.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'unstride-soak-'));
  writeFileSync(path.join(folder, 'baseline.json'), '{ "version": 1, "findings": [] }\n');
  return folder;
}

async function durationOf(args: readonly string[]): Promise<number> {
  const known = durations.get(args);
  if (known !== undefined) return known;
  const folder = newFolder();
  const { milliseconds } = await runIn(folder, args);
  rmSync(folder, { recursive: true, force: true });
  durations.set(args, milliseconds);
  return milliseconds;
}

/** Temporary files have other endings. */
function isTorn(file: string): boolean {
  if (!existsSync(file)) return false;
  const readers: readonly (readonly [RegExp, (bytes: Uint8Array) => unknown])[] = [
    [/\.onnx$/, readModel],
    [/\.npy$/, readNpy],
    [/\.(json|lock)$/, (bytes) => (file.endsWith('.json') ? JSON.parse(new TextDecoder().decode(bytes)) : undefined)],
  ];
  try {
    for (const [ending, read] of readers) if (ending.test(file)) read(new Uint8Array(readFileSync(file)));
    return false;
  } catch {
    return true;
  }
}

export const killParts: readonly Part[] = [{ name: 'kills', share: 1, batch: 100_000, portion: 1, run: killed }];
