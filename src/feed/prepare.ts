/** A picture on its way into a network: everything that is done to its pixels, as plain data and one function. */
import type { ElementType } from '../ir/element-type.js';
import type { ImageAxes } from '../pictures/image-layout.js';
import type { Picture } from '../pictures/picture.js';
import { isMoved, type Placement, placePicture } from './fit.js';
import type { Normalization } from './normalization.js';
import { type PictureTensor, pictureTensor } from './picture-tensor.js';

/** What becomes of a picture; another thread may be sent it. */
export interface Preparation {
  readonly placement: Placement;
  readonly type: ElementType;
  /** Of the tensor, with rows and columns as the placement has them. */
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
