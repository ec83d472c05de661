/** The header of a TIFF file's first page (TIFF 6.0), checked before anything is unpacked. */
import { defineProblem, fail } from '../diagnostics.js';
import { asOrientation, type Orientation } from './orientation.js';
import type { Size } from './picture.js';
import { type TiffDirectory, type TiffReader, tiffReader, tiffTags } from './tiff-directory.js';

export const photometrics = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, cmyk: 5 } as const;

export type TiffCompression = 'none' | 'LZW' | 'deflate' | 'PackBits';

const compressions: Readonly<Record<number, TiffCompression>> = {
  1: 'none',
  5: 'LZW',
  8: 'deflate',
  32773: 'PackBits',
  32946: 'deflate',
};

/** Other compressions that are in use, so that the error can name them. */
const otherCompressions: Readonly<Record<number, string>> = {
  2: 'CCITT fax',
  3: 'CCITT fax',
  4: 'CCITT fax',
  6: 'JPEG',
  7: 'JPEG',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
};

const otherPhotometrics: Readonly<Record<number, string>> = {
  4: 'a transparency mask',
  6: 'YCbCr colors',
  8: 'CIELab colors',
  32803: 'raw pixels of a camera',
  34892: 'raw pixels of a camera',
};

/** Rectangles of pixels that are packed separately: strips or tiles, each of one plane or of all samples. */
interface Blocks extends Size {
  readonly offsets: readonly number[];
  readonly byteCounts: readonly number[];
  readonly across: number;
  readonly down: number;
}

export interface TiffHeader extends Size {
  readonly isLittle: boolean;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  readonly samples: number;
  readonly photometric: number;
  readonly compression: TiffCompression;
  readonly hasPredictor: boolean;
  /** Whether each sample has its own blocks, after those of the sample before. */
  readonly isPlanar: boolean;
  readonly blocks: Blocks;
  readonly extraSamples: readonly number[];
  readonly colorMap: readonly number[] | undefined;
  readonly orientation: Orientation;
  readonly pages: number;
}

export function isTiff(bytes: Uint8Array): boolean {
  return tiffReader(bytes) !== undefined;
}

/** Size and orientation alone. Throws ProblemError US2005. */
export function readTiffSize(bytes: Uint8Array): Size & { readonly orientation: Orientation } {
  const { directory } = openTiff(bytes);
  return {
    width: required(directory, tiffTags.width, 'a width'),
    height: required(directory, tiffTags.height, 'a height'),
    orientation: asOrientation(directory.number(tiffTags.orientation)),
  };
}

const tiffTruncated = defineProblem('US2005', { bytes: 'integer' }, ({ bytes }) => ({
  message: 'the TIFF picture is truncated',
  expected: 'a directory of its first page',
  actual: `the file ends after ${bytes} bytes`,
}));

function openTiff(bytes: Uint8Array): { readonly reader: TiffReader; readonly directory: TiffDirectory } {
  const reader = tiffReader(bytes);
  const directory = reader?.directory(reader.first);
  if (reader === undefined || directory === undefined) {
    fail(tiffTruncated({ bytes: bytes.length }));
  }
  return { reader, directory };
}

/** The header of the first page. Throws ProblemError US2005 if it is damaged or of a kind that is not read. */
export function readTiffHeader(bytes: Uint8Array): TiffHeader {
  const { reader, directory } = openTiff(bytes);
  const isReduced = ((directory.number(tiffTags.newSubfileType) ?? 0) & 1) === 1;
  if (isReduced || directory.has(tiffTags.dngVersion)) unread('a raw picture of a camera, or a preview first');
  const size = readTiffSize(bytes);
  const samples = directory.number(tiffTags.samplesPerPixel) ?? 1;
  const bits = readBits(directory);
  const code = directory.number(tiffTags.compression) ?? 1;
  const compression = compressions[code];
  if (compression === undefined) unread(`${otherCompressions[code] ?? `compression ${code}`} inside`);
  const photometric = required(directory, tiffTags.photometric, 'the meaning of its samples');
  const isPlanar = (directory.number(tiffTags.planarConfiguration) ?? 1) === 2 && samples > 1;
  const predictor = directory.number(tiffTags.predictor) ?? 1;
  if (predictor > 2 || (predictor === 2 && bits < 8)) unread(`predictor ${predictor} with ${bits} bits`);
  if (directory.number(tiffTags.fillOrder) === 2 && bits < 8) unread('bits from low to high');
  const colors = colorsOf(photometric, directory);
  if (samples < colors || samples > 64) damaged(`${colors} samples a pixel or a few more`, String(samples));
  return {
    ...size,
    isLittle: reader.isLittle,
    bits,
    samples,
    photometric,
    compression,
    hasPredictor: predictor === 2,
    isPlanar,
    blocks: readBlocks(bytes, directory, size, samples, bits, isPlanar, compression),
    extraSamples: directory.numbers(tiffTags.extraSamples) ?? [],
    colorMap: directory.numbers(tiffTags.colorMap),
    pages: countPages(reader, directory),
  };
}

function readBits(directory: TiffDirectory): TiffHeader['bits'] {
  const all = directory.numbers(tiffTags.bitsPerSample) ?? [1];
  const bits = all[0];
  const format = directory.numbers(tiffTags.sampleFormat) ?? [1];
  if (format.some((value) => value !== 1 && value !== 4))
    unread(format.includes(3) ? 'samples that are floats' : 'samples that are signed', 'save its values as .npy');
  if (all.some((value) => value !== bits)) unread(`${all.join(', ')} bits a sample`);
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8 && bits !== 16) unread(`${bits} bits a sample`);
  return bits;
}

