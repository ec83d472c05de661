/**
 * The directories of TIFF files and EXIF data (TIFF 6.0, section 2): numbers by tag. Nothing is trusted: an entry that
 * points outside the bytes counts as absent.
 */

/** Tags of TIFF 6.0; the DNG version is from DNG 1.7. */
export const tiffTags = {
  newSubfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  dngVersion: 50706,
} as const;

/** Bytes of a value by type, for the integer types BYTE, SHORT and LONG. */
const sizes: Readonly<Record<number, 1 | 2 | 4>> = { 1: 1, 3: 2, 4: 4 };

/** Longer arrays are taken for damage. */
const mostValues = 1 << 20;

/** Reads a TIFF header; undefined if the bytes have none. */
export function tiffReader(bytes: Uint8Array): TiffReader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return undefined;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const isLittle = order === 0x4949;
  return view.getUint16(2, isLittle) === 42 ? new TiffReader(view, isLittle, view.getUint32(4, isLittle)) : undefined;
}

export class TiffReader {
  constructor(
    private readonly view: DataView,
    readonly isLittle: boolean,
    /** Offset of the first directory. */
    readonly first: number,
  ) {}

  /** The directory at `offset`; undefined where it does not lie inside the bytes. */
  directory(offset: number): TiffDirectory | undefined {
    const { view, isLittle } = this;
    if (offset < 8 || offset + 2 > view.byteLength) return undefined;
    const end = offset + 2 + 12 * view.getUint16(offset, isLittle);
    if (end > view.byteLength) return undefined;
    const entries = new Map<number, number>();
    for (let entry = offset + 2; entry < end; entry += 12) entries.set(view.getUint16(entry, isLittle), entry);
    const next = end + 4 <= view.byteLength ? view.getUint32(end, isLittle) : 0;
    return new TiffDirectory(view, isLittle, entries, next);
  }
}

export class TiffDirectory {
  constructor(
    private readonly view: DataView,
    private readonly isLittle: boolean,
    /** Offsets of the entries by tag. */
    private readonly entries: ReadonlyMap<number, number>,
    /** Offset of the next directory; 0 if there is none. */
    readonly next: number,
  ) {}

  /** The integers of a tag; undefined where there are none, or too many. */
  numbers(tag: number): readonly number[] | undefined {
    const { view, isLittle } = this;
    const entry = this.entries.get(tag);
    if (entry === undefined) return undefined;
    const size = sizes[view.getUint16(entry + 2, isLittle)];
    const count = view.getUint32(entry + 4, isLittle);
    if (size === undefined || count > mostValues) return undefined;
    const start = size * count <= 4 ? entry + 8 : view.getUint32(entry + 8, isLittle);
    if (start + size * count > view.byteLength) return undefined;
    return Array.from({ length: count }, (_, i) => {
      const at = start + i * size;
      return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, isLittle) : view.getUint32(at, isLittle);
    });
  }

  has(tag: number): boolean {
    return this.entries.has(tag);
  }

  /** The first integer of a tag. */
  number(tag: number): number | undefined {
    return this.numbers(tag)?.[0];
  }
}
