/**
 * The directories of TIFF files (TIFF 6.0, section 2), which EXIF data are, too: numbers by their tags. Nothing is
 * trusted: what points outside the bytes is not there.
 */

/** TIFF 6.0, and Exif 2.32 for the orientation. */
export const tiffTags = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  stripByteCounts: 279,
  planarConfiguration: 284,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
} as const;

/** Bytes a value takes, by type: the integers BYTE, SHORT and LONG. */
const sizes: Readonly<Record<number, 1 | 2 | 4>> = { 1: 1, 3: 2, 4: 4 };

/** Arrays that are longer are cut: what they point to is the decoder's business. */
const mostValues = 1 << 20;

export interface TiffDirectory {
  readonly values: ReadonlyMap<number, readonly number[]>;
  /** Where the next one starts; 0 for none. */
  readonly next: number;
}

/** Reads a TIFF header; undefined for anything else. */
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
    private readonly isLittle: boolean,
    /** Of the first directory. */
    readonly first: number,
  ) {}

  /** The directory at `offset`; undefined where it does not lie inside the bytes. */
  directory(offset: number): TiffDirectory | undefined {
    const { view, isLittle } = this;
    if (offset < 8 || offset + 2 > view.byteLength) return undefined;
    const count = view.getUint16(offset, isLittle);
    const end = offset + 2 + 12 * count;
    if (end > view.byteLength) return undefined;
    const values = new Map<number, readonly number[]>();
    for (let entry = offset + 2; entry < end; entry += 12) {
      const numbers = this.numbers(entry);
      if (numbers !== undefined) values.set(view.getUint16(entry, isLittle), numbers);
    }
    return { values, next: end + 4 <= view.byteLength ? view.getUint32(end, isLittle) : 0 };
  }

  private numbers(entry: number): readonly number[] | undefined {
    const { view, isLittle } = this;
    const size = sizes[view.getUint16(entry + 2, isLittle)];
    const count = Math.min(mostValues, view.getUint32(entry + 4, isLittle));
    if (size === undefined) return undefined;
    const start = size * count <= 4 ? entry + 8 : view.getUint32(entry + 8, isLittle);
    if (start + size * count > view.byteLength) return undefined;
    return Array.from({ length: count }, (_, i) => {
      const at = start + i * size;
      return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, isLittle) : view.getUint32(at, isLittle);
    });
  }
}
