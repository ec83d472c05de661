/** What kernels of convolutions are compared with. */

export interface ConvolutionGeometry {
  readonly images: number;
  /** Rows and pixels of the output. */
  readonly height: number;
  readonly width: number;
  readonly groups: number;
  /** Input channels and columns of a group. */
  readonly channels: number;
  readonly columns: number;
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
}

/** Pixels apart, in floats, and pixels of an input row. The input has its halo. */
export interface ConvolutionLayout {
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly pixel: number;
  readonly outPixel: number;
}

/**
 * The definition, in double precision, laid out as the output is; NaN between pixels.
 * @param w weights [columns of all groups, kernel height, kernel width, channels]
 * @param finish what becomes of a sum, whose bias is in it, at an index of the output
 */
export function convolve(
  g: ConvolutionGeometry,
  { inputHeight, inputWidth, pixel, outPixel }: ConvolutionLayout,
  { x, w, bias }: { readonly x: Float32Array; readonly w: Float32Array; readonly bias: Float32Array | undefined },
  finish: (sum: number, index: number) => number,
): Float64Array {
  const [kh, kw] = g.kernel;
  const y = new Float64Array(g.images * g.height * g.width * outPixel).fill(Number.NaN);
  const sumAt = (n: number, oh: number, ow: number, o: number): number => {
    let sum = bias?.[o] ?? 0;
    const firstChannel = Math.floor(o / g.columns) * g.channels;
    for (let a = 0; a < kh; a++) {
      for (let b = 0; b < kw; b++) {
        const row = n * inputHeight + oh * g.strides[0] + a * g.dilations[0];
        const at = (row * inputWidth + ow * g.strides[1] + b * g.dilations[1]) * pixel + firstChannel;
        const weightsAt = ((o * kh + a) * kw + b) * g.channels;
        for (let c = 0; c < g.channels; c++) sum += x[at + c]! * w[weightsAt + c]!;
      }
    }
    return sum;
  };
  for (let n = 0; n < g.images; n++) {
    for (let oh = 0; oh < g.height; oh++) {
      for (let ow = 0; ow < g.width; ow++) {
        for (let o = 0; o < g.groups * g.columns; o++) {
          const index = ((n * g.height + oh) * g.width + ow) * outPixel + o;
          y[index] = finish(sumAt(n, oh, ow, o), index);
        }
      }
    }
  }
  return y;
}
