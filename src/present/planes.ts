/** Resamples one channel of one picture in a tensor to the size of the picture that was fed. */
import type { Coverage } from '../feed/coverage.js';
import type { Placement } from '../feed/fit.js';
import type { Picture, Size } from '../pictures/picture.js';
import { cropPicture, type Rectangle, resizePicture } from '../pictures/transform.js';

/** The part of a result that shows the picture's own pixels, and the size that it is resampled to. */
export interface View {
  readonly region: Rectangle;
  readonly size: Size;
}

/**
 * The view of a result of `rows` × `columns` pixels that shows the fed picture at some scale: the picture's own pixels
 * at that scale, in the picture's proportions. Undefined if the result is that already, or if its proportions differ
 * from those of the fed picture.
 * @param coverage the part of the fed picture that the result shows (default: all of it)
 */
export function viewFor(placement: Placement, rows: number, columns: number, coverage?: Coverage): View | undefined {
  const { fed } = placement;
  const { width, height } = coverage ?? fed;
  const [across, down] = [columns / width, rows / height];
  if (Math.abs(across - down) * Math.max(width, height) >= 1.5) return undefined;
  const { horizontal, vertical } = visible(placement, coverage);
  const [x, wide] = scaledTo(
    horizontal.first - (coverage?.x ?? 0),
    horizontal.last - (coverage?.x ?? 0),
    across,
    columns,
  );
  const [y, high] = scaledTo(vertical.first - (coverage?.y ?? 0), vertical.last - (coverage?.y ?? 0), down, rows);
  const size = {
    width: Math.max(1, Math.round((horizontal.last - horizontal.first) * horizontal.shrunk * across)),
    height: Math.max(1, Math.round((vertical.last - vertical.first) * vertical.shrunk * down)),
  };
  const isSame = wide === columns && high === rows && size.width === columns && size.height === rows;
  return isSame ? undefined : { region: { x, y, width: wide, height: high }, size };
}

/** The place and the length of an interval in positions of the result. */
function scaledTo(first: number, last: number, scale: number, most: number): [start: number, length: number] {
  const start = Math.min(most - 1, Math.max(0, Math.round(first * scale)));
  const end = Math.min(most, Math.max(start + 1, Math.round(last * scale)));
  return [start, end - start];
}

/** The part of the original picture that was fed and is shown; the middle of a cropped one. */
export function visiblePart(placement: Placement, coverage?: Coverage): Rectangle {
  const { original, x, y } = placement;
  const { horizontal, vertical } = visible(placement, coverage);
  const part = ({ first, last, shrunk }: Shown, offset: number, most: number) =>
    scaledTo(first - offset, last - offset, shrunk, most);
  const [left, width] = part(horizontal, x, original.width);
  const [top, height] = part(vertical, y, original.height);
  return { x: left, y: top, width, height };
}

/**
 * Along one axis, in pixels of the fed picture: where the original's pixels are, and how many original pixels each
 * stands for.
 */
interface Shown {
  readonly first: number;
  readonly last: number;
  readonly shrunk: number;
}

function visible({ original, scaled, x, y, fed }: Placement, coverage?: Coverage) {
  const shown = (offset: number, length: number, own: number, most: number, start = 0, covered = most): Shown => {
    const first = Math.max(0, offset, start);
    const last = Math.max(first, Math.min(most, offset + length, start + covered));
    return { first, last, shrunk: own / length };
  };
  return {
    horizontal: shown(x, scaled.width, original.width, fed.width, coverage?.x, coverage?.width),
    vertical: shown(y, scaled.height, original.height, fed.height, coverage?.y, coverage?.height),
  };
}

/** Resamples a picture of the result's size to the view. */
export function withView(picture: Picture, view: View | undefined): Picture {
  return view === undefined
    ? picture
    : resizePicture(cropPicture(picture, view.region), view.size.width, view.size.height);
}

export function describeView(view: View | undefined): string[] {
  return view === undefined ? [] : [`brought to ${view.size.width}×${view.size.height}`];
}

/**
 * The view of a plane `width` wide by linear interpolation, widened when shrinking so that it averages over everything
 * that falls into a pixel.
 */
export function resampleLinear(plane: Float32Array, width: number, { region, size }: View): Float32Array {
  const across = tapsFor(region.x, region.width, size.width);
  const down = tapsFor(region.y, region.height, size.height);
  const narrow = new Float32Array(size.width * region.height);
  let at = 0;
  for (let y = 0; y < region.height; y++) {
    const row = (region.y + y) * width;
    for (const { first, weights } of across) {
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * plane[row + first + tap]!;
      narrow[at++] = sum;
    }
  }
  const out = new Float32Array(size.width * size.height);
  for (const [y, { first, weights }] of down.entries()) {
    for (let tap = 0; tap < weights.length; tap++) {
      const source = (first - region.y + tap) * size.width;
      for (let x = 0; x < size.width; x++) out[y * size.width + x]! += weights[tap]! * narrow[source + x]!;
    }
  }
  return out;
}

interface Taps {
  readonly first: number;
  readonly weights: Float32Array;
}

/** For each position along an axis of the view: the positions in the region that it reads, with weights. */
function tapsFor(start: number, from: number, to: number): Taps[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(center - reach));
    const last = Math.min(from - 1, Math.floor(center + reach));
    const weights = Float32Array.from({ length: last - first + 1 }, (_, tap) =>
      Math.max(0, 1 - Math.abs(first + tap - center) / reach),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first: start + first, weights: weights.map((weight) => weight / sum) };
  });
}

/** The view of a plane `width` wide by nearest-neighbor interpolation. */
export function resampleNearest<T extends Uint8Array | Uint16Array | Float32Array>(
  plane: T,
  width: number,
  { region, size }: View,
): T {
  const out = new (plane.constructor as new (length: number) => T)(size.width * size.height);
  const columns = Int32Array.from({ length: size.width }, (_, x) => nearest(region.x, region.width, size.width, x));
  for (let y = 0; y < size.height; y++) {
    const row = nearest(region.y, region.height, size.height, y) * width;
    for (let x = 0; x < size.width; x++) out[y * size.width + x] = plane[row + columns[x]!]!;
  }
  return out;
}

function nearest(start: number, from: number, to: number, i: number): number {
  return start + Math.min(from - 1, Math.floor(((i + 0.5) * from) / to));
}
