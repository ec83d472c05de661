/** Pictures: pixels in memory, whatever file they came from. */

/** Pixels, row by row from the top, channels next to one another. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Grey, grey and alpha, RGB, RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** 0 to 255 in a Uint8Array, 0 to 65535 in a Uint16Array. */
  readonly data: Uint8Array | Uint16Array;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A colour name of the channels: `grey`, `RGB with alpha`. */
export function describeChannels(channels: number): string {
  return ['grey', 'grey with alpha', 'RGB', 'RGB with alpha'][channels - 1] ?? `${channels} channels`;
}
