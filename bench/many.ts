/**
 * Many pictures through one network: a run of all of them against one run after another, both in one process, each of the
 * latter opening, compiling, running and writing as `unstride run` does for one picture.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { encode } from 'fast-png';
import { buildFolder } from './bundle.js';

/** What the run of many has to reach. */
const target = 1.5;
const pictures = 200;
/** One after another all take the same; fewer say it, too. */
const singles = 40;
const size = 256;

const root = path.join(import.meta.dirname, '..');
const program = path.join(buildFolder, 'many');

/** The command and its threads' program beside it, as they are published. */
async function bundleCommand(): Promise<string> {
  await build({
    entryPoints: {
      'many-child': path.join(import.meta.dirname, 'jobs', 'many-child.ts'),
      'picture-worker': path.join(root, 'src', 'cli', 'run', 'many', 'worker.ts'),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    packages: 'external',
    outdir: program,
    logLevel: 'warning',
  });
  return path.join(program, 'many-child.js');
}

/** Blobs on a gradient: not noise, which no codec shrinks, and no two the same. */
function picture(seed: number): Uint8Array {
  const data = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const wave = Math.sin((x + 7 * seed) / 19) * Math.cos((y - 3 * seed) / 23);
      data[y * size + x] = 96 + 64 * wave + ((x * 31 + y * 17 + seed) % 13);
    }
  }
  return encode({ width: size, height: size, channels: 1, depth: 8, data });
}

const child = await bundleCommand();
const folder = mkdtempSync(path.join(os.tmpdir(), 'unstride-many-'));
try {
  mkdirSync(path.join(folder, 'in'));
  for (let i = 0; i < pictures; i++) {
    writeFileSync(path.join(folder, 'in', `${String(i).padStart(3, '0')}.png`), picture(i));
  }
  const model = path.join(root, 'fixtures', 'unet', 'dynamo', 'model.onnx');
  const rate = (mode: 'single' | 'many', count: number): number => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [child, mode, model, path.join(folder, 'in'), path.join(folder, mode), String(count)],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    return Number(stdout.trim().split('\n').at(-1));
  };
  const single = rate('single', singles);
  const many = rate('many', pictures);
  console.log(`${os.cpus()[0]?.model.trim() ?? 'unknown'}, ${os.cpus().length} cores, Node ${process.versions.node}`);
  console.log(`one run after another: ${single.toFixed(2)} pictures a second (${singles} of ${size}×${size})`);
  console.log(`one run of many:       ${many.toFixed(2)} pictures a second (${pictures} of ${size}×${size})`);
  const ratio = many / single;
  console.log(`${ratio.toFixed(2)} times as many, target ${target}: ${ratio >= target ? 'met' : 'missed'}`);
  if (ratio < target) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
