/** `unstride run` on many files, run as a user runs it: names, failures, batches, resuming, stopping. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { decode as decodePng, encode as encodePng } from 'fast-png';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { resultPlaces } from '../../src/cli/run/many/result-names.js';
import { readManySettings } from '../../src/cli/run/many/settings.js';
import { readNpy, writeNpy } from '../../src/files/npy.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import type { RunLine } from '../../src/report/run-many.js';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto, tensorTypeProto } from '../support/model.js';

const root = path.join(import.meta.dirname, '..', '..');
const unet = path.join(root, 'fixtures', 'unet', 'dynamo', 'model.onnx');

const cli = useCli('run-many');

function run(args: readonly string[], input = '') {
  const result = cli.run(['run', ...args], cli.folder, { input });
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return result;
}

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(
  JSON.parse(readFileSync(path.join(root, 'schemas', 'run-line.schema.json'), 'utf8')),
);

/** The lines of `--json-lines`, each held to the schema. */
function lines(args: readonly string[], input = '') {
  const { code, stdout, stderr } = run([...args, '--json-lines'], input);
  const documents = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunLine);
  for (const document of documents) {
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  }
  return { code, stderr, lines: documents };
}

function npy(shape: readonly number[], fill: number): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  return writeNpy(
    float32(
      shape,
      Float32Array.from({ length: count }, (_, i) => fill + i),
    ),
  ).bytes;
}

function values(file: string): number[] {
  return [...(readNpy(readFileSync(path.join(cli.folder, file))).data as Float32Array)];
}

function picture(size: number, seed: number): Uint8Array {
  const data = Uint8Array.from({ length: size * size }, (_, i) => (i * 7 + seed * 13 + Math.floor(i / size) * 3) & 255);
  return encodePng({ width: size, height: size, channels: 1, depth: 8, data });
}

/** Everything below a folder, by path. */
function tree(folder = 'unstride-out'): string[] {
  const root = path.join(cli.folder, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(path.join(root, file)).isFile())
    .map((file) => file.replaceAll(path.sep, '/'))
    .sort();
}

/** `y` is twice `x`, [N, 2]. */
const twice = modelBytes({
  inputs: { x: ['N', 2] },
  outputs: { y: ['N', 2] },
  nodes: [nodeProto('Add', 'x x', 'y')],
});

/** `sum` of `a` and `b`, and `b` again. */
const two = modelBytes({
  inputs: { a: ['N', 2], b: [1, 2] },
  outputs: { sum: ['N', 2], same: [1, 2] },
  nodes: [nodeProto('Add', 'a b', 'sum'), nodeProto('Identity', 'b', 'same')],
});

function putTwice(...files: readonly string[]): void {
  cli.put('twice.onnx', twice);
  for (const [i, file] of files.entries()) cli.put(file, npy([1, 2], 10 * i));
}

