/**
 * Decodes TIFF files (TIFF 6.0). No package fits: `tiff` does not read tiles of several samples, PackBits or CMYK,
 * `utif2` does not check its input, and `geotiff` is nine megabytes large.
 */
import type { DecodedPicture } from './decoded.js';
import { newSamples, type Picture, type Samples } from './picture.js';
import { damaged, photometrics, readTiffHeader, type TiffHeader } from './tiff-header.js';
import { unpack } from './tiff-unpack.js';

/**
 * The pixels of the first page of a TIFF file, whose size the caller has checked, as they are stored: gray or RGB, with
 * alpha if the file has it, of 8 or 16 bits. Color profiles are ignored. Throws ProblemError US2005.
 */
export function decodeTiff(bytes: Uint8Array): DecodedPicture {
  const header = readTiffHeader(bytes);
  const { picture, notes } = pictureOf(readSamples(bytes, header), header);
  const pages = header.pages > 1 ? [`the first of its ${header.pages} pages is read`] : [];
  return { picture, notes: [...pages, ...notes] };
}

/** All samples, pixel by pixel; those of fewer than 8 bits keep their values. */
function readSamples(bytes: Uint8Array, header: TiffHeader): Samples {
  const { width, height, samples, bits, isPlanar, blocks, compression, hasPredictor } = header;
  const out = newSamples(width * height * samples, bits === 16);
  const perPixel = isPlanar ? 1 : samples;
  const rowBytes = Math.ceil((blocks.width * perPixel * bits) / 8);
  const buffer = new Uint8Array(rowBytes * blocks.height);
  const perPlane = blocks.across * blocks.down;
  for (let plane = 0; plane < (isPlanar ? samples : 1); plane++) {
    for (let block = 0; block < perPlane; block++) {
      const left = (block % blocks.across) * blocks.width;
      const top = Math.floor(block / blocks.across) * blocks.height;
      const rows = Math.min(blocks.height, height - top);
      const columns = Math.min(blocks.width, width - left);
      const index = plane * perPlane + block;
      const start = blocks.offsets[index]!;
      // The last strip has only the remaining rows; the last tiles are padded with rows that are not needed.
      const content = buffer.subarray(0, rows * rowBytes);
      unpack(bytes.subarray(start, start + blocks.byteCounts[index]!), compression, content);
      for (let row = 0; row < rows; row++) {
        const line = content.subarray(row * rowBytes, (row + 1) * rowBytes);
        const target = ((top + row) * width + left) * samples + plane;
        placeRow(line, out, target, columns, perPixel, samples, header);
        if (hasPredictor) undoPredictor(out, target, columns, perPixel, samples);
      }
    }
  }
  return out;
}

/** Writes the samples of a row to `out` from `target` on, pixels `stride` samples apart. */
function placeRow(
  line: Uint8Array,
  out: Samples,
  target: number,
  columns: number,
  perPixel: number,
  stride: number,
  { bits, isLittle }: TiffHeader,
): void {
  const count = columns * perPixel;
  if (bits === 8 && perPixel === stride) {
    out.set(line.subarray(0, count), target);
    return;
  }
  const mask = 2 ** bits - 1;
  const [low, high] = isLittle ? [0, 1] : [1, 0];
  for (let i = 0; i < count; i++) {
    const at = perPixel === stride ? target + i : target + i * stride;
    if (bits === 16) out[at] = line[2 * i + low]! | (line[2 * i + high]! << 8);
    else if (bits === 8) out[at] = line[i]!;
    else out[at] = (line[(i * bits) >> 3]! >> (8 - bits - ((i * bits) & 7))) & mask;
  }
}

/**
 * Horizontal differencing (section 14): each sample is stored as the difference from the pixel before, modulo its
 * range.
 */
function undoPredictor(out: Samples, target: number, columns: number, perPixel: number, stride: number): void {
  for (let sample = 0; sample < perPixel; sample++)
    for (let column = 1; column < columns; column++) {
      const at = target + column * stride + sample;
      out[at]! += out[at - stride]!;
    }
}

