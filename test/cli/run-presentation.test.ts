/** `unstride run`: what is written is what was asked for, at the size of the picture, with names and colors. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { encode as encodePng } from 'fast-png';
import { beforeEach, describe, expect, it } from 'vitest';
import { Tensor } from '../../src/ir/tensor.js';
import { modelBytes, nodeProto, tensorProto } from '../support/model.js';
import { cells, fixture, npy, same, unet, useRun } from './run-support.js';

const { cli, done, fault, run, runJson, listed, png, array } = useRun();

/** Scores of four classes of 8×8 pixels, from a gray picture: its quarters. */
function quarters(): Uint8Array {
  const score = (pixel: number, label: number) => {
    const own = (pixel % 8 < 4 ? 0 : 1) + (pixel < 32 ? 0 : 2);
    return own === label ? 5 : -5;
  };
  const values = Float32Array.from({ length: 256 }, (_, i) => score(i % 64, Math.floor(i / 64)));
  return modelBytes({
    inputs: { x: [1, 1, 8, 8] },
    outputs: { scores: [1, 4, 8, 8] },
    initializers: [
      tensorProto('c', new Tensor('float32', [1, 4, 8, 8], values)),
      tensorProto('o', new Tensor('float32', [], Float32Array.of(0))),
    ],
    nodes: [nodeProto('Mul', 'x o', 'z'), nodeProto('Add', 'c z', 'scores')],
  });
}

describe('--as', () => {
  beforeEach(() => {
    cli.put('m.onnx', quarters());
    cli.put('p.png', encodePng({ width: 16, height: 12, channels: 1, data: new Uint8Array(192).fill(90) }));
  });

  it('writes what is named and nothing else', () => {
    const stdout = done('m.onnx', '--input', 'p.png', '--as', 'classes', '--as', 'scores=probabilities');
    expect(listed()).toEqual(['scores.classes.png', 'scores.probabilities.npy', 'scores.probabilities.png']);
    expect(stdout).toContain('softmax of the scores over 4 classes\n');
    const classes = png('unstride-out/scores.classes.png');
    expect(classes).toMatchObject({ width: 16, height: 12, channels: 1 });
    expect([0, 15, 176, 191].map((i) => classes.data[i])).toEqual([0, 1, 2, 3]);
    const { shape, values } = array('unstride-out/scores.probabilities.npy');
    expect(shape).toEqual([1, 4, 8, 8]);
    expect(values[0]).toBeCloseTo(1 / (1 + 3 * Math.exp(-10)), 5);
  });

  it('says what is chosen without it, and why; --no-pictures writes arrays alone', () => {
    const stdout = done('m.onnx', '--input', 'p.png');
    expect(stdout).toContain('resized 16×12 → 8×8: the input takes 8×8; see --fit');
    expect(stdout).toMatch(/scores\.mask\.png +the highest of 4 scores: class 0 25\.0 %.*; brought to 16×12\n/);
    expect(stdout).toContain(
      '  written as a mask: 4 channels with values below and above 0 are taken for scores of classes\n',
    );
    expect(listed()).toEqual(['scores.mask.png', 'scores.npy']);
    done('m.onnx', '--input', 'p.png', '--no-pictures', '--output-dir', 'plain');
    expect(listed('plain')).toEqual(['scores.npy']);
  });

  it('with names and colors of classes, in text, in JSON and in the mask', () => {
    cli.put('names.txt', 'sky\nsea\nland\n');
    cli.put('colors.txt', '#ff0000\n0 255 0\n');
    const options = ['--as', 'mask', '--overlay', '--class-names', 'names.txt', '--palette', 'colors.txt'];
    const document = runJson('m.onnx', '--input', 'p.png', ...options);
    const [mask, overlay] = document.outputs[0]!.files;
    expect(mask!.shares).toEqual([
      { class: 0, name: 'sky', share: 0.25 },
      { class: 1, name: 'sea', share: 0.25 },
      { class: 2, name: 'land', share: 0.25 },
      { class: 3, name: null, share: 0.25 },
    ]);
    expect(mask!.note).toContain('sky 25.0 %, sea 25.0 %, land 25.0 %, class 3 25.0 %');
    expect(png('unstride-out/scores.mask.png').palette!.slice(0, 2)).toEqual([
      [255, 0, 0],
      [0, 255, 0],
    ]);
    expect(overlay!.kind).toBe('overlay');
    const drawn = png('unstride-out/scores.overlay.png');
    expect(drawn.height).toBeGreaterThan(12);
    done('m.onnx', '--input', 'p.png', '--as', 'mask', '--palette', 'voc');
    expect(png('unstride-out/scores.mask.png').palette![1]).toEqual([128, 0, 0]);
  });

  it('that no output can be is an error, and nothing is written', () => {
    expect(fault('m.onnx', '--input', 'p.png', '--as', 'depth')).toBe(
      [
        'error US2013 no output can be written as depth',
        '  file      m.onnx',
        '  expected  two to four axes, with one channel',
        '  got       scores float32[1, 4, 8, 8]',
        '  hint      leave the option out for arrays; --layout says which axis the channels are',
        '',
      ].join('\n'),
    );
    expect(existsSync(path.join(cli.folder, 'unstride-out'))).toBe(false);
  });

  it.each([
    [['--as', 'mosk'], '--as mosk is not known; write KIND or OUTPUT=KIND; the kinds are mask, classes, '],
    [['--as', 'y=mask'], "--as y=mask: the model has no output 'y'; its outputs are scores"],
    [['--pictures'], "unknown option '--pictures'"],
    [['--no-overlay'], "unknown option '--no-overlay'"],
  ])('%j is wrong usage', (args, message) => {
    const { code, stderr } = run('m.onnx', '--input', 'p.png', ...args);
    expect(stderr).toContain(`error ${message}`);
    expect(code).toBe(2);
  });

  it.each([
    ['--palette', 'gone.txt', undefined, 'error US2005 the file cannot be read\n  file      gone.txt\n'],
    [
      '--palette',
      'p.txt',
      'red\n',
      'error US2005 the palette cannot be read: line 1 is not a color\n  file      p.txt\n',
    ],
    ['--class-names', 'p.png', undefined, 'error US2005 the file is not text\n  file      p.png\n'],
    ['--class-names', 'n.json', '{"a": "b"}', 'error US2005 the names of classes cannot be read'],
  ])('%s %s of %j', (option, file, content, message) => {
    if (content !== undefined) cli.put(file, content);
    expect(fault('m.onnx', '--input', 'p.png', option, file)).toContain(message);
  });
});

