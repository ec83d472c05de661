/** The markers of a JPEG file (ITU-T T.81, Annex B), walked before anything is decoded. */
import { defineProblem, fail } from '../diagnostics.js';
import { exifOrientation, type Orientation, upright } from './orientation.js';
import type { Size } from './picture.js';
import { textAt } from './text-at.js';

export interface JpegHeader extends Size {
  /** Bits a sample. */
  readonly precision: number;
  /** The coding process: 0 baseline, 1 extended, 2 progressive, 3 lossless, 5 and up others. */
  readonly process: number;
  /** Sampling factors of each component. */
  readonly components: readonly { readonly across: number; readonly down: number }[];
  readonly orientation: Orientation;
  /** Whether the file has Adobe's marker. Without it, the colors of four components are not defined. */
  readonly isAdobe: boolean;
  /** Where the first scan starts. */
  readonly scan: number;
}

const markers = { soi: 0xd8, eoi: 0xd9, sos: 0xda, app1: 0xe1, app14: 0xee } as const;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === markers.soi && bytes[2] === 0xff;
}

/** Reads everything before the first scan. Throws ProblemError US2005. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  let frame: Pick<JpegHeader, 'width' | 'height' | 'precision' | 'process' | 'components'> | undefined;
  let orientation = upright;
  let isAdobe = false;
  let at = 2;
  for (;;) {
    const { code, start, end } = segmentAt(bytes, at);
    const segment = bytes.subarray(start, end);
    if (code === markers.sos) break;
    if (isFrame(code)) {
      if (frame !== undefined) damaged('one frame', 'several');
      frame = readFrame(code, segment);
    } else if (code === markers.app1 && textAt(segment, 0, 5) === 'Exif\0') {
      orientation = exifOrientation(segment);
    } else if (code === markers.app14 && textAt(segment, 0, 5) === 'Adobe') {
      isAdobe = true;
    }
    at = end;
  }
  if (frame === undefined) damaged('a frame header before the scan', 'none');
  return { ...frame, orientation, isAdobe, scan: at };
}

interface Segment {
  readonly code: number;
  /** Offset of the content after the length. */
  readonly start: number;
  readonly end: number;
}

function segmentAt(bytes: Uint8Array, offset: number): Segment {
  let at = offset;
  // Any number of fill bytes may stand before a marker.
  while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
  if (at + 4 > bytes.length) truncated(bytes);
  const code = bytes[at + 1]!;
  if (bytes[at] !== 0xff || code < 0xc0 || code === markers.eoi)
    damaged(`a marker at byte ${at}`, `${hex(bytes[at]!)} ${hex(code)}`);
  const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  if (length < 2) damaged(`the length of a segment at byte ${at + 2}`, String(length));
  if (at + 2 + length > bytes.length) truncated(bytes);
  return { code, start: at + 4, end: at + 2 + length };
}

/** SOF0 to SOF15; among them are tables (C4), extensions (C8) and arithmetic conditioning (CC). */
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

function readFrame(
  code: number,
  segment: Uint8Array,
): Pick<JpegHeader, 'width' | 'height' | 'precision' | 'process' | 'components'> {
  const count = segment[5] ?? 0;
  if (segment.length < 6 + 3 * count || count === 0)
    damaged('a frame header with components', `${segment.length} bytes`);
  const components = Array.from({ length: count }, (_, i) => ({
    across: segment[7 + 3 * i]! >> 4,
    down: segment[7 + 3 * i]! & 0xf,
  }));
  if (components.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4))
    damaged('sampling factors 1 to 4', components.map(({ across, down }) => `${across}×${down}`).join(', '));
  return {
    process: code & 0xf,
    precision: segment[0]!,
    height: (segment[1]! << 8) | segment[2]!,
    width: (segment[3]! << 8) | segment[4]!,
    components,
  };
}

/** Many scans over a large picture take long to decode even if the file is small. Encoders write about ten. */
const mostScans = 100;

const jpegShort = defineProblem(
  'US2005',
  { neededBytes: 'integer', width: 'integer', height: 'integer', bytes: 'integer' },
  ({ neededBytes, width, height, bytes }) => ({
    message: 'the JPEG picture is truncated, or its header claims too much',
    expected: `at least ${neededBytes} bytes of pixels for ${width}×${height}`,
    actual: String(bytes),
  }),
);

/**
 * Walks the scans to the end of the image. A block of 8 × 8 samples takes at least one bit in a progressive file and
 * two in a sequential one, so a header that claims too large a size is refused before any memory is allocated. Throws
 * ProblemError US2005.
 */
export function checkJpegScans(bytes: Uint8Array, header: JpegHeader): void {
  let at = header.scan;
  let coded = 0;
  for (let scans = 0; ; ) {
    const { code, end } = segmentAt(bytes, at);
    at = end;
    if (code !== markers.sos) continue;
    if (++scans > mostScans) damaged(`at most ${mostScans} scans`, 'more');
    const next = endOfScan(bytes, at);
    coded += next - at;
    at = next;
    if (bytes[at + 1] === markers.eoi) break;
  }
  const needed = Math.ceil((blocksOf(header) * (header.process === 2 ? 1 : 2)) / 8);
  if (coded < needed) {
    fail(jpegShort({ neededBytes: needed, width: header.width, height: header.height, bytes: coded }));
  }
}

/** The offset of the next marker that is neither a stuffed byte nor a restart; fill bytes before it are skipped. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code === undefined) break;
    if (code !== 0 && code !== 0xff && (code < 0xd0 || code > 0xd7)) return at;
  }
  truncated(bytes);
}

/** Blocks of 8 × 8 samples. */
function blocksOf({ width, height, components }: JpegHeader): number {
  const mostAcross = Math.max(...components.map(({ across }) => across));
  const mostDown = Math.max(...components.map(({ down }) => down));
  return components.reduce(
    (sum, { across, down }) =>
      sum + Math.ceil((width * across) / mostAcross / 8) * Math.ceil((height * down) / mostDown / 8),
    0,
  );
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

const jpegDamaged = defineProblem('US2005', { expected: 'string', actual: 'string' }, ({ expected, actual }) => ({
  message: 'the JPEG picture is damaged',
  expected,
  actual,
}));

function damaged(expected: string, actual: string): never {
  fail(jpegDamaged({ expected, actual }));
}

const jpegTruncated = defineProblem('US2005', { bytes: 'integer' }, ({ bytes }) => ({
  message: 'the JPEG picture is truncated',
  expected: 'a marker at the end of the image',
  actual: `the file ends after ${bytes} bytes`,
}));

function truncated(bytes: Uint8Array): never {
  fail(jpegTruncated({ bytes: bytes.length }));
}
