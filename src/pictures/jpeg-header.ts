/** The markers of a JPEG file up to its scan (ITU-T T.81, Annex B): size, colours, orientation. */
import { fail } from '../diagnostics.js';
import { exifOrientation, type Orientation, upright } from './orientation.js';
import type { Size } from './picture.js';

export interface JpegHeader extends Size {
  /** Bits a sample. */
  readonly precision: number;
  readonly components: number;
  /** The process: 0 baseline, 1 extended, 2 progressive, 3 lossless and on. */
  readonly process: number;
  readonly orientation: Orientation;
  /** The colour transform that Adobe's marker tells: 0 none, 1 YCbCr, 2 YCCK. */
  readonly adobeTransform: number | undefined;
  /** Where the entropy-coded data of the first scan start. */
  readonly scan: number;
}

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Throws ProblemError US2005. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Omit<JpegHeader, 'orientation' | 'adobeTransform' | 'scan'> | undefined;
  let orientation = upright;
  let adobeTransform: number | undefined;
  let at = 2;
  for (;;) {
    // Any number of fill bytes may stand before a marker.
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 4 > bytes.length) truncated(bytes);
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker < 0xffc0 || length < 2) {
      fail('US2005', 'the JPEG picture is damaged', {
        expected: `a marker at byte ${at}`,
        actual: marker.toString(16).padStart(4, '0'),
      });
    }
    if (at + 2 + length > bytes.length) truncated(bytes);
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (isFrame(marker) && segment.length >= 6) {
      frame = {
        process: marker & 0xf,
        precision: segment[0]!,
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components: segment[5]!,
      };
    } else if (marker === 0xffe1 && startsWith(segment, 'Exif\0')) {
      orientation = exifOrientation(segment);
    } else if (marker === 0xffee && startsWith(segment, 'Adobe')) {
      adobeTransform = segment[11];
    }
    at += 2 + length;
    if (marker === 0xffda) break;
  }
  if (frame === undefined)
    fail('US2005', 'the JPEG picture is damaged', { expected: 'a frame header before the scan', actual: 'none' });
  return { ...frame, orientation, adobeTransform, scan: at };
}

/** SOF0 to SOF15; among them are tables (C4), extensions (C8) and arithmetic conditioning (CC). */
function isFrame(marker: number): boolean {
  return marker >= 0xffc0 && marker <= 0xffcf && marker !== 0xffc4 && marker !== 0xffc8 && marker !== 0xffcc;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((character, i) => bytes[i] === character.charCodeAt(0));
}

function truncated(bytes: Uint8Array): never {
  fail('US2005', 'the JPEG picture is truncated', {
    expected: 'a scan',
    actual: `the file ends after ${bytes.length} bytes`,
  });
}
