/**
 * The chunks of a PNG file (PNG Specification, third edition), walked before anything is decoded: sizes are known
 * first, and what the pixels do not need (text, profiles, which may unpack to anything) is left out.
 */
import { Unzlib } from 'fflate';
import { fail } from '../diagnostics.js';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Bits a pixel takes for each sample, by colour type. */
const samples: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const indexedColour = 3;

interface Chunk {
  readonly type: string;
  /** Of the length field. */
  readonly offset: number;
  readonly length: number;
}

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly isIndexed: boolean;
}

export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

function* chunksOf(bytes: Uint8Array): Iterable<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = signature.length;
  for (;;) {
    const length = offset + 12 <= bytes.length ? view.getUint32(offset) : undefined;
    if (length === undefined || offset + 12 + length > bytes.length) {
      fail('US2005', 'the PNG picture is truncated', {
        expected: 'an IEND chunk at its end',
        actual: `the file ends after ${bytes.length} bytes`,
      });
    }
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    yield { type, offset, length };
    if (type === 'IEND') return;
    offset += 12 + length;
  }
}

/** What IHDR says. Throws ProblemError US2005. */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const [first] = chunksOf(bytes);
  if (first?.type !== 'IHDR' || first.length !== 13) {
    fail('US2005', 'the PNG picture is damaged', { expected: 'an IHDR chunk first', actual: first?.type });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + first.offset + 8, first.length);
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth: view.getUint8(8),
    isIndexed: view.getUint8(9) === indexedColour,
  };
}

/** The file with the chunks that make its pixels and no others. Throws US2005 when the pixels unpack to more than the header says. */
export function withoutExtras(bytes: Uint8Array): Uint8Array {
  const { isIndexed } = readPngHeader(bytes);
  const kept = [...chunksOf(bytes)].filter(
    ({ type }) =>
      type === 'IHDR' || type === 'IDAT' || type === 'IEND' || (isIndexed && (type === 'PLTE' || type === 'tRNS')),
  );
  checkUnpackedSize(bytes, kept);
  const out = new Uint8Array(kept.reduce((sum, { length }) => sum + length + 12, signature.length));
  out.set(signature);
  let at = signature.length;
  for (const { offset, length } of kept) {
    out.set(bytes.subarray(offset, offset + length + 12), at);
    at += length + 12;
  }
  return out;
}

/** Inflates in small pieces and keeps none, up to what the header allows. */
function checkUnpackedSize(bytes: Uint8Array, chunks: readonly Chunk[]): void {
  const { width, height } = readPngHeader(bytes);
  const ihdr = chunks[0]!.offset + 8;
  const bitsPerPixel = bytes[ihdr + 8]! * (samples[bytes[ihdr + 9]!] ?? 0);
  // A filter byte a row; interlacing has up to seven passes, each with rows of its own.
  const most = Math.ceil((width * bitsPerPixel) / 8) * height + 16 * (height + 16);
  let unpacked = 0;
  const inflator = new Unzlib((chunk) => {
    unpacked += chunk.length;
  });
  const step = 1 << 14;
  for (const { type, offset, length } of chunks) {
    if (type !== 'IDAT') continue;
    for (let at = 0; at < length; at += step) {
      inflator.push(bytes.subarray(offset + 8 + at, offset + 8 + Math.min(at + step, length)));
      if (unpacked > most) {
        fail('US2005', 'the PNG picture is damaged', {
          expected: `at most ${most} bytes of pixels for ${width}×${height}`,
          actual: 'more',
        });
      }
    }
  }
}
