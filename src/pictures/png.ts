/** PNG files as pixels, and pixels as PNG files. */
import { convertIndexedToRgb, decode, encode } from 'fast-png';
import type { Picture } from './picture.js';
import { readPngHeader, withoutExtras } from './png-chunks.js';

/** The pixels of a PNG file, its size checked by the caller. Throws ProblemError US2005, and errors of the decoder. */
export function decodePng(bytes: Uint8Array): Picture {
  const { width, height, bitDepth, isIndexed } = readPngHeader(bytes);
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

/** A PNG file of the picture; with a palette, the values of a picture of one channel are its indices. */
export function writePng(picture: Picture, palette?: readonly (readonly number[])[]): Uint8Array {
  const { width, height, channels, data } = picture;
  const depth = data instanceof Uint16Array ? 16 : 8;
  const indexed = palette === undefined ? {} : { palette: palette.map((colour) => [...colour]) };
  return encode({ width, height, channels, depth, data, ...indexed }, { zlib: { level: 6 } });
}
