import { describe, expect, it } from 'vitest';
import { placementFor } from '../../src/feed/fit.js';
import { bool, float32, int64, Tensor } from '../../src/ir/tensor.js';
import type { Picture } from '../../src/pictures/picture.js';
import type { Content } from '../../src/present/artifact.js';
import { encodeContent } from '../../src/present/artifact.js';
import { type KindRequest, outputKinds, parseKindRequest } from '../../src/present/kinds.js';
import { presentOutputs } from '../../src/present/present.js';
import type { PresentOptions } from '../../src/present/present-options.js';
import { problemOf } from '../files/support.js';

const filled = (dims: readonly number[], value: (i: number) => number) =>
  float32(
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => value(i)),
  );

/** A picture of 20×16, fed as 16×16. */
const picture: Picture = { width: 20, height: 16, channels: 3, data: new Uint8Array(960).fill(100) };
const fed: PresentOptions = {
  overlay: false,
  given: [
    {
      name: 'x',
      picture,
      placement: placementFor(picture, { width: 16, height: 16 }, 'resize'),
      bounds: { low: 0, high: 1 },
    },
  ],
  sizes: [{ width: 16, height: 16 }],
};
const unfed: PresentOptions = { overlay: false, given: [], sizes: [] };
const as = (...kinds: KindRequest['kind'][]) => ({ as: kinds.map((kind) => ({ output: undefined, kind })) });

function present(tensor: Tensor, options: PresentOptions) {
  const [output] = presentOutputs(new Map([['y', tensor]]), options);
  const { artifacts, notes } = output!;
  return { files: artifacts.map(({ file }) => file), notes, artifacts };
}

function pictureOf(content: Content): Picture {
  if (content.form !== 'png') throw new Error('no picture');
  return content.picture;
}

const scores = filled([1, 3, 16, 16], (i) => ((i * 7) % 13) - 6);
const colors = filled([1, 3, 16, 16], (i) => (i % 11) / 10);

describe('by default', () => {
  it.each([
    [
      'scores',
      scores,
      ['y.npy', 'y.mask.png'],
      'written as a mask: 3 channels with values below and above 0 are taken for scores of classes',
    ],
    ['one score', filled([1, 1, 16, 16], (i) => i - 100), ['y.npy', 'y.mask.png'], 'written as a mask: one channel '],
    ['many channels', filled([1, 21, 16, 16], (i) => i), ['y.npy', 'y.mask.png'], 'written as a mask: 21 channels '],
    ['colors', colors, ['y.npy', 'y.png'], 'written as a picture: 3 channels are colors'],
    ['colors twice as large', filled([1, 3, 32, 32], (i) => (i % 5) / 4), ['y.npy', 'y.png'], 'written as a picture'],
    ['one channel', filled([1, 1, 16, 16], (i) => i / 256), ['y.npy', 'y.png'], 'written as a gray picture: '],
    ['features', filled([1, 64, 2, 2], (i) => i), ['y.npy'], undefined],
    ['a vector', filled([1, 10], (i) => i), ['y.npy'], undefined],
    ['classes', int64([1, 16, 16], new Array(256).fill(1)), ['y.npy', 'y.mask.png'], 'written as a mask: integers'],
  ])('%s', (_, tensor, files, note) => {
    const presented = present(tensor, fed);
    expect(presented.files).toEqual(files);
    if (note === undefined) expect(presented.notes).toEqual([]);
    else expect(presented.notes).toEqual([expect.stringContaining(note)]);
  });

  it('writes only arrays, with a note on pictures, if no picture was fed or pictures are not wanted', () => {
    expect(present(colors, unfed)).toMatchObject({
      files: ['y.npy'],
      notes: ['no picture is written by default, as none was fed: --as image writes one'],
    });
    expect(
      present(
        filled([1, 10], () => 1),
        unfed,
      ),
    ).toMatchObject({ files: ['y.npy'], notes: [] });
    expect(present(colors, { ...fed, pictures: false })).toMatchObject({ files: ['y.npy'], notes: [] });
    expect(present(colors, { ...fed, pictures: false, arrays: false }).files).toEqual([]);
  });

  it('arrays alone for values that only a part returns, as they look like anything', () => {
    const inner = new Set(['y']);
    const { files, notes } = present(scores, { ...fed, inner });
    expect(files).toEqual(['y.npy']);
    expect(notes).toEqual(['an inner value of the network: --as channels draws it']);
    expect(present(scores, { ...fed, inner, ...as('mask') }).files).toEqual(['y.mask.png']);
  });

  it('pictures have the size of the picture that was fed, and its scale', () => {
    const sizeOf = (tensor: Tensor) => {
      const { width, height } = pictureOf(present(tensor, fed).artifacts[1]!.content);
      return [width, height];
    };
    expect(sizeOf(scores)).toEqual([20, 16]);
    expect(sizeOf(colors)).toEqual([20, 16]);
    expect(sizeOf(filled([1, 3, 32, 32], (i) => (i % 5) / 4))).toEqual([40, 32]);
  });
});

