/** Resampling, cropping and padding pictures, and reordering their colors. */
import { greatestSample, isDeep, newSamples, type Picture, type Samples, type Size } from './picture.js';

export interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Margins {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * What padding shows beyond the edges: the picture mirrored without repeating the edge pixel, the edge pixel, or zeros.
 */
export type PadMode = 'reflect' | 'edge' | 'zero';

/** Zeroed pixels of the picture's kind. */
function pixelsLike({ data, channels }: Picture, { width, height }: Size): Samples {
  return newSamples(width * height * channels, isDeep(data));
}

/** Lanczos's kernel with three lobes. */
const lobes = 3;

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= lobes) return 0;
  const angle = Math.PI * x;
  return (lobes * Math.sin(angle) * Math.sin(angle / lobes)) / (angle * angle);
}

/**
 * For each position along an axis of the result: the first source position that it reads, and the weights of that one
 * and those after it.
 */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `most` weights for each position. */
  readonly weights: Float64Array;
  readonly most: number;
}

/** When shrinking, the kernel is widened so that it averages over everything that falls into one pixel. */
function tapsFor(from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const reach = lobes * stretch;
  const most = Math.min(from, 2 * Math.ceil(reach) + 1);
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(to * most);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.round(center - reach));
    const end = Math.min(from, Math.round(center + reach));
    first[i] = start;
    count[i] = end - start;
    let sum = 0;
    for (let at = start; at < end; at++) {
      const weight = lanczos((at + 0.5 - center) / stretch);
      weights[i * most + at - start] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < end - start; tap++) weights[i * most + tap]! /= sum;
  }
  return { first, count, weights, most };
}

/**
 * The picture resampled to `width` × `height` with Lanczos's kernel of three lobes (Duchon, 1979), widened when
 * shrinking. Colors are weighted by alpha.
 */
export function resizePicture(picture: Picture, width: number, height: number): Picture {
  if (width === picture.width && height === picture.height) return picture;
  const { channels } = picture;
  const most = greatestSample(picture.data);
  const hasAlpha = channels % 2 === 0;
  const narrow = alongRows(picture, tapsFor(picture.width, width), width, hasAlpha ? most : undefined);
  const taps = tapsFor(picture.height, height);
  const data = pixelsLike(picture, { width, height });
  const stride = width * channels;
  const row = new Float64Array(stride);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    for (let tap = 0; tap < taps.count[y]!; tap++) {
      const weight = taps.weights[y * taps.most + tap]!;
      const start = (taps.first[y]! + tap) * stride;
      for (let i = 0; i < stride; i++) row[i]! += weight * narrow[start + i]!;
    }
    if (hasAlpha) divideByAlpha(row, channels, most);
    for (let i = 0; i < stride; i++) data[y * stride + i] = Math.min(most, Math.max(0, Math.round(row[i]!)));
  }
  return { width, height, channels, data };
}

/** The picture with the wanted width and its own height; colors are multiplied by alpha if there is one. */
function alongRows(picture: Picture, taps: Taps, width: number, mostAlpha: number | undefined): Float32Array {
  const { channels, data, height } = picture;
  const { weights, first, count: counts, most } = taps;
  const out = new Float32Array(width * height * channels);
  const sourceStride = picture.width * channels;
  const row = new Float64Array(sourceStride);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < sourceStride; i++) row[i] = data[y * sourceStride + i]!;
    if (mostAlpha !== undefined) multiplyByAlpha(row, channels, mostAlpha);
    for (let x = 0; x < width; x++) {
      const start = first[x]! * channels;
      const end = x * most + counts[x]!;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        let source = start + channel;
        for (let tap = x * most; tap < end; tap++, source += channels) sum += weights[tap]! * row[source]!;
        out[at++] = sum;
      }
    }
  }
  return out;
}

function multiplyByAlpha(row: Float64Array, channels: number, most: number): void {
  for (let pixel = 0; pixel < row.length; pixel += channels) {
    const alpha = row[pixel + channels - 1]! / most;
    for (let i = pixel; i < pixel + channels - 1; i++) row[i]! *= alpha;
  }
}

function divideByAlpha(row: Float64Array, channels: number, most: number): void {
  for (let pixel = 0; pixel < row.length; pixel += channels) {
    const alpha = row[pixel + channels - 1]! / most;
    for (let i = pixel; i < pixel + channels - 1; i++) row[i] = alpha > 0 ? row[i]! / alpha : 0;
  }
}

/** The part of the picture inside the rectangle, which lies inside the picture. */
export function cropPicture(picture: Picture, { x, y, width, height }: Rectangle): Picture {
  if (x < 0 || y < 0 || x + width > picture.width || y + height > picture.height) {
    throw new RangeError(`${width}×${height} at ${x},${y} is not inside ${picture.width}×${picture.height}`);
  }
  const { channels } = picture;
  const data = pixelsLike(picture, { width, height });
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * picture.width + x) * channels;
    data.set(picture.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { width, height, channels, data };
}

/**
 * The picture with margins. `reflect` mirrors at the edges without repeating them, as NumPy and PyTorch have it, and back and
 * forth where a margin is larger than the picture, as NumPy has it.
 */
export function padPicture(picture: Picture, { left, top, right, bottom }: Margins, mode: PadMode): Picture {
  if (left === 0 && top === 0 && right === 0 && bottom === 0) return picture;
  const { channels } = picture;
  const width = left + picture.width + right;
  const height = top + picture.height + bottom;
  const data = pixelsLike(picture, { width, height });
  const columns = Array.from({ length: width }, (_, x) => sourceOf(x - left, picture.width, mode));
  const stride = width * channels;
  for (let y = 0; y < height; y++) {
    const row = sourceOf(y - top, picture.height, mode);
    if (row === undefined) continue;
    const source = row * picture.width * channels;
    data.set(picture.data.subarray(source, source + picture.width * channels), y * stride + left * channels);
    for (let x = 0; x < width; x++) {
      if (x === left) x += picture.width;
      const column = columns[x];
      if (column === undefined) continue;
      for (let channel = 0; channel < channels; channel++)
        data[y * stride + x * channels + channel] = picture.data[source + column * channels + channel]!;
    }
  }
  return { width, height, channels, data };
}

/** The source position that position `at` along an axis of `size` shows; undefined if it shows none. */
function sourceOf(at: number, size: number, mode: PadMode): number | undefined {
  if (at >= 0 && at < size) return at;
  if (mode === 'zero') return undefined;
  if (mode === 'edge' || size === 1) return at < 0 ? 0 : size - 1;
  const period = 2 * (size - 1);
  const phase = ((at % period) + period) % period;
  return phase < size ? phase : period - phase;
}

/** Exchanges red and blue of an RGB or BGR picture, with or without alpha. */
export function exchangeRedAndBlue(picture: Picture): Picture {
  const { channels } = picture;
  const data = picture.data.slice();
  for (let i = 0; i < data.length; i += channels) {
    data[i] = picture.data[i + 2]!;
    data[i + 2] = picture.data[i]!;
  }
  return { ...picture, data };
}