function colorsOf(photometric: number, directory: TiffDirectory): number {
  switch (photometric) {
    case photometrics.whiteIsZero:
    case photometrics.blackIsZero:
    case photometrics.palette:
      return 1;
    case photometrics.rgb:
      return 3;
    case photometrics.cmyk:
      if ((directory.number(tiffTags.inkSet) ?? 1) !== 1) unread('inks that are not CMYK');
      return 4;
    default:
      unread(otherPhotometrics[photometric] ?? `photometric interpretation ${photometric}`);
  }
}

/** The most bytes that one packed byte can expand to. */
const mostUnpacked: Readonly<Record<TiffCompression, number>> = { none: 1, LZW: 4096, deflate: 1032, PackBits: 64 };

/** Larger tiles are taken for damage. */
const mostTilePixels = 1 << 26;

const tiffStripOutside = defineProblem(
  'US2005',
  { offset: 'integer', byteCount: 'integer', bytes: 'integer' },
  ({ offset, byteCount, bytes }) => ({
    message: 'the TIFF picture is truncated',
    expected: `pixels up to byte ${offset + byteCount}`,
    actual: `the file ends after ${bytes} bytes`,
  }),
);

function readBlocks(
  bytes: Uint8Array,
  directory: TiffDirectory,
  { width, height }: Size,
  samples: number,
  bits: number,
  isPlanar: boolean,
  compression: TiffCompression,
): Blocks {
  const tileWidth = directory.number(tiffTags.tileWidth);
  const tileHeight = directory.number(tiffTags.tileHeight);
  const isTiled = tileWidth !== undefined && tileHeight !== undefined;
  const blockWidth = isTiled ? tileWidth : width;
  const rowsPerStrip = Math.min(height, directory.number(tiffTags.rowsPerStrip) ?? height);
  const blockHeight = isTiled ? tileHeight : rowsPerStrip;
  if (!(blockWidth > 0 && blockHeight > 0) || (isTiled && blockWidth * blockHeight > mostTilePixels))
    damaged('strips or tiles of pixels', `${blockWidth}×${blockHeight}`);
  const across = Math.ceil(width / blockWidth);
  const down = Math.ceil(height / blockHeight);
  const count = across * down * (isPlanar ? samples : 1);
  const offsets = directory.numbers(isTiled ? tiffTags.tileOffsets : tiffTags.stripOffsets) ?? [];
  if (offsets.length < count) damaged(`${count} strips or tiles`, String(offsets.length));
  const rowBytes = Math.ceil((blockWidth * (isPlanar ? 1 : samples) * bits) / 8);
  const counts = directory.numbers(isTiled ? tiffTags.tileByteCounts : tiffTags.stripByteCounts);
  // Some old writers omit the counts of uncompressed strips.
  const byteCounts =
    counts ??
    Array.from({ length: count }, (_, i) => {
      const row = Math.floor(i / across) % down;
      return rowBytes * (isTiled ? blockHeight : Math.min(blockHeight, height - row * blockHeight));
    });
  if (byteCounts.length < count) damaged(`${count} strips or tiles`, String(byteCounts.length));
  let packed = 0;
  for (let i = 0; i < count; i++) {
    packed += byteCounts[i]!;
    if (offsets[i]! + byteCounts[i]! > bytes.length) {
      fail(tiffStripOutside({ offset: offsets[i]!, byteCount: byteCounts[i]!, bytes: bytes.length }));
    }
  }
  if (packed > bytes.length) damaged('strips or tiles that do not overlap', `${packed} bytes of them`);
  const needed = Math.ceil((width * height * samples * bits) / 8);
  if (packed * mostUnpacked[compression] < needed)
    damaged(`${needed} bytes of pixels for ${width}×${height}`, `${packed} packed bytes, too few for them`);
  return { width: blockWidth, height: blockHeight, offsets, byteCounts, across, down };
}

/** Counting pages stops here. */
const mostPages = 10_000;

function countPages(reader: TiffReader, first: TiffDirectory): number {
  const seen = new Set([reader.first]);
  let directory: TiffDirectory | undefined = first;
  while (directory !== undefined && directory.next !== 0 && !seen.has(directory.next) && seen.size < mostPages) {
    const { next }: TiffDirectory = directory;
    directory = reader.directory(next);
    if (directory !== undefined) seen.add(next);
  }
  return seen.size;
}

function required(directory: TiffDirectory, tag: number, what: string): number {
  return directory.number(tag) ?? damaged(what, 'none');
}

const tiffDamaged = defineProblem('US2005', { expected: 'string', actual: 'string' }, ({ expected, actual }) => ({
  message: 'the TIFF picture is damaged',
  expected,
  actual,
}));

export function damaged(expected: string, actual: string): never {
  fail(tiffDamaged({ expected, actual }));
}

const tiffKind = defineProblem('US2005', { actual: 'string', hint: 'string' }, ({ actual, hint }) => ({
  message: 'TIFF pictures of this kind are not read',
  expected: 'gray, RGB, palette or CMYK of 1 to 16 bits, unpacked or packed by LZW, deflate or PackBits',
  actual,
  hint,
}));

function unread(actual: string, hint = 'save it as PNG'): never {
  fail(tiffKind({ actual, hint }));
}
