/** Pictures: PNG and JPEG files as pixels, and pixels as PNG files. */
import { convertIndexedToRgb, decode, encode } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { fail, ProblemError } from '../diagnostics.js';
import { isPng, readPngHeader, withoutExtras } from './png-chunks.js';

/** Pixels, row by row from the top, channels next to one another. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Grey, grey and alpha, RGB, RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** 0 to 255 in a Uint8Array, 0 to 65535 in a Uint16Array. */
  readonly data: Uint8Array | Uint16Array;
}

/** What a picture may unpack to: photographs stay below, bombs do not. */
const maxPixels = 100_000_000;
const maxJpegMegabytes = 1024;

export function isPicture(bytes: Uint8Array): boolean {
  return isPng(bytes) || isJpeg(bytes);
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** A colour name of the channels: `grey`, `RGB with alpha`. */
export function describeChannels(channels: number): string {
  return ['grey', 'grey with alpha', 'RGB', 'RGB with alpha'][channels - 1] ?? `${channels} channels`;
}

/** Reads a PNG or a JPEG. Throws ProblemError US2005 for what is damaged, too large or neither. */
export function readPicture(bytes: Uint8Array): Picture {
  const format = isPng(bytes) ? 'PNG' : 'JPEG';
  try {
    return format === 'PNG' ? readPng(bytes) : readJpeg(bytes);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    fail('US2005', `the ${format} picture is damaged`, {
      expected: `a complete ${format} file`,
      actual: error instanceof Error ? error.message : String(error),
    });
  }
}

function readPng(bytes: Uint8Array): Picture {
  const { width, height, bitDepth, isIndexed } = readPngHeader(bytes);
  checkSize('PNG', width, height);
  const png = decode(withoutExtras(bytes), { checkCrc: true });
  if (isIndexed) {
    const data = convertIndexedToRgb(png);
    return { width, height, channels: png.palette?.[0]?.length === 4 ? 4 : 3, data };
  }
  const { data } = png;
  const channels = png.channels as Picture['channels'];
  if (bitDepth < 8) return { width, height, channels, data: unpackBits(data, width, height, bitDepth) };
  return { width, height, channels, data: data instanceof Uint16Array ? data : new Uint8Array(data) };
}

/** Grey values of 1, 2 or 4 bits, rows padded to whole bytes, stretched to 0 to 255. */
function unpackBits(packed: ArrayLike<number>, width: number, height: number, bits: number): Uint8Array {
  const rowBytes = Math.ceil((width * bits) / 8);
  const most = 2 ** bits - 1;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const value = (packed[y * rowBytes + (bit >> 3)]! >> (8 - bits - (bit & 7))) & most;
      data[y * width + x] = (value * 255) / most;
    }
  }
  return data;
}

function readJpeg(bytes: Uint8Array): Picture {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: maxPixels / 1e6,
    maxMemoryUsageInMB: maxJpegMegabytes,
  });
  return { width, height, channels: 3, data };
}

function checkSize(format: string, width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= maxPixels) return;
  fail('US2005', `the ${format} picture has a size that cannot be read`, {
    expected: `at most ${maxPixels} pixels`,
    actual: `${width}×${height}`,
  });
}

/** A PNG file of the picture; with a palette, the values of a picture of one channel are its indices. */
export function writePng(picture: Picture, palette?: readonly (readonly number[])[]): Uint8Array {
  const { width, height, channels, data } = picture;
  const depth = data instanceof Uint16Array ? 16 : 8;
  const indexed = palette === undefined ? {} : { palette: palette.map((colour) => [...colour]) };
  return encode({ width, height, channels, depth, data, ...indexed }, { zlib: { level: 6 } });
}
