/** Converts pictures to the tensors that models are fed. */
import { defineProblem, fail } from '../diagnostics.js';
import { type ElementType, isFloat } from '../ir/element-type.js';
import { tensorFromNumbers } from '../ir/numeric.js';
import { rowMajorStrides, type Tensor } from '../ir/tensor.js';
import type { ImageAxes } from '../pictures/image-layout.js';
import { describeChannels, greatestSample, type Picture } from '../pictures/picture.js';
import { describeNormalization, type Normalization, unitRange } from './normalization.js';

export interface PictureTensor {
  readonly tensor: Tensor;
  /** What was changed in colors and values, in words. */
  readonly notes: readonly string[];
}

/** Weights of red, green and blue in a gray value (ITU-R BT.601). */
const luma = [0.299, 0.587, 0.114] as const;

const typeTakesNoPicture = defineProblem('US2003', { type: 'string' }, ({ type }) => ({
  message: `a picture cannot feed ${type} elements`,
  expected: 'a float type or uint8',
  actual: type,
}));

const bytesNotNormalized = defineProblem('US2003', { given: 'string' }, ({ given }) => ({
  message: 'uint8 elements take the values of a picture as they are',
  expected: 'no --normalize, --mean and --std',
  actual: given,
}));

/**
 * The picture as a tensor of `dims`. Rows and columns are the picture's, and other axes than the channels are 1. Floats
 * are normalized by `normalization`, uint8 holds 0..255. Throws ProblemError US2003.
 */
export function pictureTensor(
  picture: Picture,
  type: ElementType,
  dims: readonly number[],
  axes: ImageAxes,
  normalization: Normalization = {},
): PictureTensor {
  const channels = axes.channels === undefined ? 1 : dims[axes.channels]!;
  const { range = unitRange, mean, std, order, name } = normalization;
  const isBytes = !isFloat(type);
  if (!isFloat(type) && type !== 'uint8') {
    fail(typeTakesNoPicture({ type }));
  }
  if (isBytes && (mean !== undefined || std !== undefined || (name !== undefined && range.high !== 255))) {
    fail(bytesNotNormalized({ given: name ?? `--${mean === undefined ? 'std' : 'mean'}` }));
  }
  const { low, high } = isBytes ? { low: 0, high: 255 } : range;
  const isReversed = order === 'bgr' && channels >= 3;
  const strides = rowMajorStrides(dims);
  const rowStride = strides[axes.rows]!;
  const columnStride = strides[axes.columns]!;
  const channelStride = axes.channels === undefined ? 0 : strides[axes.channels]!;
  const { width, height } = picture;
  const values = new Float32Array(width * height * channels);
  for (let channel = 0; channel < channels; channel++) {
    const read = channelReader(picture, isReversed && channel < 3 ? 2 - channel : channel, channels);
    const shift = perChannel(mean, channel, channels, name ?? '--mean') ?? 0;
    const divisor = perChannel(std, channel, channels, name ?? '--std') ?? 1;
    for (let y = 0; y < height; y++) {
      let at = channel * channelStride + y * rowStride;
      for (let x = 0; x < width; x++, at += columnStride) {
        const value = low + (high - low) * read(y * width + x);
        values[at] = isBytes ? Math.round(value) : (value - shift) / divisor;
      }
    }
  }
  const notes = [
    ...conversionNotes(picture.channels, channels),
    ...(isReversed ? ['as BGR'] : []),
    isBytes ? 'values 0..255' : describeNormalization(normalization),
  ];
  return { tensor: tensorFromNumbers(type, dims, values), notes };
}

const channelValuesMisfit = defineProblem(
  'US2003',
  { option: 'string', channels: 'integer', values: 'integer' },
  ({ option, channels, values }) => ({
    message: `${option} does not fit the channels of the input`,
    expected: channels === 1 ? 'one number' : `one number, or ${channels}`,
    actual: `${values} numbers`,
  }),
);

function perChannel(
  values: readonly number[] | undefined,
  channel: number,
  channels: number,
  what: string,
): number | undefined {
  if (values === undefined || values.length === 1) return values?.[0];
  if (values.length !== channels) {
    fail(channelValuesMisfit({ option: what, channels, values: values.length }));
  }
  return values[channel];
}

/** Returns a function that reads a channel of the wanted colors from pixel i, in 0..1. */
function channelReader(picture: Picture, channel: number, wanted: number): (i: number) => number {
  const { data, channels } = picture;
  const most = greatestSample(data);
  const hasColor = channels >= 3;
  const hasAlpha = channels % 2 === 0;
  if (channel === 3) return hasAlpha ? (i) => data[i * channels + channels - 1]! / most : () => 1;
  if (!hasColor) return (i) => data[i * channels]! / most;
  if (wanted > 1) return (i) => data[i * channels + channel]! / most;
  return (i) => {
    const at = i * channels;
    return (luma[0] * data[at]! + luma[1] * data[at + 1]! + luma[2] * data[at + 2]!) / most;
  };
}

function conversionNotes(from: number, to: number): string[] {
  const notes: string[] = [];
  const color = from >= 3 ? 'RGB' : 'gray';
  if (from >= 3 && to === 1) notes.push('RGB is made gray (0.299 R + 0.587 G + 0.114 B)');
  if (from < 3 && to >= 3) notes.push('gray is repeated as RGB');
  if (from % 2 === 0 && to < 4) notes.push(`the alpha channel is left out (the picture is ${describeChannels(from)})`);
  if (from % 2 === 1 && to === 4) notes.push(`the picture has no alpha channel: ${color} is taken as opaque`);
  return notes;
}