describe('what is run', () => {
  it('a pattern, in folders as they are', () => {
    putTwice('in/a.npy', 'in/deep/b.npy', 'in/deep/er/c.npy');
    const { code, stdout, stderr } = run(['twice.onnx', '--input', 'in/**/*.npy']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('3: 3 ran');
    expect(tree()).toEqual(['a.npy', 'deep/b.npy', 'deep/er/c.npy']);
    expect(values('unstride-out/deep/b.npy')).toEqual([20, 22]);
  });

  it('a list on standard input, with any names', () => {
    putTwice('in/a b.npy', 'in/größe=1.npy', 'in/c*.npy');
    const { code, lines: found } = lines(['twice.onnx', '--input', '-'], 'in/a b.npy\nin/größe=1.npy\nin/c*.npy\n');
    expect({ code, states: found.map(({ state }) => state) }).toEqual({ code: 0, states: ['done', 'done', 'done'] });
    expect(tree()).toEqual(['a b.npy', 'c_.npy', 'größe=1.npy']);
  });

  it('many for one input, the same for the others', () => {
    cli.put('two.onnx', two);
    for (const i of [1, 2, 3]) cli.put(`in/${i}.npy`, npy([1, 2], i));
    cli.put('b.npy', npy([1, 2], 100));
    expect(run(['two.onnx', '--input', 'a=in/*.npy', '--input', 'b=b.npy']).code).toBe(0);
    expect(tree()).toEqual([1, 2, 3].flatMap((i) => [`${i}.same.npy`, `${i}.sum.npy`]));
    expect(values('unstride-out/3.sum.npy')).toEqual([103, 105]);
    expect(values('unstride-out/3.same.npy')).toEqual([100, 101]);
  });

  it('archives that hold an array for each input', () => {
    cli.put('two.onnx', two);
    for (const i of [1, 2]) {
      cli.put(`in/${i}.npz`, zipSync({ 'a.npy': npy([1, 2], i), 'b.npy': npy([1, 2], 5), 'other.npy': npy([9], 0) }));
    }
    expect(run(['two.onnx', '--input', 'in/*.npz']).code).toBe(0);
    expect(values('unstride-out/2.sum.npy')).toEqual([7, 9]);
  });
});

describe('pictures', () => {
  it('leave what a single run leaves, under their names', () => {
    for (const i of [0, 1, 2]) cli.put(`photos/p${i}.png`, picture(32, i));
    const many = run([unet, '--input', 'photos/*.png', '--overlay', '--precision', 'strict']);
    expect(many).toMatchObject({ code: 0, stderr: '' });
    expect(tree()).toEqual([0, 1, 2].flatMap((i) => [`p${i}.mask.png`, `p${i}.npy`, `p${i}.overlay.png`]));
    expect(
      run([unet, '--input', 'photos/p1.png', '--overlay', '--precision', 'strict', '--output-dir', 'one']).code,
    ).toBe(0);
    for (const ending of ['npy', 'mask.png', 'overlay.png']) {
      const name = tree('one').find((file) => file.replace(/^[^.]*\./, '') === ending)!;
      const [single, together] = [`one/${name}`, `unstride-out/p1.${ending}`].map((file) =>
        readFileSync(path.join(cli.folder, file)),
      );
      expect(together!.equals(single!)).toBe(true);
    }
  });

  it('are written as they are asked for, with shares and names of classes', () => {
    for (const i of [0, 1]) cli.put(`photos/p${i}.png`, picture(32 + 3 * i, i));
    cli.put('names.txt', 'ground\ncell\n');
    const { code, lines: found } = lines([unet, '--input', 'photos', '--as', 'mask', '--class-names', 'names.txt']);
    expect(code).toBe(0);
    expect(tree()).toEqual(['p0.mask.png', 'p1.mask.png']);
    for (const { outputs } of found) {
      const { shares } = outputs[0]!.files[0]!;
      expect(shares!.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
      for (const { name } of shares!) expect(['ground', 'cell']).toContain(name);
    }
    expect(found[1]!.inputs[0]!.notes[0]).toContain('resized 35×35 → 32×32: H and W must be multiples of 16');
  });

  it('in batches are the same bits', () => {
    for (const i of [0, 1, 2, 3, 4]) cli.put(`photos/p${i}.png`, picture(i === 2 ? 48 : 32, i));
    const run2 = (...more: readonly string[]) => run([unet, '--input', 'photos', '--precision', 'strict', ...more]);
    expect(run2('--output-dir', 'alone').code).toBe(0);
    expect(run2('--output-dir', 'batch', '--batch', '3').code).toBe(0);
    expect(tree('batch')).toEqual(tree('alone'));
    for (const file of tree('alone')) {
      const [alone, batch] = ['alone', 'batch'].map((folder) => readFileSync(path.join(cli.folder, folder, file)));
      expect(batch!.equals(alone!)).toBe(true);
    }
  });
});

describe('what is broken', () => {
  it('is said of its file, and the others go on', () => {
    putTwice('in/a.npy', 'in/c.npy', 'in/d.npy');
    cli.put('in/b.npy', 'nonsense');
    cli.put('in/c.npy', npy([1, 3], 0));
    const { code, stderr, lines: found } = lines(['twice.onnx', '--input', 'in/*.npy']);
    expect(code).toBe(1);
    expect(found.map(({ file, state }) => `${file} ${state}`)).toEqual([
      'in/a.npy done',
      'in/b.npy failed',
      'in/c.npy failed',
      'in/d.npy done',
    ]);
    expect(found[1]!.diagnostics[0]).toMatchObject({ code: 'US2005', file: 'in/b.npy' });
    expect(found[2]!.diagnostics[0]).toMatchObject({ code: 'US2003', file: 'in/c.npy' });
    expect(stderr).toContain('4: 2 ran, 2 failed');
    expect(tree()).toEqual(['a.npy', 'd.npy']);
  });

  it('in a batch is the fault of one', () => {
    cli.put(
      'pick.onnx',
      modelBytes({
        inputs: { x: tensorTypeProto(['N', 2], 'int64') },
        outputs: { y: ['N', 2] },
        initializers: { table: float32([3], [7, 8, 9]) },
        nodes: [nodeProto('Gather', 'table x', 'y')],
      }),
    );
    for (const [i, index] of [0, 9, 2].entries()) cli.put(`in/${i}.npy`, writeNpy(int64([1, 2], [index, 1])).bytes);
    const { code, lines: found } = lines(['pick.onnx', '--input', 'in/*.npy', '--batch', '3']);
    expect(code).toBe(1);
    expect(found.map(({ state }) => state)).toEqual(['done', 'failed', 'done']);
    expect(found[1]!.diagnostics[0]!.code).toBe('US2006');
    expect(values('unstride-out/2.npy')).toEqual([9, 8]);
  });

  it('a result that cannot be written ends it', () => {
    putTwice('in/a.npy', 'in/b.npy');
    cli.put('out', 'a file');
    const { code, stdout, stderr } = run(['twice.onnx', '--input', 'in', '--output-dir', 'out']);
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('2 not run') });
    expect(stderr).toContain('US2010');
  });
});

