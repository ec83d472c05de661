/** The chunks of a WebP file (RFC 9649, section 2), walked before anything is decoded. */
import { defineProblem, fail } from '../diagnostics.js';
import { exifOrientation, type Orientation, upright } from './orientation.js';
import type { Size } from './picture.js';
import { textAt } from './text-at.js';

export interface WebpHeader extends Size {
  readonly hasAlpha: boolean;
  readonly isAnimated: boolean;
  readonly orientation: Orientation;
}

export function isWebp(bytes: Uint8Array): boolean {
  return textAt(bytes, 0, 4) === 'RIFF' && textAt(bytes, 8, 4) === 'WEBP';
}

/** Throws ProblemError US2005, also if the file ends before its chunks do. */
export function readWebpHeader(bytes: Uint8Array): WebpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length < 8 ? 0 : 8 + view.getUint32(4, true);
  if (bytes.length < 20 || end > bytes.length) truncated(bytes, end);
  let canvas: Size | undefined;
  let image: (Size & { readonly hasAlpha: boolean }) | undefined;
  let hasAlpha = false;
  let isAnimated = false;
  let orientation = upright;
  for (let at = 12; at + 8 <= end; ) {
    const length = view.getUint32(at + 4, true);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (data.length < length) truncated(bytes, at + 8 + length);
    const type = textAt(bytes, at, 4);
    if (type === 'VP8X' && length >= 10) {
      canvas = { width: 1 + uint24(data, 4), height: 1 + uint24(data, 7) };
      hasAlpha = (data[0]! & 0x10) !== 0;
      isAnimated = (data[0]! & 0x02) !== 0;
    } else if (type === 'VP8 ') image ??= lossySize(data);
    else if (type === 'VP8L') image ??= losslessSize(data);
    else if (type === 'EXIF') orientation = exifOrientation(data);
    // Chunks have even lengths.
    at += 8 + length + (length & 1);
  }
  if (isAnimated && canvas !== undefined) return { ...canvas, hasAlpha, isAnimated, orientation };
  if (image === undefined) damaged('a chunk of pixels', 'none');
  if (canvas !== undefined && (canvas.width !== image.width || canvas.height !== image.height))
    damaged(`pixels of ${canvas.width}×${canvas.height}`, `${image.width}×${image.height}`);
  return { ...image, hasAlpha: hasAlpha || image.hasAlpha, isAnimated, orientation };
}

/** The frame header of VP8 (RFC 6386, 9.1): three bytes of flags, a start code, sizes of 14 bits. */
function lossySize(data: Uint8Array): Size & { readonly hasAlpha: boolean } {
  if (data.length < 10 || data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a)
    damaged('a key frame of VP8', 'none');
  return {
    width: (data[6]! | (data[7]! << 8)) & 0x3fff,
    height: (data[8]! | (data[9]! << 8)) & 0x3fff,
    hasAlpha: false,
  };
}

/**
 * The header of VP8L (RFC 9649, section 3.4): a signature, width − 1 and height − 1 in 14 bits each, whether alpha is
 * used.
 */
function losslessSize(data: Uint8Array): Size & { readonly hasAlpha: boolean } {
  if (data.length < 5 || data[0] !== 0x2f) damaged('a header of VP8L', 'none');
  const bits = data[1]! | (data[2]! << 8) | (data[3]! << 16) | (data[4]! << 24);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff), hasAlpha: ((bits >>> 28) & 1) === 1 };
}

function uint24(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
}

const webpDamaged = defineProblem('US2005', { expected: 'string', actual: 'string' }, ({ expected, actual }) => ({
  message: 'the WebP picture is damaged',
  expected,
  actual,
}));

function damaged(expected: string, actual: string): never {
  fail(webpDamaged({ expected, actual }));
}

const webpTruncated = defineProblem('US2005', { end: 'integer', bytes: 'integer' }, ({ end, bytes }) => ({
  message: 'the WebP picture is truncated',
  expected: end === 0 ? 'a header' : `${end} bytes`,
  actual: `the file ends after ${bytes} bytes`,
}));

function truncated(bytes: Uint8Array, end: number): never {
  fail(webpTruncated({ end, bytes: bytes.length }));
}
