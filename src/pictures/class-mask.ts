/** Masks: a class for every pixel, from scores; drawn in colours of their own, and over the picture they belong to. */
import { isInteger } from '../ir/element-type.js';
import { numbersOf } from '../ir/numeric.js';
import { rowMajorStrides, type Tensor } from '../ir/tensor.js';
import { type ImageAxes, isPictureChannels, type Layout, pictureOutputAxes } from './image-layout.js';
import type { Picture, Size } from './picture.js';
import { extremesOf } from './tensor-picture.js';

export const maxClasses = 256;

export interface MaskSource {
  readonly axes: ImageAxes;
  readonly classes: number;
  /** The channel with the highest score; class 1 above a threshold; elements that are classes already. */
  readonly choice:
    | { readonly kind: 'highest' }
    | { readonly kind: 'above'; readonly threshold: number }
    | { readonly kind: 'label' };
  /** How a class is chosen, in words. */
  readonly description: string;
}

/** Red, green and blue of every class. */
export type Palette = readonly (readonly [red: number, green: number, blue: number])[];

/**
 * Whether the elements look like the scores of classes for every pixel of a picture that the model was given: rows and
 * columns at least half of a picture's (convolutions without padding and crops take some off), and two channels, more
 * than a picture has, or values that are neither 0..1 nor −1..1 and clearly on both sides of zero.
 * With `isWanted`, one channel in 0..1 is taken for a probability, too. Integers of a picture's size are classes.
 */
export function maskSource(
  tensor: Tensor,
  pictures: readonly Size[],
  options: { readonly layout?: Layout | undefined; readonly isWanted?: boolean } = {},
  values: ArrayLike<number> = numbersOf(tensor),
): MaskSource | undefined {
  const { dims, type } = tensor;
  const { layout } = options;
  const isExact = (rows: number, columns: number) =>
    pictures.some(({ width, height }) => columns === width && rows === height);
  const isNear = (rows: number, columns: number) =>
    pictures.some(({ width, height }) => fits(columns, width) && fits(rows, height));
  const axesWith = (isChannels: (channels: number) => boolean) =>
    pictureOutputAxes(dims, isChannels, layout, isExact) ?? pictureOutputAxes(dims, isChannels, layout, isNear);
  const extremes = extremesOf(values);
  if (extremes === undefined || type === 'bool' || type === 'uint8') return undefined;
  const { min, max } = extremes;

  if (isInteger(type)) {
    const axes =
      dims.length === 3 && isNear(dims[1]!, dims[2]!) ? withoutChannels : axesWith((channels) => channels === 1);
    if (axes === undefined || min < 0 || max >= maxClasses) return undefined;
    return { axes, classes: max + 1, choice: { kind: 'label' }, description: 'the values are classes' };
  }

  const many = axesWith((channels) => channels === 2 || (channels > 4 && channels <= maxClasses));
  if (many !== undefined) return highest(dims, many);

  const few = axesWith(isPictureChannels);
  if (few === undefined) return undefined;
  const isScore = min < -1 && -min > 0.1 * max;
  if (dims[few.channels!] !== 1) return isScore ? highest(dims, few) : undefined;
  const isProbability = min >= -1e-3 && max <= 1 + 1e-3;
  if (!isScore && !(options.isWanted === true && isProbability)) return undefined;
  const threshold = isScore ? 0 : 0.5;
  return {
    axes: few,
    classes: 2,
    choice: { kind: 'above', threshold },
    description: `class 1 where above ${threshold}`,
  };
}

/** [batch, rows, columns] */
const withoutChannels: ImageAxes = { batch: 0, channels: undefined, rows: 1, columns: 2 };

function fits(size: number, picture: number): boolean {
  return size <= 2 * picture && 2 * size >= picture;
}

function highest(dims: readonly number[], axes: ImageAxes): MaskSource {
  const classes = dims[axes.channels!]!;
  return { axes, classes, choice: { kind: 'highest' }, description: `the highest of ${classes} scores` };
}

/** The class of every pixel of picture `batch`, row by row. What is not a number never wins. */
export function classMask(
  tensor: Tensor,
  { axes, choice }: MaskSource,
  batch: number,
  values: ArrayLike<number> = numbersOf(tensor),
): Picture {
  const { dims } = tensor;
  const strides = rowMajorStrides(dims);
  const width = dims[axes.columns]!;
  const height = dims[axes.rows]!;
  const channels = axes.channels === undefined ? 1 : dims[axes.channels]!;
  const channelStride = axes.channels === undefined ? 0 : strides[axes.channels]!;
  const start = axes.batch === undefined ? 0 : batch * strides[axes.batch]!;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = start + y * strides[axes.rows]! + x * strides[axes.columns]!;
      data[y * width + x] =
        choice.kind === 'label'
          ? values[pixel]!
          : choice.kind === 'above'
            ? Number(values[pixel]! > choice.threshold)
            : argmax(values, pixel, channels, channelStride);
    }
  }
  return { width, height, channels: 1, data };
}

function argmax(values: ArrayLike<number>, start: number, count: number, stride: number): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = values[start + i * stride]!;
    if (value > most) {
      most = value;
      best = i;
    }
  }
  return best;
}

/** The share of pixels of each class, the most frequent first; classes that do not occur are left out. */
export function classShares(mask: Picture): { readonly label: number; readonly share: number }[] {
  const counts = new Map<number, number>();
  for (const label of mask.data) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .map(([label, count]) => ({ label, share: count / mask.data.length }))
    .sort((a, b) => b.share - a.share || a.label - b.label);
}

/** A colour a class: black for class 0, then hues a golden angle apart, so that neighbours differ and none repeats soon. */
export function classPalette(classes: number): Palette {
  return Array.from({ length: Math.max(2, classes) }, (_, label) => {
    if (label === 0) return [0, 0, 0];
    const lightness = [0.55, 0.7, 0.4][Math.floor((label - 1) / 8) % 3]!;
    return hslToRgb(((label - 1) * 137.508 + 20) % 360, 0.85, lightness);
  });
}

function hslToRgb(hue: number, saturation: number, lightness: number): [number, number, number] {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** How much of the class's colour lies over the picture inside a class, and on its border. */
const tint = 0.35;
const contour = 0.9;

/** The picture in RGB with every class but 0 tinted and outlined. Both have the same size. */
export function overlayMask(picture: Picture, mask: Picture, palette: Palette): Picture {
  const { width, height, channels, data } = picture;
  const labels = mask.data;
  const shift = data instanceof Uint16Array ? 8 : 0;
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const label = labels[i]!;
      const isBorder =
        (x > 0 && labels[i - 1] !== label) ||
        (x + 1 < width && labels[i + 1] !== label) ||
        (y > 0 && labels[i - width] !== label) ||
        (y + 1 < height && labels[i + width] !== label);
      const weight = label === 0 ? 0 : isBorder ? contour : tint;
      for (let channel = 0; channel < 3; channel++) {
        const value = data[i * channels + (channels >= 3 ? channel : 0)]! >> shift;
        out[i * 3 + channel] = Math.round(value * (1 - weight) + (palette[label]?.[channel] ?? 0) * weight);
      }
    }
  }
  return { width, height, channels: 3, data: out };
}
