/** Pixels as PNG files (PNG Specification, third edition). */
import { zlibSync } from 'fflate';
import { crc32 } from './crc32.js';
import type { Picture } from './picture.js';

/** Colour types by channels. */
const colourTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
const indexedColour = 3;

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A PNG file of the picture; with a palette, the values of a picture of one channel are its indices. */
export function writePng(picture: Picture, palette?: readonly (readonly number[])[]): Uint8Array {
  const { width, height, channels, data } = picture;
  const isDeep = data instanceof Uint16Array;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = isDeep ? 16 : 8;
  header[9] = palette === undefined ? colourTypes[channels] : indexedColour;
  const rows = filtered(
    bytesOf(data),
    width * channels * (isDeep ? 2 : 1),
    channels * (isDeep ? 2 : 1),
    palette !== undefined,
  );
  return joined([
    signature,
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', Uint8Array.from(palette.flat()))]),
    chunk('IDAT', zlibSync(rows, { level: 6 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** Samples of 16 bits as bytes, the high one first. */
function bytesOf(data: Uint8Array | Uint16Array): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const bytes = new Uint8Array(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    bytes[2 * i] = data[i]! >> 8;
    bytes[2 * i + 1] = data[i]! & 0xff;
  }
  return bytes;
}

/**
 * The rows, each behind the number of its filter (section 9): the one whose bytes, taken as signed, have the least sum of
 * magnitudes (section 12.7). Indices of a palette are no quantities and stay as they are.
 */
function filtered(data: Uint8Array, rowBytes: number, pixelBytes: number, isIndexed: boolean): Uint8Array {
  const rows = data.length / Math.max(1, rowBytes);
  const out = new Uint8Array(rows * (1 + rowBytes));
  const candidates = Array.from({ length: 5 }, () => new Uint8Array(rowBytes));
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let y = 0; y < rows; y++) {
    const row = data.subarray(y * rowBytes, (y + 1) * rowBytes);
    const best = isIndexed ? 0 : bestFilter(row, above, pixelBytes, candidates);
    out[y * (1 + rowBytes)] = best;
    out.set(isIndexed ? row : candidates[best]!, y * (1 + rowBytes) + 1);
    above = row;
  }
  return out;
}

/** Fills the candidates with the row under each filter and returns the number of the best. */
function bestFilter(row: Uint8Array, above: Uint8Array, pixelBytes: number, candidates: readonly Uint8Array[]): number {
  const [none, sub, up, average, paeth] = candidates as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const sums = [0, 0, 0, 0, 0];
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    const left = i < pixelBytes ? 0 : row[i - pixelBytes]!;
    const over = above[i]!;
    const corner = i < pixelBytes ? 0 : above[i - pixelBytes]!;
    none[i] = value;
    sub[i] = value - left;
    up[i] = value - over;
    average[i] = value - ((left + over) >> 1);
    const toLeft = Math.abs(over - corner);
    const toOver = Math.abs(left - corner);
    const toCorner = Math.abs(left + over - 2 * corner);
    paeth[i] = value - (toLeft <= toOver && toLeft <= toCorner ? left : toOver <= toCorner ? over : corner);
    sums[0]! += magnitude(value);
    sums[1]! += magnitude(sub[i]!);
    sums[2]! += magnitude(up[i]!);
    sums[3]! += magnitude(average[i]!);
    sums[4]! += magnitude(paeth[i]!);
  }
  return sums.indexOf(Math.min(...sums));
}

function magnitude(byte: number): number {
  return byte < 128 ? byte : 256 - byte;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
