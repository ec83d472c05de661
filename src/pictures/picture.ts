/** Pictures: pixels in memory, whatever file they came from. */

/** 0 to 255 in a Uint8Array, 0 to 65535 in a Uint16Array. */
export type Samples = Uint8Array | Uint16Array;

/** Pixels, row by row from the top, with interleaved channels. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Gray, gray and alpha, RGB, RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Samples;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The most pixels of a file by default: photographs stay below it, decompression bombs do not. */
export const defaultMaxPixels = 100_000_000;

/** The channels in words: `gray`, `RGB with alpha`. */
export function describeChannels(channels: number): string {
  return ['gray', 'gray with alpha', 'RGB', 'RGB with alpha'][channels - 1] ?? `${channels} channels`;
}

/** Whether samples have 16 bits. */
export function isDeep(data: Samples): data is Uint16Array {
  return data instanceof Uint16Array;
}

/** The largest value of a sample: white, or opaque. */
export function greatestSample(data: Samples): 255 | 65535 {
  return isDeep(data) ? 65535 : 255;
}

/** Zeroed samples, 16 bits each if `deep`. */
export function newSamples(count: number, deep: boolean): Samples {
  return deep ? new Uint16Array(count) : new Uint8Array(count);
}

/**
 * Red, green and blue of every pixel in 8 bits: gray is repeated three times, alpha dropped. May be the picture's own
 * memory.
 */
export function rgbBytes({ width, height, channels, data }: Picture): Uint8Array {
  if (channels === 3 && !isDeep(data)) return data;
  const shift = isDeep(data) ? 8 : 0;
  const out = new Uint8Array(width * height * 3);
  for (let pixel = 0, at = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < 3; channel++)
      out[at++] = data[pixel * channels + (channels >= 3 ? channel : 0)]! >> shift;
  return out;
}
