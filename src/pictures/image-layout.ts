/** Which axes of a tensor are a picture's rows, columns and channels. */
import type { Dim } from '../ir/dim.js';
import type { Shape } from '../ir/shape.js';

/** Channels before rows and columns, as PyTorch has it, or after them, as TensorFlow has it. */
export type Layout = 'nchw' | 'nhwc';

export const layouts: readonly Layout[] = ['nchw', 'nhwc'];

/** Axis numbers; a shape of three axes has no batch, one of two no channels either. */
export interface ImageAxes {
  readonly batch: number | undefined;
  readonly channels: number | undefined;
  readonly rows: number;
  readonly columns: number;
}

export function imageAxes(rank: number, layout: Layout): ImageAxes | undefined {
  if (rank === 2) return { batch: undefined, channels: undefined, rows: 0, columns: 1 };
  if (rank !== 3 && rank !== 4) return undefined;
  const first = rank - 3;
  const batch = rank === 4 ? 0 : undefined;
  return layout === 'nchw'
    ? { batch, channels: first, rows: first + 1, columns: first + 2 }
    : { batch, channels: first + 2, rows: first, columns: first + 1 };
}

/** The channels of a picture: gray, RGB, RGB with alpha. */
export function isPictureChannels(dim: Dim | undefined): dim is 1 | 3 | 4 {
  return dim === 1 || dim === 3 || dim === 4;
}

/**
 * The picture axes of an input of `shape`; undefined if it does not take pictures. The channel axis is the one of size
 * 1, 3 or 4, and the one before rows and columns if both could be. Failing that, it is an axis of open size. It may
 * come after rows and columns only if both of those are open or both are numbers: [N, 64, H, W] are features, not rows
 * of 64. Rows or columns of one pixel belong to vectors, such as a latent of [N, 32, 1, 1], not to pictures.
 */
export function pictureInputAxes(shape: Shape, layout?: Layout): ImageAxes | undefined {
  const candidates = (layout === undefined ? layouts : [layout])
    .map((candidate) => imageAxes(shape.length, candidate))
    .filter((axes) => axes !== undefined && shape[axes.rows] !== 1 && shape[axes.columns] !== 1)
    .map((axes) => axes!);
  const channelsOf = (axes: ImageAxes) => (axes.channels === undefined ? 1 : shape[axes.channels]!);
  return (
    candidates.find((axes) => isPictureChannels(channelsOf(axes))) ??
    candidates.find(
      (axes) =>
        typeof channelsOf(axes) !== 'number' &&
        (layout !== undefined ||
          axes.channels! < axes.rows ||
          isOpen(shape[axes.rows]) === isOpen(shape[axes.columns])),
    )
  );
}

function isOpen(dim: Dim | undefined): boolean {
  return typeof dim !== 'number';
}

/** A tensor of four axes that is smaller than this in either direction is not taken for pictures. */
const minSide = 8;

/** The axes of pictures in a result of `dims`, with channels that `isChannels` accepts and a size that `isSize` accepts. */
export function pictureOutputAxes(
  dims: readonly number[],
  isChannels: (channels: number) => boolean,
  layout?: Layout,
  isSize: (rows: number, columns: number) => boolean = () => true,
): ImageAxes | undefined {
  if (dims.length !== 4) return undefined;
  for (const candidate of layout === undefined ? layouts : [layout]) {
    const axes = imageAxes(4, candidate)!;
    const [rows, columns] = [dims[axes.rows]!, dims[axes.columns]!];
    const isLarge = rows >= minSide && columns >= minSide;
    if (isLarge && isChannels(dims[axes.channels!]!) && isSize(rows, columns)) return axes;
  }
  return undefined;
}
