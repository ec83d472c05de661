/** Depthwise convolutions of bytes: weights as words of up to four taps of a column, and parameters of the kernel. */
import { type ByteDepthwiseParams, byteDepthwiseScratch, depthwiseColumns } from '../../wasm/kernels/byte-depthwise.js';
import { type ConvolutionParams, packedSize } from '../../wasm/kernels/convolution.js';
import { readableAfter } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import { type ByteLayer, type ByteWeights, packedWords } from './byte-operands.js';

export interface ByteDepthwise {
  readonly weights: number;
  readonly scratch: number;
  /** @param pixel words from an input pixel to the next */
  readonly params: (direct: ConvolutionParams, pixel: number) => ByteDepthwiseParams;
}

/** @returns undefined where the window is none of an image */
export function byteDepthwiseOf(
  context: LoweringContext,
  layer: ByteLayer,
  weights: ByteWeights,
): ByteDepthwise | undefined {
  const [window, ...others] = layer.subconvolutions;
  const { dims } = context.values.constant(layer.weights)!;
  if (window === undefined || others.length > 0 || dims.length !== 4) return undefined;
  const [columns, , high, wide] = dims as [number, number, number, number];
  const { height, width } = window;
  if (height.taps.length !== high || width.taps.length !== wide || width.size === 0) return undefined;
  const words = Math.ceil(high / 4);
  const { name } = packedWords(context, layer, weights, [columns, 1, words, wide], 2);
  const taps = Array.from({ length: wide }, (_, x) => Array.from({ length: words }, (_, y) => y * wide + x)).flat();
  const tile = { columns: depthwiseColumns };
  const packed = context.constants.add(packedSize(taps.length, columns, tile) + readableAfter, {
    kind: 'panels',
    tileColumns: depthwiseColumns,
    pieces: [{ value: name, base: 0, taps, channels: 1, channelStride: 1, columns, columnStride: words * wide }],
  });
  const quads = (row: number) =>
    Array.from({ length: words }, (_, word) =>
      Array.from({ length: Math.min(4, high - word * 4) }, (_, i) => (word * 4 + i) * row),
    );
  const shape = { taps: wide, dilation: width.tapStep, stride: width.inputStep };
  return {
    weights: packed,
    scratch: byteDepthwiseScratch(width.size, { ...shape, quads: quads(0) }),
    params: ({ outer, height, width, columns, writable, epilogue, bytes, sum }, pixel) => ({
      ...{ outer, height, width, columns, writable, bytes: bytes!, ...shape, pixel },
      quads: quads(sum.at(-3)!.stride),
      ...(epilogue === undefined ? {} : { epilogue }),
    }),
  };
}
