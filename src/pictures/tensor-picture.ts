/** Results of models as pictures. */
import { numbersOf } from '../ir/numeric.js';
import type { Tensor } from '../ir/tensor.js';
import type { ImageAxes } from './image-layout.js';
import type { Picture } from './picture.js';
import { readPlane } from './plane.js';

/** The range of values that is mapped to 0..255. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
  /** The range in words, for whoever looks at the picture. */
  readonly description: string;
}

export interface Extremes {
  readonly min: number;
  readonly max: number;
}

/** Sigmoids and tanhs may exceed their bounds by rounding errors. */
const tolerance = 1e-3;

/** The least and the greatest finite element; undefined when there is none. */
export function extremesOf(values: ArrayLike<number>): Extremes | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : undefined;
}

/** Whether all values are in 0..1, as probabilities are. */
export function isInUnitRange({ min, max }: Extremes): boolean {
  return min >= -tolerance && max <= 1 + tolerance;
}

/**
 * The range of the elements: 0..255 for uint8, else 0..1 or −1..1 if all are inside, else from the least to the
 * greatest.
 */
export function valueRange(tensor: Tensor, values: ArrayLike<number> = numbersOf(tensor)): ValueRange {
  if (tensor.type === 'bool') return { low: 0, high: 1, description: 'false is black, true is white' };
  if (tensor.type === 'uint8') return { low: 0, high: 255, description: 'values 0..255' };
  const extremes = extremesOf(values) ?? { min: 0, max: 0 };
  const { min, max } = extremes;
  if (isInUnitRange(extremes)) return { low: 0, high: 1, description: 'values 0..1' };
  if (min >= -1 - tolerance && max <= 1 + tolerance) return { low: -1, high: 1, description: 'values -1..1' };
  const [low, high] = [min, max].map((value) => Number(value.toPrecision(4)));
  return { low: min, high: max, description: `stretched: ${low} is black, ${high} is white` };
}

/** Picture `batch` of the tensor, which has 1, 3 or 4 channels. NaN is black. */
export function tensorPicture(
  tensor: Tensor,
  axes: ImageAxes,
  batch: number,
  range: ValueRange,
  values: ArrayLike<number> = numbersOf(tensor),
): Picture {
  const { dims } = tensor;
  const [height, width] = [dims[axes.rows]!, dims[axes.columns]!];
  const channels = axes.channels === undefined ? 1 : dims[axes.channels]!;
  const level = levelIn(range);
  const data = new Uint8Array(width * height * channels);
  for (let channel = 0; channel < channels; channel++) {
    const plane = readPlane(values, dims, axes, batch, channel);
    for (let i = 0; i < plane.length; i++) data[i * channels + channel] = level(plane[i]!);
  }
  return { width, height, channels: channels as Picture['channels'], data };
}

/** Maps a value to 0..255 from the low to the high end of the range; NaN becomes 0. */
export function levelIn({ low, high }: Pick<ValueRange, 'low' | 'high'>): (value: number) => number {
  const scale = high > low ? 255 / (high - low) : 0;
  return (value) => (Number.isNaN(value) ? 0 : Math.min(255, Math.max(0, Math.round((value - low) * scale))));
}
