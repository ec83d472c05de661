/**
 * Tensors as kernels see them.
 *
 * The inner layout: channels last; element (n, c, d, h, w) lies at n * imageStride + d * sliceStride + h * rowStride +
 * w * pixelStride + c. Around an image there may be a halo of zeros, which is addressed by coordinates below 0 and above the
 * size. Vectors read up to 15 floats behind the last channel of a pixel: the memory must be there, its numbers finite.
 */
import type { PointerAxis } from './rows.js';

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
   * Channels, from the view's first, that a kernel may overwrite with anything: more than `channels` when there is padding
   * behind them, not more when they are a slice of a wider tensor.
   */
  readonly writable: number;
}

/** A view of memory of its own: pixels padded to 8 channels, with a halo. */
export interface Halo {
  /** Slices of zeros, none unless told. */
  readonly front?: number;
  readonly back?: number;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export const noHalo: Halo = { top: 0, left: 0, bottom: 0, right: 0 };

/** The view, the floats that it takes, and where its first element lies in them. Without a depth it is of images. */
export function ownView(
  size: Pick<View, 'images' | 'channels' | 'height' | 'width'> & { readonly depth?: number },
  halo: Halo = noHalo,
): { readonly view: View; readonly floats: number; readonly offset: number } {
  const { depth = 1 } = size;
  const { front = 0, back = 0, top, left, bottom, right } = halo;
  const pixelStride = Math.ceil(size.channels / 8) * 8;
  const rowStride = (size.width + left + right) * pixelStride;
  const sliceStride = (size.height + top + bottom) * rowStride;
  const imageStride = (depth + front + back) * sliceStride;
  return {
    view: { ...size, depth, imageStride, sliceStride, rowStride, pixelStride, writable: pixelStride },
    floats: size.images * imageStride + 16,
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
