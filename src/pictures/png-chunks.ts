/** The chunks of a PNG file (PNG Specification, third edition), walked before anything is unpacked. */
import { defineProblem, fail, ProblemError } from '../diagnostics.js';
import { crc32 } from './crc32.js';
import { exifOrientation, type Orientation, upright } from './orientation.js';
import type { Size } from './picture.js';
import { textAt } from './text-at.js';

export const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Color types: samples a pixel has, and how many bits one may take. */
const colorTypes: Readonly<Record<number, { readonly samples: 1 | 2 | 3 | 4; readonly depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** Offset of the chunk's length, with which it starts. */
  readonly offset: number;
}

export interface PngHeader extends Size {
  readonly bitDepth: number;
  /** Samples of a pixel in the file; a palette index counts as one. */
  readonly samples: 1 | 2 | 3 | 4;
  readonly isIndexed: boolean;
  readonly isInterlaced: boolean;
}

export function isPng(bytes: Uint8Array): boolean {
  return pngSignature.every((byte, i) => bytes[i] === byte);
}

const pngTruncated = defineProblem('US2005', { bytes: 'integer' }, ({ bytes }) => ({
  message: 'the PNG picture is truncated',
  expected: 'an IEND chunk at its end',
  actual: `the file ends after ${bytes} bytes`,
}));

/** All chunks up to IEND. Throws ProblemError US2005 if the file ends before it. */
export function* pngChunks(bytes: Uint8Array): Iterable<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = pngSignature.length;
  for (;;) {
    const length = offset + 12 <= bytes.length ? view.getUint32(offset) : undefined;
    if (length === undefined || offset + 12 + length > bytes.length) {
      fail(pngTruncated({ bytes: bytes.length }));
    }
    const type = textAt(bytes, offset + 4, 4);
    yield { type, data: bytes.subarray(offset + 8, offset + 8 + length), offset };
    if (type === 'IEND') return;
    offset += 12 + length;
  }
}

/** Throws ProblemError US2005 if a chunk's checksum does not match its bytes. */
export function checkChunk(bytes: Uint8Array, { type, data, offset }: PngChunk): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset + 8 + data.length, 4);
  if (crc32(bytes.subarray(offset + 4, offset + 8 + data.length)) !== view.getUint32(0))
    damaged(`the checksum of chunk ${/^[A-Za-z]{4}$/.test(type) ? type : '?'} at byte ${offset}`, 'another');
}

/** The content of IHDR. Throws ProblemError US2005. */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const [first] = pngChunks(bytes);
  if (first?.type !== 'IHDR' || first.data.length !== 13) damaged('an IHDR chunk first', 'none');
  const { data } = first;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [bitDepth, color, compression, filter, interlace] = [data[8]!, data[9]!, data[10]!, data[11]!, data[12]!];
  const type = colorTypes[color];
  if (type === undefined || !type.depths.includes(bitDepth))
    damaged('a known kind of pixels', `color type ${color} with ${bitDepth} bits`);
  if (compression !== 0 || filter !== 0 || interlace > 1)
    damaged('known methods', `compression ${compression}, filter ${filter}, interlace ${interlace}`);
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth,
    samples: type.samples,
    isIndexed: color === 3,
    isInterlaced: interlace === 1,
  };
}

/** The orientation in an eXIf chunk, before or after the pixels; upright if there is none. */
export function pngOrientation(bytes: Uint8Array): Orientation {
  try {
    for (const { type, data } of pngChunks(bytes)) if (type === 'eXIf') return exifOrientation(data);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
  return upright;
}

const pngDamaged = defineProblem('US2005', { expected: 'string', actual: 'string' }, ({ expected, actual }) => ({
  message: 'the PNG picture is damaged',
  expected,
  actual,
}));

export function damaged(expected: string, actual: string): never {
  fail(pngDamaged({ expected, actual }));
}
