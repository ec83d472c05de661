/** `unstride run`, run as a user runs it: what it takes, what it writes, how it ends. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { encode as encodePng } from 'fast-png';
import { zipSync } from 'fflate';
import { onnx } from 'onnx-proto';
import { beforeEach, describe, expect, it } from 'vitest';
import { Tensor } from '../../src/ir/tensor.js';
import type { Trace } from '../../src/runtime/trace.js';
import { npyFile } from '../files/support.js';
import { modelBytes, nodeProto, tensorProto } from '../support/model.js';
import { cells, fixture, floatsOf, npy, same, sum, unet, useRun } from './run-support.js';

const { cli, run, done, fault, runJson, array } = useRun();
const root = path.join(import.meta.dirname, '..', '..');

describe('inputs', () => {
  it('.npy, by name', () => {
    cli.put('sum.onnx', sum());
    cli.put('a.npy', npy([2, 3]));
    cli.put('b.npy', npy([2, 3], [10, 20, 30, 40, 50, 60]));
    done('sum.onnx', '--input', 'a=a.npy', '--input', 'b=b.npy');
    expect(array('unstride-out/sum.npy')).toEqual({ descr: '<f4', shape: [2, 3], values: [10, 21, 32, 43, 54, 65] });
  });

  it('.npz, with an array for each input', () => {
    cli.put('sum.onnx', sum());
    const files = { 'b.npy': npy([2, 1], [5, 6]), 'a.npy': npy([2, 1], [1, 1]), 'other.npy': npy([1]) };
    cli.put('in.npz', zipSync(files));
    expect(done('sum.onnx', '--input', 'in.npz')).toContain("from in.npz (no input takes its 'other')\n");
    expect(array('unstride-out/sum.npy')).toEqual({ descr: '<f4', shape: [2, 1], values: [6, 7] });
    // NumPy's names for arrays that were given none.
    cli.put('numbered.npz', zipSync({ 'arr_1.npy': npy([2, 1], [30, 40]), 'arr_0.npy': npy([2, 1], [1, 2]) }));
    done('sum.onnx', '--input', 'numbered.npz');
    expect(array('unstride-out/sum.npy').values).toEqual([31, 42]);
    cli.put('wrong.npz', zipSync({ 'a.npy': npy([2, 1]), 'B.npy': npy([2, 1]) }));
    const { stderr } = run('sum.onnx', '--input', 'wrong.npz');
    expect(stderr).toContain("the input 'b' is not given");
    expect(stderr).toContain("arrays that no input takes: 'B' of wrong.npz");
    cli.put('near.npz', zipSync({ 'A.npy': npy([2, 1]), 'other.npy': npy([2, 1]) }));
    expect(run('sum.onnx', '--input', 'near.npz').stderr).toContain("'A' may be meant for the input 'a'");
    cli.put('one.npz', zipSync({ 'arr_0.npy': npy([2, 1], [3, 4]) }));
    done('sum.onnx', '--input', 'a=one.npz', '--input', 'b=in.npz');
    expect(array('unstride-out/sum.npy').values).toEqual([8, 10]);
  });

  it('.pb, by the name that is in it or the one that is given', () => {
    cli.put('sum.onnx', sum());
    const proto = (name: string, values: number[]) => {
      const tensor = tensorProto(name, new Tensor('float32', [2, 1], Float32Array.from(values)));
      return new Uint8Array(onnx.TensorProto.encode(tensor as onnx.ITensorProto).finish());
    };
    cli.put('first.pb', proto('b', [1, 2]));
    cli.put('second.pb', proto('', [10, 20]));
    done('sum.onnx', '--input', 'first.pb', '--input', 'a=second.pb');
    expect(array('unstride-out/sum.npy').values).toEqual([11, 22]);
  });

  it('random: the same seed gives the same bytes, another one others', () => {
    const model = fixture('vae/random-dynamo/model.onnx');
    const outputs = ['a', 'b', 'c'].map((directory, i) => {
      const stdout = done(
        model,
        '--input',
        'random',
        '--dim',
        'N=2',
        '--seed',
        i === 2 ? '8' : '7',
        '--output-dir',
        directory,
      );
      expect(stdout).toMatch(new RegExp(`random values in 0\\.\\.1, seed ${i === 2 ? 8 : 7}\n`));
      return readdirSync(path.join(cli.folder, directory))
        .sort()
        .map((file) => `${file} ${readFileSync(path.join(cli.folder, directory, file)).toString('base64')}`);
    });
    expect(outputs[0]!.length).toBe(3);
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[2]).not.toEqual(outputs[0]);
  });

  it('random beside data has the sizes of the data', () => {
    cli.put('sum.onnx', sum());
    cli.put('a.npy', npy([2, 5]));
    expect(done('sum.onnx', '--input', 'b=random', '--input', 'a=a.npy')).toContain('b  float32[2, 5]');
  });

  it('of paths with blanks, equals signs and any letters', () => {
    cli.put('my models/größe 模型.onnx', same([2]));
    cli.put('my data/x=1 ü.npy', npy([2], [3, 4]));
    const out = 'results of é/1';
    done('my models/größe 模型.onnx', '--input', 'x=my data/x=1 ü.npy', '--output-dir', out);
    expect(array(`${out}/y.npy`).values).toEqual([3, 4]);
    done('my models/größe 模型.onnx', '--input', 'my data/x=1 ü.npy', '--output-dir', out);
  });
});

describe('outputs', () => {
  it('are named by their values, with _ for what files should not have', () => {
    const names = ['a/b:0', '../up', 'Ünïcode 1', 'a_b_0', 'plain.x-1_y'];
    cli.put(
      'm.onnx',
      modelBytes({
        inputs: { x: [2] },
        outputs: Object.fromEntries(names.map((name) => [name, [2]])),
        nodes: names.map((name) => ({ opType: 'Identity', input: ['x'], output: [name], name })),
      }),
    );
    cli.put('x.npy', npy([2]));
    done('m.onnx', '--input', 'x.npy', '--output-dir', 'out');
    expect(readdirSync(path.join(cli.folder, 'out')).sort()).toEqual(
      ['a_b_0.npy', '.._up.npy', '_n_code_1.npy', 'a_b_0-2.npy', 'plain.x-1_y.npy', 'unstride-names.json'].sort(),
    );
    expect(readdirSync(cli.folder).sort()).toEqual(['m.onnx', 'out', 'x.npy']);
  });

  it("of a fixture equal the framework's", () => {
    const segnet = fixture('segnet/dynamo');
    done(path.join(segnet, 'model.onnx'), '--input', path.join(segnet, '64x64', 'image.npy'));
    const { shape, values } = array('unstride-out/scores.npy');
    expect(shape).toEqual([1, 3, 64, 64]);
    const expected = readFileSync(path.join(segnet, '64x64', 'scores.npy'));
    const wanted = floatsOf(expected.subarray(10 + expected.readUInt16LE(8)));
    const largest = Math.max(...wanted.map(Math.abs));
    expect(values).toHaveLength(wanted.length);
    values.forEach((value, i) => {
      if (Math.abs(value - wanted[i]!) > 1e-4 * largest) expect(value).toBe(wanted[i]);
    });
  });

  it('are told with times and the most memory at the end', () => {
    const lines = done(unet, '--input', cells).trimEnd().split('\n');
    const duration = String.raw`(?:<1|\d+) ms|\d+\.\d+ s`;
    expect(lines.at(-2)).toMatch(
      new RegExp(`^time {5}read (?:${duration}), compile (?:${duration}), run (?:${duration}), write (?:${duration})$`),
    );
    expect(lines.at(-1)).toMatch(/^memory {3}at most [\d.]+ \w+ for activations, [\d.]+ \w+ for the process$/);
  });

  it('--json tells the same as data', () => {
    cli.put('sum.onnx', sum());
    cli.put('a.npy', npy([2, 2]));
    cli.put('b.npy', npy([2, 2]));
    const document = runJson('sum.onnx', '--input', 'a=a.npy', '--input', 'b=b.npy', '--seed', '5');
    expect(document).toMatchObject({
      code: 0,
      ok: true,
      file: 'sum.onnx',
      inputs: [
        { name: 'a', elementType: 'float32', shape: [2, 2], source: 'a.npy' },
        { name: 'b', source: 'b.npy' },
      ],
      sizes: { W: 2 },
      seed: 5,
      outputs: [{ name: 'sum', shape: [2, 2], minimum: 0, maximum: 6, files: [{ kind: 'array' }] }],
      diagnostics: [],
    });
    // Two arrays of 16 bytes and their sum; kernels need more beside them.
    expect(document.memory.peakActivationBytes).toBeGreaterThanOrEqual(48);
    const plain = runJson('sum.onnx', '--input', 'a=a.npy', '--input', 'b=b.npy', '--executor', 'reference');
    expect(plain.memory.peakActivationBytes).toBe(48);
    expect(document.memory.peakProcessBytes).toBeGreaterThan(2 ** 20);
    for (const time of Object.values(document.time)) expect(time).toBeGreaterThanOrEqual(0);
    expect(runJson('sum.onnx')).toMatchObject({ code: 1, ok: false, diagnostics: [{ value: 'a' }, { value: 'b' }] });
  });
});

describe('the engine', () => {
  const segnet = fixture('segnet/dynamo');
  const scores = () => array('unstride-out/scores.npy').values;
  const runSegnet = (...args: string[]) =>
    done(path.join(segnet, 'model.onnx'), '--input', path.join(segnet, '64x64', 'image.npy'), ...args);

  it('gives the same for every executor, precision, tier and number of threads', () => {
    runSegnet('--executor', 'reference');
    const expected = scores();
    const largest = Math.max(...expected.map(Math.abs));
    for (const args of [
      [],
      ['--precision', 'strict'],
      ['--threads', '1'],
      ['--threads', '2', '--executor', 'compiled'],
      ['--tier', 'baseline'],
    ]) {
      runSegnet(...args);
      const actual = scores();
      expect(actual).toHaveLength(expected.length);
      for (const [i, value] of actual.entries())
        if (Math.abs(value - expected[i]!) > 1e-4 * largest) expect({ args, i, value }).toBe(expected[i]);
    }
  });

  it('runs each ConvTranspose by its four steps where that is asked for', () => {
    const model = path.join(fixture('dcgan/dynamo'), 'model.onnx');
    const images = (executor: string) => {
      done(model, '--input', 'random', '--dim', 'N=1', '--seed', '3', '--executor', executor);
      return array('unstride-out/image.npy').values;
    };
    const [expected, actual] = [images('compiled'), images('dilate-pad-convolve')];
    expect(actual).toHaveLength(expected.length);
    // Both round, and not alike: equal bits would be of one executor.
    expect(actual).not.toEqual(expected);
    for (const [i, value] of actual.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5);
  });

  it('writes what every step took, as Chrome shows it', () => {
    const file = path.join('of runs', 'trace.json');
    for (const executor of ['reference', 'compiled']) {
      runSegnet('--executor', executor, '--threads', '1', '--profile', file);
      expect(readdirSync(path.join(cli.folder, 'of runs'))).toEqual(['trace.json']);
      const trace = JSON.parse(readFileSync(path.join(cli.folder, file), 'utf8')) as Trace;
      expect(trace.otherData).toMatchObject({ executor, threads: 1, file: path.join(segnet, 'model.onnx') });
      const steps = trace.traceEvents.filter(({ cat }) => cat === 'step');
      const nodes = steps.flatMap(({ args }) => args['nodes'] as string[]);
      expect(nodes).toContain('node_conv2d');
      for (const { ph, dur, args } of steps) {
        expect(ph).toBe('X');
        expect(dur).toBeGreaterThanOrEqual(0);
        expect(Object.keys(args)).toEqual(expect.arrayContaining(['shapes', 'algorithm', 'operations', 'threads']));
      }
    }
  });

  it('takes the tier of the environment, and says why it is not the one asked for', () => {
    cli.put('m.onnx', same([2]));
    const profiled = (args: string[], env: Record<string, string>) => {
      const all = ['run', 'm.onnx', '--input', 'random', '--profile', 'trace.json', ...args];
      const { code, stderr } = cli.run(all, cli.folder, { env });
      expect(code).toBe(0);
      const { otherData } = JSON.parse(readFileSync(path.join(cli.folder, 'trace.json'), 'utf8')) as Trace;
      return { tier: otherData['tier'], stderr };
    };
    expect(profiled([], { UNSTRIDE_TIER: 'baseline' })).toEqual({ tier: 'baseline', stderr: '' });
    const wrong = cli.run(['run', 'm.onnx', '--input', 'random'], cli.folder, { env: { UNSTRIDE_TIER: 'best' } });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("error the environment variable UNSTRIDE_TIER is 'best'");
    for (const args of [
      ['run', 'm.onnx', '--input', 'random'],
      ['inspect', 'm.onnx', '--plan'],
    ]) {
      const other = cli.run(args, cli.folder, { env: { UNSTRIDE_PROCESSOR: 'best' } });
      expect(other.stderr).toContain("error the environment variable UNSTRIDE_PROCESSOR is 'best'");
    }
    expect(profiled(['--tier', 'fma', '--precision', 'strict'], {})).toEqual({
      tier: 'baseline',
      stderr: 'note: baseline code in place of fma: strict precision fuses no operations\n',
    });
    // Node 20 has relaxed SIMD by a flag only, newer ones have it without.
    expect(profiled(['--tier', 'fma'], {})).toEqual({ tier: 'fma', stderr: '' });
  });

  it('says why the profile cannot be written, and leaves no half of it', () => {
    mkdirSync(path.join(cli.folder, 'taken'));
    cli.put('m.onnx', same([2]));
    const stderr = fault('m.onnx', '--input', 'random', '--profile', 'taken');
    expect(stderr).toContain('error US2010 the profile cannot be written\n  file      taken\n');
    expect(stderr).toContain('hint      name another file with --profile');
    expect(readdirSync(cli.folder).sort()).toEqual(['m.onnx', 'taken', 'unstride-out']);
    expect(readdirSync(path.join(cli.folder, 'taken'))).toEqual([]);
  });
});

describe('data that does not fit', () => {
  beforeEach(() => {
    cli.put('m.onnx', same([1, 3, 8, 8]));
    cli.put('sum.onnx', sum());
  });

  it('of another type', () => {
    cli.put(
      'x.npy',
      npyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3, 8, 8), }", new Uint8Array(8 * 192)),
    );
    expect(fault('m.onnx', '--input', 'x.npy')).toBe(
      [
        "error US2003 the data for the input 'x' has the wrong element type",
        '  file      x.npy',
        '  value     x',
        '  expected  float32[1, 3, 8, 8]',
        '  got       float64[1, 3, 8, 8]',
        "  hint      convert it, in NumPy with array.astype('float32')",
        '',
      ].join('\n'),
    );
  });

  it('of another rank', () => {
    cli.put('x.npy', npy([3, 8, 8]));
    expect(fault('m.onnx', '--input', 'x.npy')).toBe(
      [
        "error US2003 the data for the input 'x' has the wrong rank",
        '  file      x.npy',
        '  value     x',
        '  expected  float32[1, 3, 8, 8]',
        '  got       float32[3, 8, 8]',
        '  hint      where the batch is missing, add an axis of size 1, in NumPy with array[None]',
        '',
      ].join('\n'),
    );
    cli.put('x.npy', npy([1, 2, 3]));
    expect(fault('sum.onnx', '--input', 'a=x.npy', '--input', 'b=random', '--dim', 'W=3')).toContain(
      'take the first axis of size 1 off, in NumPy with array[0]',
    );
  });

  it('of another size', () => {
    cli.put('x.npy', npy([1, 3, 9, 8]));
    expect(fault('m.onnx', '--input', 'x.npy')).toBe(
      [
        "error US2003 the data for the input 'x' has the wrong size at axis 2: 9",
        '  file      x.npy',
        '  value     x',
        '  expected  float32[1, 3, 8, 8]',
        '  got       float32[1, 3, 9, 8]',
        '  hint      the model is made for 8 there',
        '',
      ].join('\n'),
    );
  });

  it('several at once, each told', () => {
    cli.put('a.npy', npy([3, 4]));
    cli.put('b.npy', npy([2, 5]));
    const stderr = fault('sum.onnx', '--input', 'a=a.npy', '--input', 'b=b.npy');
    expect(stderr).toContain("the data for the input 'a' has the wrong size at axis 0: 3\n  file      a.npy\n");
    expect(stderr).toContain("the data for the input 'b' has the wrong size at axis 1: 5\n  file      b.npy\n");
    expect(stderr).toContain("  hint      W = 4 comes from axis 1 of 'a'\n");
    expect(stderr).toMatch(/\n2 errors\n$/);
  });

  it('a name that no input has', () => {
    cli.put('x.npy', npy([1, 3, 8, 8]));
    expect(fault('m.onnx', '--input', 'picture=x.npy')).toBe(
      [
        "error US2002 the model has no input 'picture'",
        '  file      m.onnx',
        '  value     picture',
        '  expected  x',
        '  got       --input picture=x.npy',
        '  hint      for example --input x=x.npy',
        '',
      ].join('\n'),
    );
  });

  it('no name where there are several, nothing at all, and twice the same', () => {
    cli.put('a.npy', npy([2, 3]));
    expect(fault('sum.onnx', '--input', 'a.npy')).toContain('  expected  --input NAME=FILE with one of a, b\n');
    const missing = fault('sum.onnx', '--input', 'b=a.npy');
    expect(missing).toContain("error US2001 the input 'a' is not given\n  file      sum.onnx\n  value     a\n");
    expect(missing).toContain('unstride run sum.onnx --input b=a.npy --input a=data.npy\n');
    expect(fault('sum.onnx', '--input', 'a=a.npy', '--input', 'a=a.npy')).toContain("the input 'a' is given twice");
  });

  it.each([
    ['gone.npy', undefined, '  got       there is no such file\n'],
    ['d.npy', '', 'error US2005 the file is empty\n'],
    ['d.npy', 'version https://git-lfs.github.com/spec/v1\n', '  hint      fetch it with git lfs pull\n'],
    ['d.npy', '<!DOCTYPE html><html></html>', '  got       an HTML page\n'],
    ['d.txt', '1 2 3', '  got       a file that starts with 31 20 32 20 33\n'],
    ['d.npy', npy([1, 3, 8, 8]).subarray(0, 200), 'error US2005 '],
    [
      'd.png',
      encodePng({ width: 8, height: 8, channels: 3, data: new Uint8Array(192) }).subarray(0, 60),
      'error US2005 ',
    ],
  ])('the data file %s of %j', (file, content, message) => {
    if (content !== undefined) cli.put(file, content);
    const stderr = fault('m.onnx', '--input', file);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(new RegExp(`^error US2005 .*\n {2}file {6}${file.replace('.', '\\.')}\n`));
  });

  it('an open size for random numbers', () => {
    expect(fault(unet, '--input', 'random', '--dim', 'N=1')).toBe(
      [
        "error US2004 the input 'image' cannot be random: its size is open",
        `  file      ${unet}`,
        '  value     image',
        '  expected  sizes for H, W',
        '  got       [1, 1, H, W]',
        '  hint      add --dim H=256 --dim W=256',
        '',
      ].join('\n'),
    );
  });
});

describe('a model at fault', () => {
  it('is missing, no model, or cut off', () => {
    expect(fault('gone.onnx', '--input', 'random')).toContain(
      'error US1002 the file cannot be read\n  file      gone.onnx\n  got       there is no such file\n',
    );
    cli.put('lfs.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n');
    expect(fault('lfs.onnx', '--input', 'random')).toContain('error US1001 the file is a Git LFS pointer');
    cli.put('cut.onnx', same([1, 3]).subarray(0, 50));
    expect(fault('cut.onnx', '--input', 'random')).toContain(
      'error US1003 the model is cut off at byte 50, or damaged',
    );
  });

  it('at a size where a skip does not fit: the node, both sizes, where Python wrote it', () => {
    const stderr = fault(unet, '--input', 'random', '--dim', 'N=1,H=100,W=64');
    expect(stderr).toMatch(/^error US1203 /);
    expect(stderr).toContain('  node      node_cat_1 (Concat)');
    expect(stderr).toContain('  origin    fixtures/export/unet.py:53\n');
    expect(stderr).toMatch(/^ {2}expected {2}25$/m);
    expect(stderr).toMatch(/^ {2}got {7}24$/m);
    expect(stderr).toMatch(/H = 100 is not legal; the nearest legal sizes are 96 and 112$/m);
    expect(stderr).toMatch(/^ {2}hint {6}feed H = 96 or 112 \(.*\), or set output_padding = /m);
  });

  it('has an operator that nobody knows: which node', () => {
    cli.put(
      'custom.onnx',
      same([1, 4], {
        domains: { 'com.acme': 1 },
        nodes: [nodeProto('Relu', 'x', 'r'), nodeProto('Blend', 'r', 'y', {}, { domain: 'com.acme', name: 'blend' })],
      }),
    );
    const stderr = fault('custom.onnx', '--input', 'random');
    expect(stderr).toContain(
      'error US2009 the operator Blend cannot be run\n  file      custom.onnx\n  node      blend (com.acme.Blend)\n',
    );
    expect(stderr).toContain("  hint      operators of the domain 'com.acme' ");
  });
});

describe('a folder that cannot be made', () => {
  const write = (directory: string) => fault('m.onnx', '--input', 'random', '--output-dir', directory);
  beforeEach(() => cli.put('m.onnx', same([2])));

  it('is said to be a file, or to lie in one', () => {
    cli.put('taken', '');
    for (const directory of ['taken', 'taken/deeper']) {
      expect(write(directory)).toBe(
        [
          'error US2010 the folder for the results cannot be made',
          `  file      ${directory}`,
          `  got       'taken' is a file`,
          '  hint      name another folder with --output-dir',
          '',
        ].join('\n'),
      );
    }
  });

  it.skipIf(process.platform !== 'linux')('ends also where Node would try for ever', () => {
    expect(write('/proc/unstride')).toContain('error US2010 the folder for the results cannot be made\n');
  });

  it('leaves no half of a file where one is taken by a folder', () => {
    mkdirSync(path.join(cli.folder, 'out', 'y.npy'), { recursive: true });
    expect(write('out')).toContain(
      "error US2010 the result 'y' cannot be written\n  file      out/y.npy\n  got       there is a folder of that name\n",
    );
    expect(readdirSync(path.join(cli.folder, 'out'))).toEqual(['y.npy']);
  });
});

describe('wrong usage', () => {
  it.each([
    [[], 'run is given no <model>; usage: unstride run <model>'],
    [['m.onnx', '--wat'], "unknown option '--wat'"],
    [['m.onnx', '--format', 'json'], "unknown option '--format'; it is one of check, "],
    [['m.onnx', '--input'], "the option '--input' needs a value"],
    [['m.onnx', '--input', 'x='], '--input x= names no file; for example --input x=picture.png'],
    [['m.onnx', '--dim', 'Q=3'], "--dim Q=3: the model has no open size 'Q'; its open sizes are N"],
    [['m.onnx', '--seed', 'x'], '--seed x is not a whole number from 0 to 4294967295'],
    [['m.onnx', '--mean', 'a'], '--mean a is not a list of numbers; for example --mean 0.5'],
    [['m.onnx', '--std', '1,0'], '--std has a zero in it, and values are divided by it'],
    [['m.onnx', '--layout', 'chw'], '--layout chw is not known; it is nchw or nhwc'],
    [['m.onnx', '--output-dir', ''], '--output-dir is empty; write . for the current folder'],
    [['m.onnx', '--executor', 'gpu'], '--executor gpu is not known; it is one of compiled, reference'],
    [['m.onnx', '--precision', 'half'], '--precision half is not known; it is one of fast, strict'],
    [['m.onnx', '--tier', 'best'], '--tier best is not known; it is one of wide, fma, baseline'],
    [['m.onnx', '--threads', '0'], '--threads 0 is not a whole number of at least 1'],
    [['m.onnx', '--threads', '1.5'], '--threads 1.5 is not a whole number of at least 1'],
    [['m.onnx', '--profile', ''], '--profile is empty; name the file that the trace goes to'],
  ])('%j', (args, message) => {
    cli.put('m.onnx', same(['N', 3]));
    const { code, stdout, stderr } = run(...args);
    expect(stderr).toContain(`error ${message}`);
    expect(stderr).toMatch(/\nsee unstride run --help\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

it.skipIf(process.platform === 'win32')('a reader that has seen enough ends it quietly', () => {
  cli.put('m.onnx', same([2]));
  const { stdout, stderr } = cli.shell(
    '(unstride run m.onnx --input random; echo "code $?" >&2) | head -1',
    cli.folder,
  );
  expect(stdout).toMatch(/^inputs .*\n$/);
  expect(stderr).toBe('code 0\n');
  expect(cli.shell('(unstride run m.onnx --input random; echo "code $?" >&2) | true', cli.folder).stderr).toBe(
    'code 0\n',
  );
});

describe('help', () => {
  it('of the program has all commands', () => {
    const { code, stdout } = cli.run(['--help'], cli.folder);
    for (const command of ['check', 'inspect', 'run']) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(code).toBe(0);
    expect(cli.run(['frob'], cli.folder)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^error unknown command 'frob'; the commands are .*inspect, .*run.*\nsee unstride --help\n$/,
      ),
    });
  });

  it('of run has every option, and how it ends', () => {
    const { code, stdout } = run('--help');
    const data = [
      'input',
      'dim',
      'output-dir',
      'overlay',
      'mean',
      'std',
      'layout',
      'seed',
      'json',
      'fit',
      'normalize',
      'as',
    ];
    const many = ['batch', 'skip-existing', 'json-lines', 'grid', 'interpolate', 'steps'];
    const options = [...data, ...many, 'executor', 'precision', 'threads', 'tier', 'profile'];
    for (const option of options) expect(stdout).toMatch(new RegExp(`^ {2}--${option} .*\\S`, 'm'));
    expect(stdout).toContain('Exit code: 0 it ran, 1 the model or the data is at fault, 2 wrong usage');
    expect(code).toBe(0);
  });

  it('--version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    for (const args of [['--version'], ['-v'], ['run', '--version']]) {
      expect(cli.run(args, cli.folder)).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringMatching(new RegExp(`^unstride/${version.replaceAll('.', '\\.')} `)),
      });
    }
  });
});