describe('wrong usage', () => {
  const usage = (args: readonly string[], input = '') => {
    const { code, stderr } = run(args, input);
    expect(code).toBe(2);
    return stderr;
  };

  it('options that are for one run', () => {
    putTwice('in/a.npy', 'in/b.npy');
    expect(usage(['twice.onnx', '--input', 'in', '--json'])).toContain('--json is one document of one run');
    expect(existsSync(path.join(cli.folder, 'unstride-out'))).toBe(false);
  });

  it('results over inputs', () => {
    const items = ['in/a.npy', 'in/b.npy'].map((source) => ({
      spec: { name: undefined, source },
      stem: path.parse(source).name,
    }));
    const certain = new Map([['y', ['.npy']]]);
    expect(() => resultPlaces(items, certain, 'in')).toThrow("a result would be written over the input 'in/a.npy'");
    expect(resultPlaces(items, certain, 'out')[1]).toEqual({
      directory: 'out',
      stems: new Map([['y', 'b']]),
      certain: ['b.npy'],
    });
  });

  it('options that contradict one another', () => {
    const read = (options: Readonly<Record<string, unknown>>) => () => readManySettings(options);
    expect(read({ json: true, jsonLines: true })).toThrow('--json and --json-lines cannot both be had');
    expect(read({ batch: '0' })).toThrow('--batch 0 is not a whole number from 1 to 4096');
    expect(read({ batch: '1e3' })).toThrow('--batch 1e3');
    expect(readManySettings({ batch: '16' })).toEqual({ batch: 16, jsonLines: false, skipExisting: false });
  });

  it('--batch where it is fixed, with the reason', () => {
    cli.put('two.onnx', two);
    for (const i of [1, 2]) cli.put(`in/${i}.npy`, npy([1, 2], i));
    cli.put('b.npy', npy([1, 2], 1));
    expect(usage(['two.onnx', '--input', 'a=in', '--input', 'b=b.npy', '--batch', '2'])).toContain(
      "the batch N is not the first axis of the output 'same', [1, 2]",
    );
  });
});

