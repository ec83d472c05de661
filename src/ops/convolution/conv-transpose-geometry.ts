/**
 * The geometry of a transposed convolution, axis by axis.
 *
 * Output element o of an axis sums kernel element k of input element i where o = i·stride + k·dilation − padBegin.
 * Sizes: output = (input − 1)·stride + extent − padBegin − padEnd + tail, with extent = (kernel − 1)·dilation + 1.
 */
export interface ConvTransposeAxis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements cropped from the front of the full result; at least 0. */
  readonly padBegin: number;
  /** Elements cropped from its end; at least 0. */
  readonly padEnd: number;
  /**
   * Elements added at the end: output_padding, and what an output_shape requests beyond it. Those that the kernel does
   * not reach are only bias.
   */
  readonly tail: number;
  readonly output: number;
}

/** Channels and the axes' geometry; X is [batch, inputChannels, …input], W [inputChannels, outputChannels / group, …kernel]. */
export interface ConvTransposeGeometry {
  readonly batch: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly group: number;
  readonly axes: readonly ConvTransposeAxis[];
}

/** Elements that the dilated kernel covers. */
export function kernelExtent({ kernel, dilation }: Pick<ConvTransposeAxis, 'kernel' | 'dilation'>): number {
  return (kernel - 1) * dilation + 1;
}
