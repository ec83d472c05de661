/** EXIF orientation: reads it, and rotates or mirrors pixels accordingly. */
import { isDeep, newSamples, type Picture, type Size } from './picture.js';
import { textAt } from './text-at.js';
import { tiffReader, tiffTags } from './tiff-directory.js';

/** 1 to 8 (Exif 2.32, 4.6.4 A): the sides of the picture at which the stored row 0 and column 0 are. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export const upright: Orientation = 1;

const words: Readonly<Record<Orientation, string>> = {
  1: 'as it is',
  2: 'mirrored',
  3: 'turned by 180°',
  4: 'mirrored top to bottom',
  5: 'mirrored and turned by 90° to the left',
  6: 'turned by 90° to the right',
  7: 'mirrored and turned by 90° to the right',
  8: 'turned by 90° to the left',
};

/** What applying the orientation does, in words. */
export function describeTurn(orientation: Orientation): string {
  return words[orientation];
}

/**
 * The orientation in EXIF data, which begin with a TIFF header, optionally after `Exif\0\0`; upright (1) if they state
 * none.
 */
export function exifOrientation(bytes: Uint8Array): Orientation {
  const hasPrefix = textAt(bytes, 0, 4) === 'Exif';
  const reader = tiffReader(hasPrefix ? bytes.subarray(6) : bytes);
  return asOrientation(reader?.directory(reader.first)?.number(tiffTags.orientation));
}

export function asOrientation(value: number | undefined): Orientation {
  return value !== undefined && value in words ? (value as Orientation) : upright;
}

/** The size of a picture stored with `size` after the orientation is applied. */
export function turnedSize<S extends Size>(size: S, orientation: Orientation): S {
  return orientation < 5 ? size : { ...size, width: size.height, height: size.width };
}

/** The picture with the orientation applied. */
export function turnPicture(picture: Picture, orientation: Orientation): Picture {
  if (orientation === upright) return picture;
  const { width, height, channels, data } = picture;
  const turned = turnedSize({ width, height }, orientation);
  const out = newSamples(data.length, isDeep(data));
  // Orientations 5 to 8 exchange rows and columns.
  const isSwapped = orientation >= 5;
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  let at = 0;
  for (let y = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++) {
      const column = isSwapped ? y : x;
      const row = isSwapped ? x : y;
      const source =
        ((fromBottom ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column)) * channels;
      for (let channel = 0; channel < channels; channel++) out[at++] = data[source + channel]!;
    }
  }
  return { ...turned, channels, data: out };
}
