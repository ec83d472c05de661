/** Converts the RGBA output of decoders to the channels that the file has. */
import type { Picture } from './picture.js';

/** The colors of gray files are equal, so the first is taken. */
export function picturesChannels(
  { width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray },
  channels: 1 | 3 | 4,
): Picture {
  const pixels = width * height;
  if (channels === 4)
    return { width, height, channels, data: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length) };
  const out = new Uint8Array(pixels * channels);
  for (let pixel = 0, at = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) out[at++] = data[4 * pixel + channel]!;
  }
  return { width, height, channels, data: out };
}
