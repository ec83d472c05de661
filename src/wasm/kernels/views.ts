/**
 * Tensors as kernels see them, and what convolutions and transposed convolutions over them are as strides.
 *
 * The inner layout: channels last; element (n, c, h, w) lies at n * imageStride + h * rowStride + w * pixelStride + c. Around
 * an image there may be a halo of zeros, which is addressed by coordinates below 0 and above the size. Vectors read up to 15
 * floats behind the last channel of a pixel: the memory must be there, its numbers finite.
 */
import { type ConvolutionParams, type OuterAxis, panelsOf, type TileSize } from './convolution.js';
import type { Elementwise } from './elementwise-expression.js';

/** Strides in floats. */
export interface View {
  readonly images: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly imageStride: number;
  readonly rowStride: number;
  readonly pixelStride: number;
  /**
   * Channels, from the view's first, that a kernel may overwrite with anything: more than `channels` when there is padding
   * behind them, not more when they are a slice of a wider tensor.
   */
  readonly writable: number;
}

/** A view of memory of its own: pixels padded to 8 channels, with a halo. */
export interface Halo {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export const noHalo: Halo = { top: 0, left: 0, bottom: 0, right: 0 };

/** The view, the floats that it takes, and where its first element lies in them. */
export function ownView(
  size: Pick<View, 'images' | 'channels' | 'height' | 'width'>,
  halo: Halo = noHalo,
): { readonly view: View; readonly floats: number; readonly offset: number } {
  const pixelStride = Math.ceil(size.channels / 8) * 8;
  const rowStride = (size.width + halo.left + halo.right) * pixelStride;
  const imageStride = (size.height + halo.top + halo.bottom) * rowStride;
  return {
    view: { ...size, imageStride, rowStride, pixelStride, writable: pixelStride },
    floats: size.images * imageStride + 16,
    offset: halo.top * rowStride + halo.left * pixelStride,
  };
}

/** What all kernels of a layer have in common. */
export interface LayerParams {
  readonly input: View;
  readonly output: View;
  readonly groups: number;
  readonly bias: boolean;
  readonly epilogue?: Elementwise;
  /** The further inputs of the epilogue: of the size of the output, or 0 as strides along axes that they lack. */
  readonly operands?: readonly View[];
}

/** Height, then width. */
export type Pair = readonly [number, number];

/** What one output axis of a stride-1 or strided correlation needs. */
export interface AxisWindow {
  /** Outputs along the axis, and the distance and start of them in the output. */
  readonly size: number;
  readonly outputStart: number;
  readonly outputStep: number;
  /** Input coordinate of the first tap at the first output, the step of the input, and of the taps. */
  readonly inputStart: number;
  readonly inputStep: number;
  readonly tapStep: number;
  /** Indices into the kernel, in the order of the input. */
  readonly taps: readonly number[];
}

export function convolutionAxis(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
): AxisWindow {
  return {
    size,
    outputStart: 0,
    outputStep: 1,
    inputStart: -pad,
    inputStep: stride,
    tapStep: dilation,
    taps: Array.from({ length: kernel }, (_, k) => k),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * A transposed convolution along one axis as correlations with stride 1: one for each remainder of output positions by the
 * stride. Output o = i * stride - pad + k * dilation, so remainder p has the taps with (p + pad - k * dilation) divisible by
 * the stride. A phase may have no taps: its outputs are the bias.
 * @param size outputs along the axis.
 */
export function transposedPhases(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
): AxisWindow[] {
  const phases: AxisWindow[] = [];
  for (let phase = 0; phase < Math.min(stride, size); phase++) {
    const taps: number[] = [];
    for (let k = kernel - 1; k >= 0; k--) {
      if ((phase + pad - k * dilation) % stride === 0) taps.push(k);
    }
    phases.push({
      size: Math.ceil((size - phase) / stride),
      outputStart: phase,
      outputStep: stride,
      inputStart: taps.length === 0 ? 0 : (phase + pad - taps[0]! * dilation) / stride,
      inputStep: 1,
      tapStep: dilation / greatestCommonDivisor(stride, dilation),
      taps,
    });
  }
  return phases;
}

/** The halo that the windows reach into: rows or columns before the first and behind the last of `size`. */
export function reach(
  windows: readonly AxisWindow[],
  size: number,
): { readonly before: number; readonly after: number } {
  let before = 0;
  let after = 0;
  for (const { inputStart, inputStep, tapStep, taps, size: outputs } of windows) {
    if (taps.length === 0 || outputs === 0) continue;
    before = Math.max(before, -inputStart);
    after = Math.max(after, inputStart + (outputs - 1) * inputStep + (taps.length - 1) * tapStep - (size - 1));
  }
  return { before, after };
}

/** The parameters of a kernel, and how far from its views' first elements its pointers start, in floats. */
export interface Placed<Params> {
  readonly params: Params;
  readonly inputOffset: number;
  readonly outputOffset: number;
  readonly operandOffsets: readonly number[];
}

/** Output axes with all strides, for one pair of windows. */
export function placeWindows(
  layer: LayerParams,
  height: AxisWindow,
  width: AxisWindow,
): Placed<Pick<ConvolutionParams, 'outer' | 'height' | 'width'>> {
  const { input, output } = layer;
  const operands = layer.operands ?? [];
  const along = (of: (view: View) => number, factor: number) =>
    operands.length === 0 ? {} : { operands: operands.map((view) => of(view) * factor) };
  const images: OuterAxis = {
    size: output.images,
    input: input.imageStride,
    output: output.imageStride,
    ...along((view) => view.imageStride, 1),
  };
  const start = (view: View) => height.outputStart * view.rowStride + width.outputStart * view.pixelStride;
  return {
    params: {
      outer: [images],
      height: {
        size: height.size,
        input: height.inputStep * input.rowStride,
        output: height.outputStep * output.rowStride,
        ...along((view) => view.rowStride, height.outputStep),
      },
      width: {
        size: width.size,
        input: width.inputStep * input.pixelStride,
        output: width.outputStep * output.pixelStride,
        ...along((view) => view.pixelStride, width.outputStep),
      },
    },
    inputOffset: height.inputStart * input.rowStride + width.inputStart * input.pixelStride,
    outputOffset: start(output),
    operandOffsets: operands.map(start),
  };
}

/** Parameters of a direct convolution for one pair of windows: a whole convolution, or a phase of a transposed one. */
export function directParams(
  layer: LayerParams,
  height: AxisWindow,
  width: AxisWindow,
  tile: TileSize,
  unit?: ConvolutionParams['unit'],
): Placed<ConvolutionParams> {
  const { input, output, groups } = layer;
  const placed = placeWindows(layer, height, width);
  const channels = input.channels / groups;
  const columns = output.channels / groups;
  const sumLength = height.taps.length * width.taps.length * channels;
  const panelColumns = panelsOf(columns, tile).reduce((sum, panel) => sum + panel.columns, 0);
  const group: OuterAxis = {
    size: groups,
    input: channels,
    output: columns,
    weights: panelColumns * sumLength,
    bias: panelColumns,
    ...(layer.operands === undefined ? {} : { operands: layer.operands.map(() => columns) }),
  };
  return {
    ...placed,
    params: {
      ...placed.params,
      outer: groups === 1 ? placed.params.outer : [...placed.params.outer, group],
      sum: [
        { size: height.taps.length, stride: height.tapStep * input.rowStride },
        { size: width.taps.length, stride: width.tapStep * input.pixelStride },
        { size: channels, stride: 1 },
      ],
      columns,
      writable: groups === 1 ? output.writable : columns,
      bias: layer.bias,
      tile,
      ...(layer.epilogue === undefined ? {} : { epilogue: layer.epilogue }),
      ...(unit === undefined ? {} : { unit }),
    },
  };
}

/** Parameters of a depthwise convolution (as many groups as channels, of input and output) for one pair of windows. */
export function depthwiseParams(
  layer: LayerParams,
  height: AxisWindow,
  width: AxisWindow,
  tile: TileSize,
  unit?: ConvolutionParams['unit'],
): Placed<ConvolutionParams> {
  const { input, output } = layer;
  const placed = placeWindows(layer, height, width);
  return {
    ...placed,
    params: {
      ...placed.params,
      form: 'depthwise',
      sum: [
        { size: height.taps.length, stride: height.tapStep * input.rowStride },
        { size: width.taps.length, stride: width.tapStep * input.pixelStride },
      ],
      columns: output.channels,
      writable: output.writable,
      bias: layer.bias,
      tile,
      ...(layer.epilogue === undefined ? {} : { epilogue: layer.epilogue }),
      ...(unit === undefined ? {} : { unit }),
    },
  };
}
