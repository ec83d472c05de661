/** Which values of a result become black and white. */

import { unitRange, type ValueBounds } from '../feed/normalization.js';
import { isFloat } from '../ir/element-type.js';
import { numbersOf } from '../ir/numeric.js';
import type { Tensor } from '../ir/tensor.js';
import { formatShare } from '../pictures/share.js';
import { extremesOf, type ValueRange, valueRange } from '../pictures/tensor-picture.js';

/**
 * Networks without a final sigmoid overshoot a little. At most this share of the values may lie outside the range, by
 * at most this share of its width; they are clipped.
 */
const mostBeyond = 0.05;
const furthest = 0.5;

/** The values of a picture fill at least this share of their range. */
const least = 0.1;

export interface ImageRange extends ValueRange {
  /** Whether it is a usual range of pictures, so that values are not stretched. */
  readonly isKnown: boolean;
}

/**
 * The range of a picture's values: 0..255 for uint8; 0..1 if all values are inside; otherwise the first of the range in
 * which the picture was fed, 0..1, −1..1 and 0..255 that contains nearly all values; failing that, from the least to
 * the greatest.
 * @param fed the values of black and white in the picture that was fed
 */
export function imageRange(
  tensor: Tensor,
  fed?: ValueBounds,
  values: ArrayLike<number> = numbersOf(tensor),
): ImageRange {
  const plain = valueRange(tensor, values);
  const extremes = extremesOf(values);
  // Values that are all in 0..1, bytes and booleans need no further check.
  if (extremes === undefined || !isFloat(tensor.type) || (plain.low === 0 && plain.high === 1))
    return { ...plain, isKnown: true };
  for (const { low, high } of [...(fed === undefined ? [] : [fed]), unitRange, signed, bytes]) {
    const span = high - low;
    const isWide = extremes.max - extremes.min >= least * span;
    const isNear = extremes.min >= low - furthest * span && extremes.max <= high + furthest * span;
    if (!isWide || !isNear) continue;
    const beyond = shareBeyond(values, low, high);
    if (beyond > mostBeyond) continue;
    const cut = beyond === 0 ? '' : `, ${formatShare(beyond)} of them cut off`;
    return { low, high, description: `values ${low}..${high}${cut}`, isKnown: true };
  }
  return { ...plain, isKnown: false };
}

const signed: ValueBounds = { low: -1, high: 1 };
const bytes: ValueBounds = { low: 0, high: 255 };

function shareBeyond(values: ArrayLike<number>, low: number, high: number): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! < low || values[i]! > high) count++;
  return count / values.length;
}