describe('what is asked for', () => {
  it('is written and nothing else, every kind', () => {
    const one = filled([1, 1, 16, 16], (i) => i / 8 - 3);
    const kinds = outputKinds.map((kind) => present(one, { ...fed, ...as(kind) }).files);
    expect(kinds).toEqual([
      ['y.mask.png'],
      ['y.classes.png'],
      ['y.probabilities.npy', 'y.probabilities.png'],
      ['y.png'],
      ['y.depth.png'],
      ['y.channels.png'],
      ['y.npy'],
    ]);
    for (const kind of outputKinds)
      for (const { content } of present(one, { ...fed, ...as(kind) }).artifacts)
        expect(encodeContent(content).length).toBeGreaterThan(60);
  });

  it('of one output is of that one alone', () => {
    const request: KindRequest = { output: 'b', kind: 'image' };
    const outputs = presentOutputs(
      new Map([
        ['a', colors],
        ['b', colors],
      ]),
      { ...fed, as: [request] },
    );
    expect(outputs.map(({ artifacts }) => artifacts.map(({ file }) => file))).toEqual([[], ['b.png']]);
  });

  it('and cannot be had is an error that says what it needs', () => {
    const vector = new Map<string, Tensor>([['v', filled([1, 10], () => 1)]]);
    expect(problemOf(() => presentOutputs(vector, { ...fed, ...as('depth', 'array') })).code).toBe('US2013');
    const wide = new Map<string, Tensor>([['w', filled([1, 2, 3, 4, 5], () => 1)]]);
    for (const kind of ['mask', 'image', 'depth', 'channels', 'classes'] as const) {
      const problem = problemOf(() => presentOutputs(wide, { ...fed, ...as(kind) }));
      expect(problem).toMatchObject({ code: 'US2013', message: `no output can be written as ${kind}` });
      expect(problem.actual).toBe('w float32[1, 2, 3, 4, 5]');
    }
    // Of several outputs one is enough, unless that one is named.
    const both = new Map<string, Tensor>([...wide, ['y', colors]]);
    expect(presentOutputs(both, { ...fed, ...as('image') })[1]!.artifacts).toHaveLength(1);
    const named = { output: 'w', kind: 'image' } as const;
    expect(problemOf(() => presentOutputs(both, { ...fed, as: [named] })).message).toBe(
      "the output 'w' can be written as image",
    );
  });

  it('without a picture goes by the axes: channels are the smaller ones', () => {
    const sizeOf = (dims: readonly number[], kind: KindRequest['kind']) => {
      const { width, height } = pictureOf(
        present(
          filled(dims, (i) => i % 9),
          { ...unfed, ...as(kind) },
        ).artifacts[0]!.content,
      );
      return [width, height];
    };
    expect(sizeOf([1, 21, 40, 60], 'mask')).toEqual([60, 40]);
    expect(sizeOf([1, 40, 60, 21], 'mask')).toEqual([60, 40]);
    expect(sizeOf([3, 40, 60], 'image')).toEqual([60, 40]);
    expect(sizeOf([40, 60], 'depth')).toEqual([60, 40]);
  });

  it('truth values and bytes are classes, and integers of more than 256 classes have 16 bits', () => {
    const classes = (tensor: Tensor) => [
      ...pictureOf(present(tensor, { ...unfed, ...as('classes') }).artifacts[0]!.content).data,
    ];
    expect(classes(bool([2, 2], [true, false, false, true]))).toEqual([1, 0, 0, 1]);
    expect(classes(new Tensor('uint8', [1, 1, 1, 2], Uint8Array.of(7, 3)))).toEqual([7, 3]);
    expect(classes(int64([1, 1, 2], [300, 2]))).toEqual([300, 2]);
    expect(problemOf(() => present(int64([1, 1, 2], [300, 2]), { ...unfed, ...as('mask') })).code).toBe('US2013');
    expect(problemOf(() => present(int64([1, 1, 2], [-1, 2]), { ...unfed, ...as('classes') })).code).toBe('US2013');
  });
});

