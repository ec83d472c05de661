/** Unpacks the strips and tiles of TIFF files. */
import { Unzlib } from 'fflate';
import { damaged, type TiffCompression } from './tiff-header.js';

/** Unpacks into `out` until it is full. Throws ProblemError US2005 if the packed bytes do not fill it. */
export function unpack(packed: Uint8Array, compression: TiffCompression, out: Uint8Array): void {
  const filled = unpackers[compression](packed, out);
  if (filled < out.length) damaged(`${out.length} bytes in a strip or tile`, String(filled));
}

/** Each returns the number of bytes written, at most the length of `out`. */
const unpackers: Readonly<Record<TiffCompression, (packed: Uint8Array, out: Uint8Array) => number>> = {
  none: (packed, out) => {
    out.set(packed.subarray(0, out.length));
    return Math.min(packed.length, out.length);
  },
  deflate: inflate,
  PackBits: unpackBits,
  LZW: unpackLzw,
};

function inflate(packed: Uint8Array, out: Uint8Array): number {
  let at = 0;
  const inflator = new Unzlib((chunk) => {
    const taken = chunk.subarray(0, out.length - at);
    out.set(taken, at);
    at += taken.length;
  });
  const step = 1 << 14;
  try {
    for (let start = 0; start < packed.length && at < out.length; start += step)
      inflator.push(packed.subarray(start, start + step));
  } catch (error) {
    damaged('packed pixels', error instanceof Error ? error.message : String(error));
  }
  return at;
}

/** PackBits (section 9): a count, then so many bytes, or one byte to repeat so often. */
function unpackBits(packed: Uint8Array, out: Uint8Array): number {
  let at = 0;
  for (let from = 0; from < packed.length && at < out.length; ) {
    const count = packed[from++]!;
    if (count < 128) {
      const literal = packed.subarray(from, Math.min(from + count + 1, from + out.length - at));
      out.set(literal, at);
      at += literal.length;
      from += count + 1;
    } else if (count > 128 && from < packed.length) {
      const end = Math.min(out.length, at + 257 - count);
      out.fill(packed[from++]!, at, end);
      at = end;
    }
  }
  return at;
}

const clear = 256;
const end = 257;
const firstFree = 258;
const mostCodes = 4096;

/**
 * LZW (section 13): codes of 9 to 12 bits, high bit first. Codes become one bit longer one code earlier than they would
 * have to.
 */
function unpackLzw(packed: Uint8Array, out: Uint8Array): number {
  // A string is its place in the unpacked bytes and its length, which is one more than that of the string it extends.
  const places = new Int32Array(mostCodes);
  const lengths = new Int32Array(mostCodes);
  let next = firstFree;
  let width = 9;
  let previous = -1;
  let previousPlace = 0;
  let previousLength = 0;
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (let from = 0; at < out.length; ) {
    while (bitCount < width && from < packed.length) {
      bits = ((bits << 8) | packed[from++]!) & 0xffffff;
      bitCount += 8;
    }
    if (bitCount < width) break;
    bitCount -= width;
    const code = (bits >> bitCount) & ((1 << width) - 1);
    if (code === end) break;
    if (code === clear) {
      next = firstFree;
      width = 9;
      previous = -1;
      continue;
    }
    const place = at;
    if (code < clear) {
      out[at++] = code;
    } else {
      // A code that is not defined yet is the previous string followed by its own first byte.
      const isNew = code === next && previous !== -1;
      if (!isNew && code >= next) damaged(`LZW codes below ${next}`, String(code));
      const source = isNew ? previousPlace : places[code]!;
      const length = Math.min(isNew ? previousLength + 1 : lengths[code]!, out.length - at);
      for (let i = 0; i < length; i++) out[at++] = out[source + i]!;
    }
    if (previous !== -1 && next < mostCodes) {
      // The previous string and the first byte of this one are adjacent in the output.
      places[next] = previousPlace;
      lengths[next] = previousLength + 1;
      next++;
    }
    if (next >= (1 << width) - 1 && width < 12) width++;
    previous = code;
    previousPlace = place;
    previousLength = at - place;
  }
  return at;
}
