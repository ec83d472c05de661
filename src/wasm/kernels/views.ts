/**
 * NHWC8, padded channels-last: the layout that kernels compute in, and all that they rely on in it.
 *
 * Element (n, c, d, h, w) lies at n * imageStride + d * sliceStride + h * rowStride + w * pixelStride + c. A pixel of a
 * tensor with memory of its own takes whole blocks of channels (`paddedChannels`); what is between the last channel and the
 * end of its block may hold any finite numbers, and kernels may write any there (`View.writable`). Around an image there may
 * be a halo of zeros, which is addressed by coordinates below 0 and above the size. Vectors read past the last channel of the
 * last pixel, at most `readableAfter` floats: the memory must be there, its numbers finite. The same holds for row-major
 * tensors, for rows of parameters and for packed weights.
 */
import type { PointerAxis } from './rows.js';

/** Channels that a pixel is padded to a multiple of. */
export const channelBlock = 8;

/** Floats after a tensor that vectors may read, though their values never matter. */
export const readableAfter = 16;

/** The floats of a pixel of so many channels. */
export function paddedChannels(channels: number): number {
  return Math.ceil(channels / channelBlock) * channelBlock;
}

/** The floats of a row that is read in whole vectors of the widest kind. */
export function paddedRow(count: number): number {
  return Math.ceil(count / readableAfter) * readableAfter;
}

/** Strides in floats. */
export interface View {
  readonly images: number;
  readonly channels: number;
  /** Slices of a volume; an image has one. */
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  readonly imageStride: number;
  readonly sliceStride: number;
  readonly rowStride: number;
  readonly pixelStride: number;
  /**
   * Channels, counted from the view's first, that a kernel may overwrite: more than `channels` where padding follows them,
   * no more where they are a slice of a wider tensor.
   */
  readonly writable: number;
}

/** Slices, rows and columns of zeros around an image. */
export interface Halo {
  /** By default none. */
  readonly front?: number;
  readonly back?: number;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export const noHalo: Halo = { top: 0, left: 0, bottom: 0, right: 0 };

/** The view of a tensor with memory of its own, the floats that it takes, and where its first element lies in them. */
export function ownView(
  size: Pick<View, 'images' | 'channels' | 'height' | 'width'> & { readonly depth?: number },
  halo: Halo = noHalo,
): { readonly view: View; readonly floats: number; readonly offset: number } {
  const { depth = 1 } = size;
  const { front = 0, back = 0, top, left, bottom, right } = halo;
  const pixelStride = paddedChannels(size.channels);
  const rowStride = (size.width + left + right) * pixelStride;
  const sliceStride = (size.height + top + bottom) * rowStride;
  const imageStride = (depth + front + back) * sliceStride;
  return {
    view: { ...size, depth, imageStride, sliceStride, rowStride, pixelStride, writable: pixelStride },
    floats: size.images * imageStride + readableAfter,
    offset: front * sliceStride + top * rowStride + left * pixelStride,
  };
}

/** Images, and slices where there are several, as axes of pointers with these strides. */
export function sliceAxes(
  { images, depth }: Pick<View, 'images' | 'depth'>,
  strides: readonly Pick<View, 'imageStride' | 'sliceStride'>[],
): PointerAxis[] {
  const axes = [{ size: images, strides: strides.map(({ imageStride }) => imageStride) }];
  if (depth > 1) axes.push({ size: depth, strides: strides.map(({ sliceStride }) => sliceStride) });
  return axes;
}

/** All pixels as axes of pointers with these strides. */
export function pixelAxes(
  size: Pick<View, 'images' | 'depth' | 'height' | 'width'>,
  strides: readonly Pick<View, 'imageStride' | 'sliceStride' | 'rowStride' | 'pixelStride'>[],
): PointerAxis[] {
  return [
    ...sliceAxes(size, strides),
    { size: size.height, strides: strides.map(({ rowStride }) => rowStride) },
    { size: size.width, strides: strides.map(({ pixelStride }) => pixelStride) },
  ];
}

/** Height, then width. */
export type Pair = readonly [number, number];
