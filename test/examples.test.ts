/** The programs of examples/, as somebody runs them who has the package: they import it by its name. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../src/files/npy.js';

const root = path.join(import.meta.dirname, '..');
const unet = path.join(root, 'fixtures/unet/dynamo');

describe('examples', () => {
  let folder: string;

  // A copy with the library as the sources are now: dist/ may be older, or be built anew meanwhile.
  beforeAll(async () => {
    const cache = path.join(root, 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(path.join(cache, 'unstride-examples-'));
    for (const name of ['package.json', 'examples'])
      cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
    symlinkSync(path.join(root, 'fixtures'), path.join(folder, 'fixtures'), 'dir');
    const { libraryBundle }: { libraryBundle: BuildOptions } = await import(path.join(root, 'scripts', 'bundles.js'));
    await build({ ...libraryBundle, absWorkingDir: root, outdir: path.join(folder, 'dist'), sourcemap: false });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(name: string, ...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join('examples', name), ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
    });
    return { status, stdout, stderr };
  }

  it('are documented by how they are run', () => {
    const programs = readdirSync(path.join(root, 'examples')).filter((file) => file !== 'float-array.js');
    expect(programs.sort()).toEqual(['draw-cells.js', 'run-session.js', 'split-and-run.js']);
    for (const file of programs)
      expect(readFileSync(path.join(root, 'examples', file), 'utf8')).toContain(`node examples/${file}`);
  });

  it('run-session.js gives the result of the framework', () => {
    const { status, stdout, stderr } = run('run-session.js');
    expect(status, stderr).toBe(0);
    const logits = readNpy(readFileSync(path.join(unet, '64x64/logits.npy'))).data as Float32Array;
    const share = (100 * logits.filter((value) => value > 0).length) / logits.length;
    expect(stdout).toBe(`logits float32[1, 1, 64, 64]\nabove 0: ${share.toFixed(1)} %\n`);
  });

  it('run-session.js takes another array, and says what is wrong with one', () => {
    const other = run('run-session.js', path.join(unet, 'model.onnx'), path.join(unet, 'batch-2-96x48/image.npy'));
    expect(other.stdout).toContain('logits float32[2, 1, 96, 48]');
    const digits = path.join(root, 'fixtures/vae/dynamo/batch-3/mu.npy');
    const { status, stderr } = run('run-session.js', path.join(unet, 'model.onnx'), digits);
    expect(status).toBe(1);
    expect(stderr).toContain("'image'");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('split-and-run.js gives the result of the whole from both halves', () => {
    const { status, stdout, stderr } = run('split-and-run.js');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("decoder from 'relu_9'");
    expect(stdout.match(/^ {2}skip /gm)).toHaveLength(4);
    const [, difference] = /^logits: the halves differ from the whole by at most (\S+)$/m.exec(stdout)!;
    // Layouts may differ where the network is cut, and with them the order of sums.
    expect(Number(difference)).toBeLessThan(1e-3);
  });
});
