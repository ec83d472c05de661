/** Decodes PNG files (PNG Specification, third edition). */
import { Unzlib } from 'fflate';
import { defineProblem, fail, ProblemError } from '../diagnostics.js';
import { newSamples, type Picture, type Samples } from './picture.js';
import { checkChunk, damaged, type PngHeader, pngChunks, readPngHeader } from './png-chunks.js';
import { unfilter } from './png-filters.js';

/** The passes of an interlaced picture (section 8.1): where they start and their steps. */
const adam7 = [
  { x: 0, y: 0, across: 8, down: 8 },
  { x: 4, y: 0, across: 8, down: 8 },
  { x: 0, y: 4, across: 4, down: 8 },
  { x: 2, y: 0, across: 4, down: 4 },
  { x: 0, y: 2, across: 2, down: 4 },
  { x: 1, y: 0, across: 2, down: 2 },
  { x: 0, y: 1, across: 1, down: 2 },
] as const;

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly across: number;
  readonly down: number;
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row, without the byte that names the filter. */
  readonly rowBytes: number;
}

/**
 * The pixels of a PNG file whose size the caller has checked. Palettes and transparent colors become channels, gray of
 * fewer than 8 bits is stretched to 8, 16 bits stay. Color profiles are ignored. Throws ProblemError US2005.
 */
export function decodePng(bytes: Uint8Array): Picture {
  const header = readPngHeader(bytes);
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  const packed: Uint8Array[] = [];
  for (const chunk of pngChunks(bytes)) {
    const { type, data } = chunk;
    const isNeeded = type[0]! <= 'Z' || type === 'tRNS';
    if (isNeeded) checkChunk(bytes, chunk);
    if (type === 'PLTE') palette = data;
    else if (type === 'tRNS') transparency = data;
    else if (type === 'IDAT') packed.push(data);
  }
  const samples = readRows(packed, passesOf(header), header);
  if (!header.isIndexed) return withTransparentColor(header, samples, transparency);
  if (palette === undefined || palette.length === 0 || palette.length % 3 !== 0)
    damaged('a palette of colors', palette === undefined ? 'none' : `${palette.length} bytes`);
  return withPalette(header, samples as Uint8Array, palette, transparency);
}

