/** Files of pictures: what they are by their first bytes, how large they are by their headers, and their pixels. */
import { decode as decodeJpeg } from 'jpeg-js';
import { fail, ProblemError } from '../diagnostics.js';
import { isJpeg, readJpegHeader } from './jpeg-header.js';
import { turnedSize, turnPicture } from './orientation.js';
import type { Picture, Size } from './picture.js';
import { decodePng } from './png.js';
import { isPng, readPngHeader } from './png-chunks.js';

export type PictureFormat = 'PNG' | 'JPEG' | 'WebP' | 'TIFF';

export interface PictureInfo extends Size {
  readonly format: PictureFormat;
}

/** A picture and where it came from. */
export interface ReadPicture extends Picture {
  readonly format: PictureFormat;
  /** What was done to its pixels, or left out, in words. */
  readonly notes: readonly string[];
}

export interface ReadOptions {
  /** More pixels than these are refused before they are decoded. */
  readonly maxPixels?: number | undefined;
}

/** What a picture may unpack to by default: photographs stay below, bombs do not. */
export const defaultMaxPixels = 100_000_000;
const maxJpegMegabytes = 1024;

/** Whether the file is of a format that `readPicture` reads, by its first bytes. */
export function isPicture(bytes: Uint8Array): boolean {
  return formatOf(bytes) !== undefined;
}

function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  if (isPng(bytes)) return 'PNG';
  if (isJpeg(bytes)) return 'JPEG';
  return undefined;
}

/** Format and size of a picture by its header alone, turned as its EXIF orientation says; undefined when it has none. */
export function pictureInfo(bytes: Uint8Array): PictureInfo | undefined {
  const format = formatOf(bytes);
  try {
    return format === undefined ? undefined : { format, ...sizeOf(bytes, format) };
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function sizeOf(bytes: Uint8Array, format: PictureFormat): Size {
  if (format === 'PNG') {
    const { width, height } = readPngHeader(bytes);
    return { width, height };
  }
  const { width, height, orientation } = readJpegHeader(bytes);
  return turnedSize({ width, height }, orientation);
}

/**
 * Reads a PNG or a JPEG. Throws ProblemError US2005 for what is damaged, too large or neither.
 */
export async function readPicture(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: ReadOptions = {},
): Promise<ReadPicture> {
  const format = formatOf(bytes) ?? 'JPEG';
  try {
    return { ...(format === 'PNG' ? readPng(bytes, maxPixels) : readJpeg(bytes, maxPixels)), format, notes: [] };
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    fail('US2005', `the ${format} picture is damaged`, {
      expected: `a complete ${format} file`,
      actual: error instanceof Error ? error.message : String(error),
    });
  }
}

function readPng(bytes: Uint8Array, maxPixels: number): Picture {
  const { width, height } = readPngHeader(bytes);
  checkSize('PNG', width, height, maxPixels);
  return decodePng(bytes);
}

function readJpeg(bytes: Uint8Array, maxPixels: number): Picture {
  const { orientation, ...size } = readJpegHeader(bytes);
  checkSize('JPEG', size.width, size.height, maxPixels);
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: maxPixels / 1e6,
    maxMemoryUsageInMB: maxJpegMegabytes,
  });
  return turnPicture({ width, height, channels: 3, data }, orientation);
}

function checkSize(format: string, width: number, height: number, maxPixels: number): void {
  if (width > 0 && height > 0 && width * height <= maxPixels) return;
  fail('US2005', `the ${format} picture has a size that cannot be read`, {
    expected: `at most ${maxPixels} pixels`,
    actual: `${width}×${height}`,
  });
}
