/** Reads picture files: the format by the first bytes, the size from the header, and the pixels. */
import { defineProblem, fail, ProblemError } from '../diagnostics.js';
import type { DecodedPicture } from './decoded.js';
import { foreignPicture } from './foreign-formats.js';
import { decodeJpeg } from './jpeg.js';
import { isJpeg, readJpegHeader } from './jpeg-header.js';
import { describeTurn, type Orientation, turnedSize, turnPicture, upright } from './orientation.js';
import { defaultMaxPixels, type Picture, type Size } from './picture.js';
import { isPng, pngOrientation, readPngHeader } from './png-chunks.js';
import { decodePng } from './png-decode.js';
import { decodeTiff } from './tiff.js';
import { isTiff, readTiffSize } from './tiff-header.js';
import { DecoderError } from './wasm-codec.js';
import { decodeWebp } from './webp.js';
import { isWebp, readWebpHeader } from './webp-header.js';

export type PictureFormat = 'PNG' | 'JPEG' | 'WebP' | 'TIFF';

export interface PictureInfo extends Size {
  readonly format: PictureFormat;
}

/** A picture and where it came from. */
export interface ReadPicture extends Picture {
  readonly format: PictureFormat;
  /** What reading changed or left out, in words. */
  readonly notes: readonly string[];
}

export interface ReadOptions {
  /** Pictures with more pixels are refused before they are decoded. */
  readonly maxPixels?: number | undefined;
}

interface Codec {
  readonly format: PictureFormat;
  readonly matches: (bytes: Uint8Array) => boolean;
  /** The size as stored, from the header, without allocating memory. */
  readonly stored: (bytes: Uint8Array) => Size & { readonly orientation: Orientation };
  /** The pixels as they are stored. */
  readonly decode: (bytes: Uint8Array) => DecodedPicture | Promise<DecodedPicture>;
}

const codecs: readonly Codec[] = [
  {
    format: 'PNG',
    matches: isPng,
    stored: (bytes) => ({ ...readPngHeader(bytes), orientation: pngOrientation(bytes) }),
    decode: (bytes) => ({ picture: decodePng(bytes), notes: [] }),
  },
  { format: 'JPEG', matches: isJpeg, stored: readJpegHeader, decode: decodeJpeg },
  { format: 'WebP', matches: isWebp, stored: readWebpHeader, decode: decodeWebp },
  { format: 'TIFF', matches: isTiff, stored: readTiffSize, decode: decodeTiff },
];

/** Whether the file is of a format that `readPicture` reads, by its first bytes. */
export function isPicture(bytes: Uint8Array): boolean {
  return codecs.some(({ matches }) => matches(bytes));
}

/**
 * Format and size of a picture from its header alone, with its EXIF orientation applied; undefined if the bytes do not
 * begin with a picture's header.
 */
export function pictureInfo(bytes: Uint8Array): PictureInfo | undefined {
  const codec = codecs.find(({ matches }) => matches(bytes));
  if (codec === undefined) return undefined;
  try {
    const { width, height, orientation } = codec.stored(bytes);
    return { format: codec.format, ...turnedSize({ width, height }, orientation) };
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

const pictureDamaged = defineProblem('US2005', { format: 'string', reason: 'string' }, ({ format, reason }) => ({
  message: `the ${format} picture is damaged`,
  expected: `a complete ${format} file`,
  actual: reason,
}));

/**
 * Reads a PNG, JPEG, WebP or TIFF file: gray or RGB, with alpha and 16 bits if the file has them, and with its EXIF
 * orientation applied. Color profiles are ignored: values are those of the file. The decoders of JPEG and WebP are
 * loaded when the first file needs them. Throws ProblemError US2005 if the file is damaged, larger than `maxPixels` or
 * of another format, and US2011 if memory does not suffice.
 */
export async function readPicture(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: ReadOptions = {},
): Promise<ReadPicture> {
  const codec = codecs.find(({ matches }) => matches(bytes));
  if (codec === undefined) {
    fail(noPicture({ actual: foreignPicture(bytes) ?? 'something else' }));
  }
  const { format } = codec;
  try {
    const { width, height, orientation } = codec.stored(bytes);
    checkSize(format, width, height, maxPixels);
    const { picture, notes } = await codec.decode(bytes);
    return {
      ...turnPicture(picture, orientation),
      format,
      notes: orientation === upright ? notes : [`${describeTurn(orientation)}, as its EXIF data say`, ...notes],
    };
  } catch (error) {
    if (isOutOfMemory(error)) {
      const size = pictureInfo(bytes);
      fail(noMemoryForPicture({ format, size: size && [size.width, size.height] }));
    }
    if (!(error instanceof DecoderError)) throw error;
    fail(pictureDamaged({ format, reason: error.message }));
  }
}

const noPicture = defineProblem('US2005', { actual: 'string' }, ({ actual }) => ({
  message: 'unstride does not read pictures of this format',
  expected: picturesRead,
  actual,
  hint: 'convert it to PNG',
}));

const noMemoryForPicture = defineProblem('US2011', { format: 'string', size: 'integers?' }, ({ format, size }) => ({
  message: `there is not enough memory for the ${format} picture`,
  actual: size?.join('×'),
  hint: 'make the picture smaller',
}));

/** Recognizes failed allocations of arrays, and the messages of mozjpeg, Emscripten and jpeg-js. */
function isOutOfMemory(error: unknown): boolean {
  if (error instanceof RangeError) return /allocation failed|invalid.*array.*length/i.test(error.message);
  return error instanceof DecoderError && /insufficient memory|OOM|maxMemoryUsage/i.test(error.message);
}

/** The formats that are read, for messages. */
const picturesRead = 'a PNG, JPEG, WebP or TIFF picture';

const pictureSize = defineProblem(
  'US2005',
  { format: 'string', width: 'integer', height: 'integer', maxPixels: 'integer' },
  ({ format, width, height, maxPixels }) => ({
    message: `the ${format} picture has a size that is not read`,
    expected: width > 0 && height > 0 ? `at most ${maxPixels} pixels` : 'at least one pixel',
    actual: `${width}×${height}`,
    hint: width > 0 && height > 0 ? 'raise the limit with --max-pixels, or make the picture smaller' : undefined,
  }),
);

function checkSize(format: string, width: number, height: number, maxPixels: number): void {
  if (width > 0 && height > 0 && width * height <= maxPixels) return;
  fail(pictureSize({ format, width, height, maxPixels }));
}
