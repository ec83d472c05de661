/** The picture axes of a result that is requested as a picture. */
import { type ImageAxes, imageAxes, type Layout, layouts } from '../pictures/image-layout.js';
import type { Size } from '../pictures/picture.js';

/**
 * Rows, columns and channels of a result of two to four axes, with channels that `isChannels` accepts. If both orders
 * fit, the one that has a picture's size or comes closest to a picture's proportions is taken, otherwise the one with
 * more pixels. Undefined if none fits.
 */
export function wantedAxes(
  dims: readonly number[],
  isChannels: (channels: number) => boolean,
  pictures: readonly Size[],
  layout?: Layout,
): ImageAxes | undefined {
  const candidates = (layout === undefined ? layouts : [layout])
    .map((order) => imageAxes(dims.length, order))
    .filter((axes) => axes !== undefined)
    .filter((axes) => isChannels(axes.channels === undefined ? 1 : dims[axes.channels]!))
    // Two axes of which one has size 1 are a vector.
    .filter((axes) => pixels(axes) > 1 && (dims.length > 2 || Math.min(...dims) > 1));
  const isPicture = (axes: ImageAxes) =>
    pictures.some(({ width, height }) => dims[axes.rows] === height && dims[axes.columns] === width);
  return candidates.find(isPicture) ?? candidates.sort((a, b) => distance(a) - distance(b) || pixels(b) - pixels(a))[0];

  /** Distance from a picture's proportions, which strides nearly keep. */
  function distance(axes: ImageAxes): number {
    if (pictures.length === 0) return 0;
    const own = Math.log(dims[axes.columns]! / dims[axes.rows]!);
    return Math.min(...pictures.map(({ width, height }) => Math.abs(own - Math.log(width / height))));
  }

  function pixels(axes: ImageAxes): number {
    return dims[axes.rows]! * dims[axes.columns]!;
  }
}
