/** The options of `unstride run` as settings: what they do to pixels, and what is wrong with them, without a process for each. */
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/cli/run/settings.js';
import { UsageError } from '../../../src/cli/usage.js';
import { pictureTensor } from '../../../src/feed/picture-tensor.js';
import { imageAxes } from '../../../src/pictures/image-layout.js';

type Options = Readonly<Record<string, unknown>>;

/** What is said of the pixels 255, 0, 51 and 0, 102, 255 and what they become, channel by channel. */
function fed(options: Options) {
  const picture = { width: 1, height: 2, channels: 3, data: Uint8Array.of(255, 0, 51, 0, 102, 255) } as const;
  const { normalization } = readSettings(options);
  const { tensor, notes } = pictureTensor(picture, 'float32', [1, 3, 2, 1], imageAxes(4, 'nchw')!, normalization);
  return [notes.join('; '), ...Array.from(tensor.data as Float32Array, (value) => Number(value.toFixed(4)))];
}

describe('--normalize, --mean, --std and --channels', () => {
  it('take black and white to the ends of a range', () => {
    expect(fed({})).toEqual(['values 0..1', 1, 0, 0, 0.4, 0.2, 1]);
    expect(fed({ normalize: 'unit' })).toEqual(fed({}));
    expect(fed({ normalize: '0..1' })).toEqual(fed({}));
    expect(fed({ normalize: 'half' })).toEqual(['values -1..1', 1, -1, -1, -0.2, -0.6, 1]);
    expect(fed({ normalize: '-1..1' })).toEqual(fed({ normalize: 'half' }));
    expect(fed({ normalize: 'bytes' })).toEqual(['values 0..255', 255, 0, 0, 102, 51, 255]);
    expect(fed({ normalize: '0..255' })).toEqual(fed({ normalize: 'bytes' }));
  });

  it('take off a mean and divide, a number each channel or one for all', () => {
    const perChannel = [1, -1, -4, 0, 0.1, 0.5];
    expect(fed({ mean: '0.5,0.4,0', std: '0.5,0.1,2' }).slice(1)).toEqual(perChannel);
    expect(fed({ mean: '-1', std: '0.5' }).slice(1)).toEqual([4, 2, 2, 2.8, 2.4, 4]);
    expect(() => fed({ mean: '1,2' })).toThrow('--mean does not fit the channels of the input');
  });

  it("go by the colors' own numbers, whatever their order", () => {
    const words = 'values 0..1, less 0.485 0.456 0.406, divided by 0.229 0.224 0.225';
    const [red, green, blue] = [
      [2.2489, -2.1179],
      [-2.0357, -0.25],
      [-0.9156, 2.64],
    ] as const;
    expect(fed({ normalize: 'imagenet' })).toEqual([words, ...red, ...green, ...blue]);
    expect(fed({ normalize: 'imagenet', channels: 'bgr' }).slice(1)).toEqual([...blue, ...green, ...red]);
  });
});

it('--layout is taken in capitals, too', () => {
  expect(readSettings({ layout: 'NCHW' }).layout).toBe('nchw');
});

describe('what is wrong', () => {
  it.each<[Options, string]>([
    [{ as: 'mosk' }, '--as mosk is not known'],
    [{ as: 'mask', pictures: false }, '--no-pictures and --as mask contradict each other'],
    [{ overlay: true, pictures: false }, '--no-pictures and --overlay contradict each other'],
    [{ fit: 'stretch' }, '--fit stretch is not known'],
    [{ normalize: 'caffe' }, '--normalize caffe is not known'],
    [{ normalize: 'imagenet', mean: '0' }, '--normalize imagenet has a mean and a deviation, and --mean is given'],
    [{ std: '1,0,1' }, '--std has a zero in it'],
    [{ channels: 'rbg' }, '--channels rbg is not known'],
    [{ layout: 'chw' }, '--layout chw is not known'],
    [{ maxPixels: '0' }, '--max-pixels 0 is not a whole number of at least 1'],
    [{ seed: '4294967296' }, '--seed 4294967296 is not a whole number from 0 to 4294967295'],
    [{ tile: '64y64' }, '--tile 64y64 is not a size for each axis of the picture'],
    [{ tile: '0' }, '--tile 0 is not a size for each axis of the picture'],
    [{ blend: '8' }, '--blend is for tiles'],
    [{ tile: '64', blend: '-1' }, '--blend -1 is not a whole number of at least 1'],
  ])('%j', (options, message) => {
    expect(() => readSettings(options)).toThrow(UsageError);
    expect(() => readSettings(options)).toThrow(message);
  });
});
