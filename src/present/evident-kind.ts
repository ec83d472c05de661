/** Guesses what kind of picture a result is, and says why. */
import type { Tensor } from '../ir/tensor.js';
import { type ImageAxes, isPictureChannels, pictureOutputAxes } from '../pictures/image-layout.js';
import type { Size } from '../pictures/picture.js';
import { imageRange } from './image-range.js';
import type { OutputKind } from './kinds.js';
import { evidentLabels } from './labels.js';
import type { PresentOptions } from './present-options.js';

interface EvidentKind {
  readonly kind: Extract<OutputKind, 'image' | 'mask'> | undefined;
  /** In words: what is written and why, or what could be written. */
  readonly reason: string;
}

/** Undefined if the result does not look like a picture. */
export function evidentKind(
  tensor: Tensor,
  values: ArrayLike<number>,
  options: PresentOptions,
): EvidentKind | undefined {
  const { given, sizes, layout, overlay } = options;
  const axes = pictureOutputAxes(tensor.dims, isPictureChannels, layout);
  const fed = given.map(({ placement }) => placement.fed);
  if (fed.length === 0) {
    if (axes !== undefined && !overlay) {
      return { kind: undefined, reason: 'no picture is written by default, as none was fed: --as image writes one' };
    }
    return overlay ? maskOf(tensor, sizes, values, options) : undefined;
  }
  const channels = axes === undefined ? 0 : tensor.dims[axes.channels!]!;
  const isColor =
    channels >= 3 && isLike(axes!, tensor.dims, fed) && imageRange(tensor, given[0]!.bounds, values).isKnown;
  const mask = isColor ? undefined : maskOf(tensor, fed, values, options);
  if (mask !== undefined) return mask;
  if (axes === undefined || !isLike(axes, tensor.dims, fed)) return undefined;
  if (channels > 1) return { kind: 'image', reason: `written as a picture: ${channels} channels are colors` };
  return {
    kind: 'image',
    reason: 'written as a gray picture: one channel; --as mask, depth or probabilities draws it so',
  };
}

function maskOf(
  tensor: Tensor,
  sizes: readonly Size[],
  values: ArrayLike<number>,
  { layout, overlay }: PresentOptions,
): EvidentKind | undefined {
  const labels = evidentLabels(tensor, sizes, { layout, values, isProbabilityMask: overlay });
  return labels && { kind: 'mask', reason: `written as a mask: ${labels.reason}` };
}

/** Whether the result has the proportions of a picture that was fed. */
function isLike(axes: ImageAxes, dims: readonly number[], fed: readonly Size[]): boolean {
  const [rows, columns] = [dims[axes.rows]!, dims[axes.columns]!];
  return fed.some(({ width, height }) => {
    const ratio = (columns * height) / (rows * width);
    return Math.abs(ratio - 1) < 0.02 + 1 / Math.min(rows, columns);
  });
}
