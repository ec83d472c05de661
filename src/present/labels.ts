/** Classes of pixels: how a result encodes them, and the class of every pixel. */
import { isInteger } from '../ir/element-type.js';
import { numbersOf } from '../ir/numeric.js';
import type { Tensor } from '../ir/tensor.js';
import { type ImageAxes, isPictureChannels, type Layout, pictureOutputAxes } from '../pictures/image-layout.js';
import { newSamples, type Picture, type Size } from '../pictures/picture.js';
import { readPlane } from '../pictures/plane.js';
import { extremesOf, isInUnitRange } from '../pictures/tensor-picture.js';
import { wantedAxes } from './axes.js';
import { resampleLinear, resampleNearest, type View } from './planes.js';

export interface LabelSource {
  readonly axes: ImageAxes;
  readonly classes: number;
  /** How the class is chosen: the channel with the highest score, class 1 above a threshold, or the element itself. */
  readonly choice:
    | { readonly kind: 'highest' }
    | { readonly kind: 'above'; readonly threshold: number }
    | { readonly kind: 'label' };
  /** How a class is chosen, in words. */
  readonly description: string;
  /** Why the result is taken to encode classes, in words. */
  readonly reason: string;
}

/** Results with more channels than this are not taken for scores of classes. */
const maxScores = 256;
const maxLabels = 65536;

export interface LabelOptions {
  readonly layout?: Layout | undefined;
  /** The elements as numbers, if the caller has them. */
  readonly values?: ArrayLike<number>;
  /** Whether one channel in 0..1 is also taken for the probability of a class. */
  readonly isProbabilityMask?: boolean;
}

/**
 * Labels of a result that looks like scores of classes for every pixel of a picture of one of the sizes. Rows and
 * columns must be at least half of the picture's, since convolutions without padding and crops drop some. The channels
 * must be two, or more than a picture has, or the values must exceed 0..1 and −1..1 and lie clearly on both sides of
 * zero. Integers of a picture's size are classes.
 */
export function evidentLabels(
  tensor: Tensor,
  pictures: readonly Size[],
  { layout, values = numbersOf(tensor), isProbabilityMask = false }: LabelOptions = {},
): LabelSource | undefined {
  const { dims, type } = tensor;
  const extremes = extremesOf(values);
  if (extremes === undefined || type === 'bool' || type === 'uint8') return undefined;
  const { min, max } = extremes;
  const isExact = (rows: number, columns: number) =>
    pictures.some(({ width, height }) => columns === width && rows === height);
  const isNear = (rows: number, columns: number) =>
    pictures.some(({ width, height }) => fits(columns, width) && fits(rows, height));
  const axesWith = (isChannels: (channels: number) => boolean) =>
    pictureOutputAxes(dims, isChannels, layout, isExact) ?? pictureOutputAxes(dims, isChannels, layout, isNear);

  if (isInteger(type)) {
    const axes =
      dims.length === 3 && isNear(dims[1]!, dims[2]!) ? withoutChannels : axesWith((channels) => channels === 1);
    if (axes === undefined || min < 0 || max >= maxScores) return undefined;
    return labels(axes, max, "integers at the picture's size are classes");
  }
  const many = axesWith((channels) => channels === 2 || (channels > 4 && channels <= maxScores));
  if (many !== undefined) {
    return highest(dims, many, `${dims[many.channels!]} channels at the picture's size are scores of classes`);
  }
  const few = axesWith(isPictureChannels);
  if (few === undefined) return undefined;
  const channels = dims[few.channels!]!;
  const isProbability = channels === 1 && isInUnitRange(extremes);
  if (isProbability && isProbabilityMask) return above(few, 0.5, 'one channel in 0..1 is a probability');
  if (!(min < -1 && -min > 0.1 * max)) return undefined;
  if (channels > 1)
    return highest(dims, few, `${channels} channels with values below and above 0 are taken for scores of classes`);
  return above(few, 0, "one channel at the picture's size with values below and above 0 is taken for scores");
}