/** Values of ExtraSamples. */
const associatedAlpha = 1;
const alpha = 2;

function pictureOf(data: Samples, header: TiffHeader): DecodedPicture {
  const { width, height, samples, bits, photometric, extraSamples } = header;
  const isPlain =
    photometric === photometrics.rgb ? samples === 3 : photometric === photometrics.blackIsZero && samples === 1;
  if (isPlain && bits >= 8) return { picture: { width, height, channels: samples === 3 ? 3 : 1, data }, notes: [] };
  const most = bits === 16 ? 65535 : 255;
  const pixels = width * height;
  const colors = photometric === photometrics.rgb ? 3 : photometric === photometrics.cmyk ? 4 : 1;
  const alphaIndex = extraSamples.findIndex((kind) => kind === associatedAlpha || kind === alpha);
  const hasAlpha = alphaIndex !== -1 && colors + alphaIndex < samples;
  const ignored = samples - colors - (hasAlpha ? 1 : 0);
  const notes =
    ignored > 0
      ? [
          `${ignored === 1 ? 'a sample' : `${ignored} samples`} a pixel of no known meaning ${ignored === 1 ? 'is' : 'are'} left out`,
        ]
      : [];
  const shown = colors === 1 && photometric !== photometrics.palette ? 1 : 3;
  const channels = (shown + (hasAlpha ? 1 : 0)) as Picture['channels'];
  const out = newSamples(pixels * channels, bits === 16);
  const place = colorPlacer(header, most);
  for (let pixel = 0; pixel < pixels; pixel++) place(data, pixel * samples, out, pixel * channels);
  if (hasAlpha) {
    const isAssociated = extraSamples[alphaIndex] === associatedAlpha;
    const factor = most / (2 ** bits - 1);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = data[pixel * samples + colors + alphaIndex]! * factor;
      const at = pixel * channels;
      if (isAssociated && value > 0)
        for (let i = at; i < at + shown; i++) out[i] = Math.min(most, Math.round((out[i]! * most) / value));
      out[at + shown] = value;
    }
  }
  if (photometric === photometrics.cmyk) notes.push('CMYK is made RGB without a color profile');
  return { picture: { width, height, channels, data: out }, notes };
}

/** Writes the colors of the pixel whose samples start at `from` to `out` from `to` on. */
function colorPlacer(
  { photometric, bits, colorMap }: TiffHeader,
  most: number,
): (data: Samples, from: number, out: Samples, to: number) => void {
  const factor = most / (2 ** bits - 1);
  switch (photometric) {
    case photometrics.whiteIsZero:
      return (data, from, out, to) => {
        out[to] = most - data[from]! * factor;
      };
    case photometrics.palette: {
      const entries = 2 ** bits;
      if (bits === 16 || colorMap === undefined || colorMap.length !== 3 * entries)
        damaged(`a palette of ${entries} colors`, colorMap === undefined ? 'none' : `${colorMap.length} numbers`);
      // Entries have 16 bits. Some files have 8-bit values by mistake, which would all be black.
      const shift = colorMap.some((value) => value > 255) ? 8 : 0;
      return (data, from, out, to) => {
        for (let i = 0; i < 3; i++) out[to + i] = colorMap[i * entries + data[from]!]! >> shift;
      };
    }
    case photometrics.cmyk:
      return (data, from, out, to) => {
        const black = most - data[from + 3]! * factor;
        for (let i = 0; i < 3; i++) out[to + i] = Math.round(((most - data[from + i]! * factor) * black) / most);
      };
    case photometrics.rgb:
      return (data, from, out, to) => {
        for (let i = 0; i < 3; i++) out[to + i] = data[from + i]! * factor;
      };
    default:
      return (data, from, out, to) => {
        out[to] = data[from]! * factor;
      };
  }
}
