/** `unstride run --tile` and `--blend`. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { encode as encodePng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { modelBytes, nodeProto } from '../support/model.js';
import { count, fixture, npy, unet, useRun } from './run-support.js';

const { cli, run, done, fault, runJson, array, listed } = useRun();

function noise(shape: readonly number[]): Uint8Array {
  return npy(
    shape,
    count(shape).map((i) => ((i * 7919) % 256) / 255),
  );
}

const strict = ['--precision', 'strict', '--threads', '2', '--no-pictures'];

describe('tiles', () => {
  it('give the bits of the whole in strict, and say what they are made of', () => {
    cli.put('x.npy', noise([1, 1, 352, 288]));
    done(unet, '--input', 'x.npy', '--output-dir', 'whole', ...strict);
    const stdout = done(unet, '--input', 'x.npy', '--tile', '64x96', '--output-dir', 'tiles', ...strict);
    expect(stdout).toContain(
      'tiles    64×288 in windows of 256×288: halo 94 (receptive field 204×204), stride 16; 3 tiles, ' +
        'the same bits as the whole picture\n',
    );
    const read = (folder: string) => readFileSync(path.join(cli.folder, folder, 'logits.npy'));
    expect(read('tiles').equals(read('whole'))).toBe(true);
  });

  it('take the same room for pictures of any size, and are close to the whole in fast', () => {
    cli.put('small.npy', noise([1, 1, 288, 288]));
    cli.put('large.npy', noise([1, 1, 544, 288]));
    const options = ['--tile', '64', '--no-pictures'];
    const [small, large] = ['small', 'large'].map((name) =>
      runJson(unet, '--input', `${name}.npy`, '--output-dir', name, ...options),
    );
    expect(large!.tiles).toEqual({
      axes: [
        {
          name: 'height',
          size: 544,
          tile: 64,
          window: 256,
          halo: { before: 94, after: 94 },
          stride: 16,
          receptiveField: 204,
          count: 6,
        },
        {
          name: 'width',
          size: 288,
          tile: 64,
          window: 256,
          halo: { before: 94, after: 94 },
          stride: 16,
          receptiveField: 204,
          count: 2,
        },
      ],
      count: 12,
      blend: null,
      result: 'rounding',
    });
    expect(small!.tiles!.count).toBe(4);
    expect(large!.memory.peakActivationBytes).toBe(small!.memory.peakActivationBytes);
    done(unet, '--input', 'large.npy', '--output-dir', 'whole', '--no-pictures');
    const [tiled, whole] = ['large', 'whole'].map((folder) => array(`${folder}/logits.npy`).values);
    const largest = whole!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = whole!.reduce((most, value, i) => Math.max(most, Math.abs(value - tiled![i]!)), 0);
    expect(error).toBeLessThan(1e-4 * largest);
  });

  it('have to be multiples of the total stride', () => {
    cli.put('x.npy', noise([1, 1, 64, 64]));
    const stderr = fault(unet, '--input', 'x.npy', '--tile', '50x32');
    expect(stderr).toContain("US2202 tiles of this height do not begin where the network's strides do");
    expect(stderr).toContain('nearest: 48 and 64');
    expect(existsSync(path.join(cli.folder, 'unstride-out'))).toBe(false);
  });

  it('go along the axes of a picture, one size for each or one for all', () => {
    cli.put('x.npy', noise([1, 1, 64, 64]));
    expect(fault(unet, '--input', 'x.npy', '--tile', '16x16x16')).toContain(
      '--tile has another number of sizes than the picture has axes',
    );
    expect(done(unet, '--input', 'x.npy', '--tile', '16x*', '--no-pictures')).toContain('tiles    64×64');
    cli.put(
      'vector.onnx',
      modelBytes({ inputs: { x: ['N', 8] }, outputs: { y: ['N', 8] }, nodes: [nodeProto('Relu', 'x', 'y')] }),
    );
    cli.put('v.npy', npy([2, 8]));
    expect(fault('vector.onnx', '--input', 'v.npy', '--tile', '16')).toContain(
      'no input of the model is a picture that could be cut into tiles',
    );
  });
});

describe('parts', () => {
  it('are run in tiles as well: a decoder with skips of four levels', () => {
    cli.put('x.npy', noise([1, 1, 256, 128]));
    run(unet, '--encoder', '--input', 'x.npy', '--output-dir', 'code', ...strict);
    run(unet, '--decoder', '--input', 'code', '--output-dir', 'whole', ...strict);
    const { stdout } = run(unet, '--decoder', '--input', 'code', '--tile', '32x*', '--output-dir', 'tiles', ...strict);
    expect(stdout).toContain('in windows of 96×128: halo 30 (receptive field 80×80), stride 16; 6 tiles');
    const read = (folder: string) => readFileSync(path.join(cli.folder, folder, 'logits.npy'));
    expect(read('tiles').equals(read('whole'))).toBe(true);
  });
});

describe('what sees the whole picture', () => {
  function pooled(): Uint8Array {
    const shape = [1, 2, 'H', 'W'] as const;
    return modelBytes({
      inputs: { x: shape },
      outputs: { y: shape },
      nodes: [{ ...nodeProto('GlobalAveragePool', 'x', 'mean'), name: 'squeeze' }, nodeProto('Mul', 'x mean', 'y')],
    });
  }

  it('is refused with its name', () => {
    cli.put('m.onnx', pooled());
    cli.put('x.npy', noise([1, 2, 40, 40]));
    const stderr = fault('m.onnx', '--input', 'x.npy', '--tile', '16');
    expect(stderr).toContain(
      'error US2201 tiles cannot stand for the whole picture: the node averages over the height and width',
    );
    expect(stderr).toContain('squeeze (GlobalAveragePool)');
    expect(stderr).toContain('--blend');
  });

  it('is computed for each tile alone where tiles are blended, and that is said', () => {
    cli.put('m.onnx', pooled());
    cli.put('x.npy', noise([1, 2, 40, 40]));
    const { code, stdout, stderr } = run('m.onnx', '--input', 'x.npy', '--tile', '16', '--blend', '4');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'tiles    16×16 that overlap by 4 and are blended; 9 tiles, close to the result of the whole picture, not equal\n',
    );
    expect(stderr).toContain('warning US2203');
    expect(stderr).toContain('squeeze (GlobalAveragePool)');
    expect(array('unstride-out/y.npy').shape).toEqual([1, 2, 40, 40]);
    const document = runJson('m.onnx', '--input', 'x.npy', '--tile', '16', '--blend', '4');
    expect(document.tiles).toMatchObject({ blend: 4, result: 'approximate', count: 9 });
    expect(document.diagnostics.map(({ code: found }) => found)).toEqual(['US2203']);
  });
});

describe('a model of a fixed size', () => {
  it('takes pictures larger than it in tiles of it: --fit tile', () => {
    const shape = [1, 1, 32, 32] as const;
    cli.put(
      'm.onnx',
      modelBytes({
        inputs: { x: shape },
        outputs: { y: shape },
        nodes: [nodeProto('MaxPool', 'x', 'y', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })],
      }),
    );
    const data = Uint8Array.from({ length: 70 * 45 }, (_, i) => (i * 7919) % 256);
    cli.put('p.png', encodePng({ width: 70, height: 45, data, channels: 1 }));
    const stdout = done('m.onnx', '--input', 'p.png', '--fit', 'tile', ...strict);
    expect(stdout).toContain('x  float32[1, 1, 45, 70]');
    expect(stdout).toContain('tiles    30×30 in windows of 32×32: halo 1 (receptive field 3×3), stride 1; 6 tiles');
    expect(array('unstride-out/y.npy').shape).toEqual([1, 1, 45, 70]);
    expect(listed()).toEqual(['y.npy']);
  });

  it('has no room for tiles of a network that sees more', () => {
    cli.put('x.npy', noise([1, 1, 128, 128]));
    const stderr = fault(fixture('unet/torchscript/model.onnx'), '--input', 'x.npy', '--tile', '64');
    expect(stderr).toContain("the model's own height is too small for a tile and what the network sees around it");
  });
});