/**
 * Labels of a result that is requested as a mask: anything with rows and columns, and channels for classes. Undefined
 * if it has none.
 */
export function wantedLabels(
  tensor: Tensor,
  pictures: readonly Size[],
  { layout, values = numbersOf(tensor) }: LabelOptions = {},
): LabelSource | undefined {
  const evident = evidentLabels(tensor, pictures, { layout, values, isProbabilityMask: true });
  if (evident !== undefined) return evident;
  const { dims, type } = tensor;
  const extremes = extremesOf(values) ?? { min: 0, max: 0 };
  const { min, max } = extremes;
  const reason = 'asked for';
  if (type === 'bool' || isInteger(type)) {
    const single = wantedAxes(dims, (channels) => channels === 1, pictures, layout);
    const axes = single ?? (dims.length === 3 ? withoutChannels : undefined);
    if (axes !== undefined) return min < 0 || max >= maxLabels ? undefined : labels(axes, max, reason);
  }
  const axes = wantedAxes(dims, (channels) => channels <= maxScores, pictures, layout);
  if (axes === undefined) return undefined;
  if (axes.channels !== undefined && dims[axes.channels]! > 1) return highest(dims, axes, reason);
  return above(axes, isInUnitRange(extremes) ? 0.5 : 0, reason);
}

/** [batch, rows, columns] */
const withoutChannels: ImageAxes = { batch: 0, channels: undefined, rows: 1, columns: 2 };

function fits(size: number, picture: number): boolean {
  return size <= 2 * picture && 2 * size >= picture;
}

function labels(axes: ImageAxes, max: number, reason: string): LabelSource {
  return { axes, classes: max + 1, choice: { kind: 'label' }, description: 'the values are classes', reason };
}

function highest(dims: readonly number[], axes: ImageAxes, reason: string): LabelSource {
  const classes = dims[axes.channels!]!;
  return { axes, classes, choice: { kind: 'highest' }, description: `the highest of ${classes} scores`, reason };
}

function above(axes: ImageAxes, threshold: number, reason: string): LabelSource {
  const description = `class 1 where above ${threshold}`;
  return { axes, classes: 2, choice: { kind: 'above', threshold }, description, reason };
}

/**
 * The class of every pixel of picture `batch`, row by row, in bytes, or in 16 bits for more than 256 classes. NaN is
 * never chosen. With a view, scores are resampled to its size before a class is chosen; elements that are classes are
 * repeated.
 */
export function labelPicture(
  tensor: Tensor,
  { axes, choice, classes }: LabelSource,
  batch: number,
  view?: View,
  values: ArrayLike<number> = numbersOf(tensor),
): Picture {
  const { dims } = tensor;
  const width = dims[axes.columns]!;
  const size = view?.size ?? { width, height: dims[axes.rows]! };
  const plane = (channel: number) => {
    const own = readPlane(values, dims, axes, batch, channel);
    return view === undefined ? own : resampleLinear(own, width, view);
  };
  const count = size.width * size.height;
  const data = newSamples(count, classes > 256);
  switch (choice.kind) {
    case 'label': {
      const own = readPlane(values, dims, axes, batch, 0);
      data.set(view === undefined ? own : resampleNearest(own, width, view));
      break;
    }
    case 'above': {
      const scores = plane(0);
      for (let i = 0; i < count; i++) data[i] = Number(scores[i]! > choice.threshold);
      break;
    }
    case 'highest': {
      const most = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
      for (let channel = 0; channel < classes; channel++) {
        const scores = plane(channel);
        for (let i = 0; i < count; i++) {
          if (!(scores[i]! > most[i]!)) continue;
          most[i] = scores[i]!;
          data[i] = channel;
        }
      }
      break;
    }
  }
  return { ...size, channels: 1, data };
}