describe('--skip-existing', () => {
  it('runs only what is not there', () => {
    putTwice('in/a.npy', 'in/b.npy', 'in/c.npy');
    const args = ['twice.onnx', '--input', 'in', '--skip-existing'];
    expect(run(args).code).toBe(0);
    rmSync(path.join(cli.folder, 'unstride-out/b.npy'));
    utimesSync(path.join(cli.folder, 'unstride-out/a.npy'), 1000, 1000);
    const { code, stderr, lines: found } = lines(args);
    expect({ code, states: found.map(({ state }) => state) }).toEqual({
      code: 0,
      states: ['skipped', 'done', 'skipped'],
    });
    expect(stderr).toContain('3: 1 ran, 2 skipped');
    expect(statSync(path.join(cli.folder, 'unstride-out/a.npy')).mtimeMs).toBe(1_000_000);
    expect(run(args).stdout).toContain('3: 0 ran, 3 skipped');
  });
});

describe('the end', () => {
  /** Starts a run of many files and waits for the first line of its output or its errors that has `text` in it. */
  async function started(args: readonly string[], stream: 'stdout' | 'stderr', text: string) {
    const child = cli.start(['run', ...args], cli.folder);
    const all = { stdout: '', stderr: '' };
    const patience = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.on('close', (code, signal) => {
        clearTimeout(patience);
        resolve({ code, signal });
      });
    });
    const seen = (where: 'stdout' | 'stderr', what: string) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (all[where].includes(what)) resolve();
        };
        child[where].on('data', look);
        look();
      });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        all[name] += chunk;
      });
    }
    await Promise.race([seen(stream, text), ended]);
    return { child, all, ended, seen };
  }

  it('comes with Ctrl-C after the file at hand, and --skip-existing goes on', async () => {
    putTwice(...Array.from({ length: 800 }, (_, i) => `in/${i}.npy`));
    const args = ['twice.onnx', '--input', 'in', '--json-lines'];
    const { child, all, ended } = await started(args, 'stdout', '\n');
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 130, signal: null });
    expect(all.stderr).toMatch(/stopping after the file at hand[\s\S]*interrupted: --skip-existing goes on/);
    const done = all.stdout.split('\n').filter((line) => line !== '').length;
    expect(done).toBeLessThan(800);
    expect(tree()).toHaveLength(done);
    expect(run([...args, '--skip-existing']).stderr).toContain(`800: ${800 - done} ran, ${done} skipped`);
    expect(tree()).toHaveLength(800);
  });

  it.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGHUP'] as const)(
    'comes with %s in order, too, and leaves no halves of files',
    async (signal) => {
      putTwice(...Array.from({ length: 400 }, (_, i) => `in/${i}.npy`));
      const { child, all, ended } = await started(['twice.onnx', '--input', 'in', '--json-lines'], 'stdout', '\n');
      child.kill(signal);
      expect(await ended).toEqual({ code: 130, signal: null });
      expect(tree()).toHaveLength(all.stdout.split('\n').filter((line) => line !== '').length);
      expect(tree().filter((file) => !file.endsWith('.npy'))).toEqual([]);
    },
  );

  it('comes with a second Ctrl-C at once', async () => {
    for (const [i, size] of [16, 512].entries()) cli.put(`photos/${i}.png`, picture(size, i));
    const args = [unet, '--input', 'photos', '--executor', 'reference', '--json-lines'];
    const { child, all, ended, seen } = await started(args, 'stdout', '\n');
    child.kill('SIGINT');
    await Promise.race([seen('stderr', 'again stops at once'), ended]);
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 130, signal: null });
    expect(all.stdout.split('\n')).toHaveLength(2);
    expect(tree()).toEqual(['0.mask.png', '0.npy']);
  });

  it('by kill -9 leaves whole files', async () => {
    for (let k = 0; k < 60; k++) cli.put(`photos/${k}.png`, picture(64, k));
    const { child, ended } = await started([unet, '--input', 'photos', '--json-lines'], 'stdout', '\n');
    await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGKILL');
    expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
    const files = tree().filter((file) => !file.endsWith('.tmp'));
    for (const file of files) {
      const bytes = readFileSync(path.join(cli.folder, 'unstride-out', file));
      if (file.endsWith('.npy')) {
        // An array comes last: where it is, the mask is.
        expect(readNpy(bytes).dims).toEqual([1, 1, 64, 64]);
        expect(files).toContain(file.replace('.npy', '.mask.png'));
      } else expect(decodePng(bytes).width).toBe(64);
    }
  });
});
