/** Commands that are ended while they write: a file is there whole, or as it was, or not at all. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

async function killed(seed: number): Promise<Verdict> {
  const random = new Random(seed);
  const folder = mkdtempSync(path.join(tmpdir(), 'unstride-soak-'));
  try {
    writeFileSync(path.join(folder, 'baseline.json'), '{}\n');
    const child = spawn(process.execPath, [cli, ...random.pick(commands)], { cwd: folder, stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), random.int(50, 1500));
    const code = await ended;
    clearTimeout(timer);
    if (code === 3) return { kind: 'internal error', text: `exit code 3 of ${child.spawnargs.slice(2).join(' ')}` };
    const torn = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      isTorn(path.join(folder, name)),
    );
    if (torn.length > 0) return { kind: 'damage', text: `${torn.join(', ')} of ${child.spawnargs.slice(2).join(' ')}` };
    return { kind: code === null ? 'ran' : 'left out' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
