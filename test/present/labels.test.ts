import { describe, expect, it } from 'vitest';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { classShares } from '../../src/pictures/class-mask.js';
import { evidentLabels, labelPicture } from '../../src/present/labels.js';

const picture = [{ width: 16, height: 16 }];
const filled = (dims: readonly number[], value: (i: number) => number) =>
  float32(
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => value(i)),
  );

describe('evidentLabels', () => {
  it.each([
    [[1, 2, 16, 16], 2],
    [[1, 21, 16, 16], 21],
    [[1, 16, 16, 21], 21],
    [[1, 3, 16, 16], 3],
    [[1, 1, 16, 16], 2],
    [[1, 2, 10, 12], 2],
  ])('takes scores of shape %j', (dims, classes) => {
    expect(
      evidentLabels(
        filled(dims, (i) => (i % 9) - 4),
        picture,
      ),
    ).toMatchObject({ classes });
  });

  it.each([
    ['features on a coarse grid', filled([1, 64, 4, 4], (i) => i)],
    ['a picture in 0..1', filled([1, 3, 16, 16], () => 0.5)],
    ['a picture in -1..1', filled([1, 3, 16, 16], (i) => (i % 2 ? 1 : -1))],
    ['a picture that overshoots', filled([1, 3, 16, 16], (i) => (i % 2 ? 250 : -3))],
    ['too many channels', filled([1, 257, 16, 16], (i) => i)],
    ['nothing but NaN', filled([1, 2, 16, 16], () => Number.NaN)],
    ['bytes', new Tensor('uint8', [1, 1, 16, 16], new Uint8Array(256))],
  ])('does not take %s', (_, tensor) => {
    expect(evidentLabels(tensor, picture)).toBeUndefined();
  });

  it('takes nothing when no input is a picture', () => {
    expect(
      evidentLabels(
        filled([1, 2, 16, 16], (i) => i),
        [],
      ),
    ).toBeUndefined();
  });

  it('takes a probability when a mask is wanted', () => {
    const probability = filled([1, 1, 16, 16], (i) => i / 256);
    expect(evidentLabels(probability, picture)).toBeUndefined();
    expect(evidentLabels(probability, picture, { isProbabilityMask: true })?.choice).toEqual({
      kind: 'above',
      threshold: 0.5,
    });
  });

  it('takes integers as classes', () => {
    const labels = int64(
      [1, 16, 16],
      Array.from({ length: 256 }, (_, i) => i % 5),
    );
    const source = evidentLabels(labels, picture)!;
    expect(source).toMatchObject({ classes: 5, choice: { kind: 'label' } });
    expect([...labelPicture(labels, source, 0).data.subarray(0, 6)]).toEqual([0, 1, 2, 3, 4, 0]);
  });
});

describe('labelPicture', () => {
  it('picks the highest score in either layout, NaN never', () => {
    const first = filled([2, 2, 8, 8], (i) => (Math.floor(i / 64) % 2 === i % 2 ? 1 : -2));
    const source = evidentLabels(first, [{ width: 8, height: 8 }])!;
    expect([...labelPicture(first, source, 1).data.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
    const last = filled([1, 8, 8, 2], (i) => (i === 1 ? Number.NaN : i % 2));
    const nhwc = evidentLabels(last, [{ width: 8, height: 8 }])!;
    expect([...labelPicture(last, nhwc, 0).data.subarray(0, 3)]).toEqual([0, 1, 1]);
  });

  it('splits one score at zero', () => {
    const scores = filled([1, 1, 8, 8], (i) => i - 32);
    const mask = labelPicture(scores, evidentLabels(scores, [{ width: 8, height: 8 }])!, 0);
    expect(classShares(mask)).toEqual([
      { label: 0, share: 33 / 64 },
      { label: 1, share: 31 / 64 },
    ]);
  });
});
