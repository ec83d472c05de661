/** Writes PNG files (PNG Specification, third edition). */
import { zlibSync } from 'fflate';
import { crc32 } from './crc32.js';
import { isDeep, type Picture, type Samples } from './picture.js';
import { pngSignature } from './png-chunks.js';
import { filtered } from './png-filters.js';

/** Color types by channels. */
const colorTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
const indexedColor = 3;

/** A PNG file of the picture. With a palette, the picture has one channel, whose values are indices. */
export function writePng(picture: Picture, palette?: readonly (readonly number[])[]): Uint8Array {
  const { width, height, channels, data } = picture;
  const sampleBytes = data.BYTES_PER_ELEMENT;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8 * sampleBytes;
  header[9] = palette === undefined ? colorTypes[channels] : indexedColor;
  const rows = filtered(bytesOf(data), width * channels * sampleBytes, channels * sampleBytes, palette !== undefined);
  return joined([
    Uint8Array.from(pngSignature),
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', Uint8Array.from(palette.flat()))]),
    chunk('IDAT', zlibSync(rows, { level: 6 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** Samples of 16 bits as bytes, the high one first. */
function bytesOf(data: Samples): Uint8Array {
  if (!isDeep(data)) return data;
  const bytes = new Uint8Array(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    bytes[2 * i] = data[i]! >> 8;
    bytes[2 * i + 1] = data[i]! & 0xff;
  }
  return bytes;
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
