/**
 * Preparing a picture for a network: everything that is done to its pixels, as plain data, and the function that does
 * it.
 */
import type { ElementType } from '../ir/element-type.js';
import type { ImageAxes } from '../pictures/image-layout.js';
import type { Picture } from '../pictures/picture.js';
import { isMoved, type Placement, placePicture } from './fit.js';
import type { Normalization } from './normalization.js';
import { type PictureTensor, pictureTensor } from './picture-tensor.js';

/** What is done to a picture; can be sent to another thread. */
export interface Preparation {
  readonly placement: Placement;
  readonly type: ElementType;
  /** Dims of the tensor; rows and columns are the placement's. */
  readonly dims: readonly number[];
  readonly axes: ImageAxes;
  readonly normalization: Normalization;
}

/** Throws ProblemError US2003. */
export function preparePicture(
  picture: Picture,
  { placement, type, dims, axes, normalization }: Preparation,
): PictureTensor {
  const placed = isMoved(placement) ? placePicture(picture, placement) : picture;
  return pictureTensor(placed, type, dims, axes, normalization);
}