function passesOf({ width, height, bitDepth, samples, isInterlaced }: PngHeader): Pass[] {
  const whole = { x: 0, y: 0, across: 1, down: 1 };
  return (isInterlaced ? adam7 : [whole])
    .map((pass) => {
      const columns = Math.ceil(Math.max(0, width - pass.x) / pass.across);
      const rows = Math.ceil(Math.max(0, height - pass.y) / pass.down);
      return { ...pass, columns, rows, rowBytes: Math.ceil((columns * bitDepth * samples) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Deflate expands one byte to at most 1032. */
const mostInflation = 1032;

/** Packed bytes are unpacked in pieces this small, so that too much output is noticed before it fills memory. */
const step = 1 << 14;

/**
 * The samples of the whole picture, one in each element; those of fewer than 8 bits keep their values. Rows are
 * unfiltered as they are unpacked, so only two of them are in memory.
 */
function readRows(packed: readonly Uint8Array[], passes: readonly Pass[], header: PngHeader): Samples {
  const length = passes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
  const available = packed.reduce((sum, { length: bytes }) => sum + bytes, 0);
  if (available * mostInflation < length) short(length, `${available} packed bytes, too few for them`);
  const count = header.width * header.height * header.samples;
  const out = newSamples(count, header.bitDepth === 16);
  const rows = rowWriter(out, passes, header);
  let unpacked = 0;
  const inflator = new Unzlib((chunk) => {
    unpacked += chunk.length;
    if (unpacked > length) damaged(`${length} bytes of pixels`, 'more');
    rows.write(chunk);
  });
  try {
    for (const data of packed)
      for (let start = 0; start < data.length; start += step) inflator.push(data.subarray(start, start + step));
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    damaged('packed pixels', error instanceof Error ? error.message : String(error));
  }
  if (unpacked < length) short(length, String(unpacked));
  return out;
}

const pngPixelsShort = defineProblem(
  'US2005',
  { expectedBytes: 'integer', actual: 'string' },
  ({ expectedBytes, actual }) => ({
    message: 'the PNG picture is truncated',
    expected: `${expectedBytes} bytes of pixels`,
    actual,
  }),
);

function short(length: number, actual: string): never {
  fail(pngPixelsShort({ expectedBytes: length, actual }));
}

/** Takes the unpacked bytes in pieces of any length and writes the samples of each row as soon as it is complete. */
function rowWriter(
  out: Samples,
  passes: readonly Pass[],
  { width, bitDepth, samples }: PngHeader,
): { write(chunk: Uint8Array): void } {
  const pixelBytes = Math.max(1, (bitDepth * samples) >> 3);
  let index = 0;
  let row = 0;
  let filled = 0;
  // A row: the filter's number, then the pixels.
  let line = new Uint8Array(1 + passes[0]!.rowBytes);
  let above = new Uint8Array(line.length);
  return {
    write(chunk) {
      for (let from = 0; from < chunk.length; ) {
        const part = chunk.subarray(from, from + line.length - filled);
        line.set(part, filled);
        filled += part.length;
        from += part.length;
        if (filled < line.length) return;
        const { x, y, across, down, columns, rows } = passes[index]!;
        const pixels = line.subarray(1);
        unfilter(line[0]!, pixels, above.subarray(1), pixelBytes);
        const target = ((y + row * down) * width + x) * samples;
        if (bitDepth === 8 && across === 1) out.set(pixels, target);
        else scatterRow(pixels, out, target, columns, samples, across, bitDepth);
        [line, above] = [above, line];
        filled = 0;
        if (++row < rows) continue;
        row = 0;
        index++;
        line = new Uint8Array(1 + (passes[index]?.rowBytes ?? 0));
        above = new Uint8Array(line.length);
      }
    },
  };
}

/** Writes the samples of a row to every `across`-th pixel from `target` on. */
function scatterRow(
  line: Uint8Array,
  out: Samples,
  target: number,
  columns: number,
  samples: number,
  across: number,
  bitDepth: number,
): void {
  const mask = 2 ** bitDepth - 1;
  for (let column = 0, i = 0; column < columns; column++) {
    const pixel = target + column * across * samples;
    for (let sample = 0; sample < samples; sample++, i++) {
      if (bitDepth === 16) out[pixel + sample] = (line[2 * i]! << 8) | line[2 * i + 1]!;
      else if (bitDepth === 8) out[pixel + sample] = line[i]!;
      else out[pixel + sample] = (line[(i * bitDepth) >> 3]! >> (8 - bitDepth - ((i * bitDepth) & 7))) & mask;
    }
  }
}

/** Adds alpha to gray and RGB pixels if tRNS names a color: that color is transparent, all others are opaque. */
function withTransparentColor(
  { width, height, bitDepth, samples }: PngHeader,
  data: Samples,
  transparency: Uint8Array | undefined,
): Picture {
  const factor = bitDepth < 8 ? 255 / (2 ** bitDepth - 1) : 1;
  const hasColor = transparency !== undefined && samples % 2 === 1;
  if (!hasColor) {
    if (factor !== 1) for (let i = 0; i < data.length; i++) data[i]! *= factor;
    return { width, height, channels: samples, data };
  }
  if (transparency.length !== 2 * samples)
    damaged(`a transparent color of ${2 * samples} bytes`, String(transparency.length));
  const channels = (samples + 1) as Picture['channels'];
  const wanted = Array.from({ length: samples }, (_, i) => (transparency[2 * i]! << 8) | transparency[2 * i + 1]!);
  const most = bitDepth === 16 ? 65535 : 255;
  const pixels = width * height;
  const out = newSamples(pixels * channels, bitDepth === 16);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let isTransparent = true;
    for (let sample = 0; sample < samples; sample++) {
      const value = data[pixel * samples + sample]!;
      if (value !== wanted[sample]) isTransparent = false;
      out[pixel * channels + sample] = value * factor;
    }
    out[pixel * channels + samples] = isTransparent ? 0 : most;
  }
  return { width, height, channels, data: out };
}

function withPalette(
  { width, height }: PngHeader,
  indices: Uint8Array,
  palette: Uint8Array,
  transparency: Uint8Array | undefined,
): Picture {
  const channels = transparency === undefined ? 3 : 4;
  const data = new Uint8Array(width * height * channels);
  for (let pixel = 0, at = 0; pixel < indices.length; pixel++) {
    const entry = 3 * indices[pixel]!;
    if (entry >= palette.length) damaged(`indices below ${palette.length / 3}`, String(indices[pixel]!));
    data[at++] = palette[entry]!;
    data[at++] = palette[entry + 1]!;
    data[at++] = palette[entry + 2]!;
    if (transparency !== undefined) data[at++] = transparency[indices[pixel]!] ?? 255;
  }
  return { width, height, channels, data };
}