describe('masks', () => {
  const names = new Map([
    [0, 'sky'],
    [2, 'sea'],
  ]);

  it('tell shares, with names and colors that are given', () => {
    const labels = int64(
      [1, 1, 16, 16],
      Array.from({ length: 256 }, (_, i) => (i < 192 ? 2 : i < 224 ? 0 : 1)),
    );
    const plain = { ...fed, given: [] };
    const [mask] = present(labels, {
      ...plain,
      ...as('mask'),
      classNames: names,
      palette: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    }).artifacts;
    expect(mask!.note).toBe('the values are classes: sea 75.0 %, sky 12.5 %, class 1 12.5 %');
    expect(mask!.shares).toEqual([
      { class: 2, name: 'sea', share: 0.75 },
      { class: 0, name: 'sky', share: 0.125 },
      { class: 1, name: null, share: 0.125 },
    ]);
    const palette = mask!.content.form === 'png' ? mask!.content.palette! : [];
    expect(palette.slice(0, 2)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(palette.length).toBe(3);
    const voc = present(labels, { ...plain, ...as('mask'), palette: 'voc' }).artifacts[0]!.content;
    expect(voc.form === 'png' && voc.palette![1]).toEqual([128, 0, 0]);
  });

  it('are drawn over the picture as it was read, enlarged to its size, with a legend for several classes', () => {
    const over = (tensor: Tensor, more: Partial<PresentOptions> = {}) =>
      present(tensor, { ...fed, overlay: true, ...more });
    const overlay = over(filled([1, 1, 16, 16], (i) => i - 100));
    expect(overlay.files).toEqual(['y.npy', 'y.mask.png', 'y.overlay.png']);
    expect(pictureOf(overlay.artifacts[2]!.content)).toMatchObject({ width: 20, height: 16, channels: 3 });
    const half = over(filled([1, 1, 8, 8], (i) => i - 20));
    expect(half.artifacts.at(-1)!.note).toBe("the mask over the picture for 'x', enlarged 2 times");
    expect(pictureOf(half.artifacts.at(-1)!.content)).toMatchObject({ width: 20, height: 16 });
    expect(pictureOf(over(scores).artifacts.at(-1)!.content).height).toBeGreaterThan(16);
    expect(over(filled([1, 1, 13, 13], (i) => i - 20)).notes).toContainEqual(
      "no overlay: the mask has 16×13, the picture for 'x' has 20×16",
    );
    expect(over(colors).notes).toContainEqual(expect.stringContaining('no overlay: these do not look like'));
    expect(over(scores, { given: [] }).notes).toContainEqual('no overlay: no input is a picture');
  });

  it('take a probability where an overlay is wanted', () => {
    const probability = filled([1, 1, 16, 16], (i) => i / 256);
    expect(present(probability, { ...fed, overlay: true }).files).toEqual(['y.npy', 'y.mask.png', 'y.overlay.png']);
  });
});

describe('a batch', () => {
  it('has a file a picture, of a large one the first', () => {
    const { files, notes } = present(
      filled([20, 1, 8, 8], () => 0.5),
      { ...unfed, ...as('image', 'mask') },
    );
    expect(files.slice(0, 2)).toEqual(['y-0.png', 'y-1.png']);
    expect(files).toHaveLength(32);
    expect(notes).toEqual(['only the first 16 of 20 are drawn']);
  });
});

describe('colors', () => {
  it('come out in the order in which they went in', () => {
    const red = filled([1, 3, 8, 8], (i) => (i < 64 ? 1 : 0));
    const shown = (order: 'rgb' | 'bgr') => [
      ...pictureOf(present(red, { ...unfed, ...as('image'), order }).artifacts[0]!.content).data.slice(0, 3),
    ];
    expect(shown('rgb')).toEqual([255, 0, 0]);
    expect(shown('bgr')).toEqual([0, 0, 255]);
  });
});

describe('requests', () => {
  it.each([
    ['mask', { output: undefined, kind: 'mask' }],
    ['Mask', { output: undefined, kind: 'mask' }],
    ['a=b=depth', { output: 'a=b', kind: 'depth' }],
    ['a=', undefined],
    ['=mask', undefined],
    ['color', undefined],
  ])('%s', (text, expected) => {
    expect(parseKindRequest(text)).toEqual(expected);
  });
});
