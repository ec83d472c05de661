/** Fits a picture to the size that a network takes, and records where it is placed. */
import type { Picture, Size } from '../pictures/picture.js';
import { cropPicture, padPicture, resizePicture } from '../pictures/transform.js';

/**
 * How a picture is fitted: `resize` scales both sides; `pad` extends it by mirroring, after scaling it down if it is
 * too large; `crop` takes the middle, after scaling it up if it is too small; `none` keeps its size.
 */
export type FitMode = 'resize' | 'pad' | 'crop' | 'none';

/** Where a picture lies in the one that is fed. */
export interface Placement {
  readonly original: Size;
  /** After scaling. */
  readonly scaled: Size;
  /** Position of the scaled picture's corner in the fed one; negative if it is cropped. */
  readonly x: number;
  readonly y: number;
  readonly fed: Size;
}

export function isMoved({ original, scaled, x, y, fed }: Placement): boolean {
  return !isSame(original, scaled) || !isSame(scaled, fed) || x !== 0 || y !== 0;
}

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/** The placement of a picture in one of size `fed`. */
export function placementFor({ width, height }: Size, fed: Size, mode: FitMode): Placement {
  // Copies only the sizes, since a placement is plain data.
  const original = { width, height };
  const scaled = scaledSize(original, fed, mode);
  return {
    original,
    scaled,
    x: Math.floor((fed.width - scaled.width) / 2),
    y: Math.floor((fed.height - scaled.height) / 2),
    fed: { width: fed.width, height: fed.height },
  };
}

function scaledSize(original: Size, fed: Size, mode: FitMode): Size {
  if (mode === 'resize') return { width: fed.width, height: fed.height };
  if (mode === 'none') return original;
  const ratios = [fed.width / original.width, fed.height / original.height];
  const scale = mode === 'pad' ? Math.min(1, ...ratios) : Math.max(1, ...ratios);
  if (scale === 1) return original;
  const side = (size: number, most: number) => {
    const scaled = Math.max(1, Math.round(size * scale));
    return mode === 'pad' ? Math.min(scaled, most) : Math.max(scaled, most);
  };
  return { width: side(original.width, fed.width), height: side(original.height, fed.height) };
}

/** The picture as it is fed. */
export function placePicture(picture: Picture, { scaled, x, y, fed }: Placement): Picture {
  const resized = resizePicture(picture, scaled.width, scaled.height);
  const cropped = cropPicture(resized, {
    x: Math.max(0, -x),
    y: Math.max(0, -y),
    width: Math.min(scaled.width, fed.width),
    height: Math.min(scaled.height, fed.height),
  });
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const right = fed.width - cropped.width - left;
  const bottom = fed.height - cropped.height - top;
  return padPicture(cropped, { left, top, right, bottom }, 'reflect');
}

/** In words: `resized 1023×767 → 1024×768`, `scaled to 256×192 and padded 640×480 → 256×256`. */
export function describePlacement(placement: Placement): string {
  const { original, scaled, x, y, fed } = placement;
  const text = ({ width, height }: Size) => `${width}×${height}`;
  const change = `${text(original)} → ${text(fed)}`;
  if (isSame(scaled, fed)) return `resized ${change}`;
  const verb = x < 0 || y < 0 ? 'cropped' : 'padded';
  return isSame(original, scaled) ? `${verb} ${change}` : `scaled to ${text(scaled)} and ${verb}: ${change}`;
}
