/** The channels of a tensor that is a picture: which sample of RGBA each is, and how samples are scaled. */
import type { ImageFormat, OptionsNormalizationParameters } from './factory-types.js';

/** For each channel of the tensor its place among red, green, blue and alpha. */
const orders: Readonly<Record<ImageFormat, readonly number[]>> = {
  RGB: [0, 1, 2],
  RGBA: [0, 1, 2, 3],
  BGR: [2, 1, 0],
  RBG: [0, 2, 1],
};

export function channelOrder(format: ImageFormat): readonly number[] {
  const order = Object.hasOwn(orders, format) ? orders[format] : undefined;
  if (order === undefined)
    throw new RangeError(`the format is '${String(format)}', and has to be one of ${Object.keys(orders).join(', ')}`);
  return order;
}

export function checkLayout(layout: string | undefined): void {
  if (layout !== undefined && layout !== 'NCHW' && layout !== 'NHWC')
    throw new RangeError(`the tensorLayout is '${layout}', and has to be NCHW or NHWC`);
}

/** A value for each of red, green, blue and alpha; of three numbers alpha has what it has without any. */
function perChannel(given: number | readonly number[] | undefined, usual: number): readonly number[] {
  if (given === undefined) return [usual, usual, usual, usual];
  return typeof given === 'number' ? [given, given, given, given] : [0, 1, 2, 3].map((i) => given[i] ?? usual);
}

export function normalization({ norm = {} }: OptionsNormalizationParameters): {
  readonly mean: readonly number[];
  readonly bias: readonly number[];
} {
  return { mean: perChannel(norm.mean, 255), bias: perChannel(norm.bias, 0) };
}

/** Where the elements of a channel lie in a picture of `height` × `width`: the first, and the step to the next. */
export function channelPlace(
  layout: string | undefined,
  channel: number,
  channels: number,
  pixels: number,
): { readonly start: number; readonly step: number } {
  return layout === 'NHWC' ? { start: channel, step: channels } : { start: channel * pixels, step: 1 };
}