describe('results come back to the size of the picture', () => {
  it('padded, cropped or resized, as pictures and as a mask over them', () => {
    cli.put('p.png', encodePng({ width: 57, height: 41, channels: 1, data: new Uint8Array(57 * 41).fill(99) }));
    for (const [fit, said, width, height] of [
      ['resize', 'resized 57×41 → 64×48', 57, 41],
      ['pad', 'padded 57×41 → 64×48', 57, 41],
      ['crop', 'cropped 57×41 → 48×32', 48, 32],
    ] as const) {
      const stdout = done(unet, '--input', 'p.png', '--fit', fit, '--as', 'mask', '--overlay');
      expect(stdout).toContain(`(${said}: H and W must be multiples of 16; values 0..1)`);
      expect(png('unstride-out/logits.mask.png')).toMatchObject({ width, height });
      expect(png('unstride-out/logits.overlay.png')).toMatchObject({ width, height });
    }
  });

  it('of what convolutions without padding leave, over the middle of the picture', () => {
    const weights = new Tensor('float32', [1, 1, 3, 3], Float32Array.of(0, 0, 0, 0, 9, 0, 0, 0, 0));
    cli.put(
      'valid.onnx',
      modelBytes({
        inputs: { x: [1, 1, 'H', 'W'] },
        outputs: { y: [1, 1, 'h', 'w'] },
        initializers: [tensorProto('k', weights), tensorProto('b', new Tensor('float32', [1], Float32Array.of(-4.5)))],
        nodes: [nodeProto('Conv', 'x k b', 'y')],
      }),
    );
    const data = Uint8Array.from({ length: 20 * 16 }, (_, i) => (i % 20 < 10 ? 0 : 255));
    cli.put('p.png', encodePng({ width: 20, height: 16, channels: 1, data }));
    const stdout = done('valid.onnx', '--input', 'p.png', '--overlay');
    expect(stdout).toContain("the mask over the picture for 'x', of which it shows 18×14\n");
    expect(stdout).toContain('class 0 50.0 %, class 1 50.0 %');
    expect(png('unstride-out/y.overlay.png')).toMatchObject({ width: 18, height: 14 });
  });

  it('a picture that is padded and handed on is the picture', () => {
    const data = Uint8Array.from({ length: 5 * 7 * 3 }, (_, i) => (37 * i) % 256);
    cli.put('p.png', encodePng({ width: 5, height: 7, channels: 3, data }));
    cli.put('same.onnx', same([1, 3, 16, 16]));
    done('same.onnx', '--input', 'p.png', '--fit', 'pad', '--as', 'image', '--normalize', 'bytes', '--channels', 'bgr');
    expect([...png('unstride-out/y.png').data]).toEqual([...data]);
  });
});

describe('parts', () => {
  it('take a picture in the size that the whole takes, and what they exchange fits', () => {
    cli.put('p.png', encodePng({ width: 57, height: 41, channels: 1, data: new Uint8Array(57 * 41).fill(99) }));
    const strict = ['--precision', 'strict'];
    done(unet, '--input', 'p.png', ...strict);
    const whole = array('unstride-out/logits.npy');
    expect(run(unet, '--encoder', '--input', 'p.png', '--output-npz', 'between.npz', ...strict).code).toBe(0);
    expect(run(unet, '--decoder', '--input', 'between.npz', '--output-dir', 'a', ...strict).code).toBe(0);
    expect(array('a/logits.npy')).toEqual(whole);
    expect(run(unet, '--encoder', '--input', 'p.png', '--output-dir', 'between', ...strict).code).toBe(0);
    expect(run(unet, '--decoder', '--input', 'between', '--output-dir', 'b', ...strict).code).toBe(0);
    expect(array('b/logits.npy')).toEqual(whole);
  });
});

describe('values inside', () => {
  it('of a part are a grid of channels', () => {
    done(unet, '--input', cells, '--to', 'conv2d', '--as', 'channels', '--as', 'array');
    const { shape } = array('unstride-out/conv2d.npy');
    const grid = png('unstride-out/conv2d.channels.png');
    expect(grid.width).toBeGreaterThan(2 * shape[3]!);
  });

  it('of a generator, which no picture was fed to', () => {
    const stdout = done(fixture('dcgan/dynamo/model.onnx'), '--input', 'random', '--dim', 'N=1');
    expect(stdout).toContain('no picture is written by default, as none was fed: --as image writes one');
    cli.put('vector.onnx', same([1, 3]));
    cli.put('v.npy', npy([1, 3]));
    done('vector.onnx', '--input', 'v.npy', '--output-dir', 'vector', '--as', 'array');
    expect(listed('vector')).toEqual(['y.npy']);
  });
});
