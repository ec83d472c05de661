/**
 * Convolutions and transposed convolutions as strides: windows of each axis, by phase of the output where the
 * convolution is transposed, the halo that they reach into, and the parameters of kernels over them.
 */
import { greatestCommonDivisor } from '../../ir/integers.js';
import { noTap } from '../../plan/execution-plan.js';
import {
  type ConvolutionParams,
  type OuterAxis,
  packedBiasSize,
  packedSize,
  type TileSize,
} from '../../wasm/kernels/convolution.js';
import type { Elementwise } from '../../wasm/kernels/elementwise-expression.js';
import type { WeightType } from '../../wasm/kernels/half-weights.js';
import type { SumAxis } from '../../wasm/kernels/tile.js';
import type { View } from '../../wasm/kernels/views.js';

/** What all kernels of a layer have in common. */
export interface LayerParams {
  readonly input: View;
  readonly output: View;
  readonly groups: number;
  readonly bias: boolean;
  readonly epilogue?: Elementwise;
  /** The epilogue's further inputs: views of the output's size, with stride 0 along axes that are broadcast. */
  readonly operands?: readonly View[];
}

/** A strided correlation along one axis. */
export interface AxisWindow {
  /** The number of outputs, the position of the first, and the distance from one to the next. */
  readonly size: number;
  readonly outputStart: number;
  readonly outputStep: number;
  /** The input position of the first tap of the first output, and the distances from output to output and from tap to tap. */
  readonly inputStart: number;
  readonly inputStep: number;
  readonly tapStep: number;
  /** Indices into the kernel, in the order in which the input is read; `noTap` where one of several filters is shorter. */
  readonly taps: readonly number[];
  /**
   * Where an output is the sum of several filters of equally many taps, which follow one another in `taps`: axes of filters, outermost
   * first, and how far apart they read.
   */
  readonly filters?: readonly { readonly count: number; readonly inputStep: number }[];
  /** What it adds to the number of the row of biases, where a layer has several. */
  readonly biasRow?: number;
  /** The taps of the window that it is a piece of, and which of them its own begin with: pieces share packed weights. */
  readonly among?: { readonly taps: readonly number[]; readonly first: number };
  /** So many windows in all, each so far from the one before: residues of a dilated convolution. By default this one. */
  readonly copies?: { readonly count: number; readonly outputStep: number; readonly inputStep: number };
}

export function filterCount({ filters = [] }: AxisWindow): number {
  return filters.reduce((product, { count }) => product * count, 1);
}

/** Taps of a filter. */
export function filterLength(window: AxisWindow): number {
  return window.taps.length / filterCount(window);
}

/** The taps of each filter. */
export function filtersOf(window: AxisWindow): readonly (readonly number[])[] {
  const length = filterLength(window);
  return Array.from({ length: filterCount(window) }, (_, i) => window.taps.slice(i * length, (i + 1) * length));
}

/** From the first to the last position that an output reads. */
function reachOf(window: AxisWindow): number {
  const filters = (window.filters ?? []).reduce((sum, { count, inputStep }) => sum + (count - 1) * inputStep, 0);
  return filters + (filterLength(window) - 1) * window.tapStep;
}

/** The number of windows that it stands for. */
export function copyCount({ copies }: AxisWindow): number {
  return copies?.count ?? 1;
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

/** The single position of an axis of size 1. */
export const onlyPosition: AxisWindow = convolutionAxis(1, 1, 1, 1, 0);

/** Of a convolution, or of a subconvolution of a transposed one. */
export interface Windows {
  readonly depth: AxisWindow;
  readonly height: AxisWindow;
  readonly width: AxisWindow;
}

/** Taps of all axes together, with those that are missing. */
export function tapCount({ depth, height, width }: Windows): number {
  return depth.taps.length * height.taps.length * width.taps.length;
}

/** Outputs of an image or volume. */
export function outputCount({ depth, height, width }: Windows): number {
  return [depth, height, width].reduce((count, axis) => count * axis.size * copyCount(axis), 1);
}

/** Taps of all outputs, for one channel of one image. */
export function termCount(windows: readonly Windows[]): number {
  const tapsOf = ({ taps }: AxisWindow) => taps.filter((tap) => tap !== noTap).length;
  return windows.reduce((sum, windowsOfOne) => {
    const { depth, height, width } = windowsOfOne;
    return sum + tapsOf(depth) * tapsOf(height) * tapsOf(width) * outputCount(windowsOfOne);
  }, 0);
}

/**
 * A transposed convolution along one axis as correlations with stride 1: one for each phase of the output, the remainder of a
 * position by the stride. Input i reaches output i * stride - pad + k * dilation by tap k, so phase p has the taps for which
 * p + pad - k * dilation is divisible by the stride. A phase may have none: its outputs are the bias.
 * @param size outputs along the axis
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

/** How many positions before the first and after the last of `size` the windows read. */
export function haloOf(
  windows: readonly AxisWindow[],
  size: number,
): { readonly before: number; readonly after: number } {
  let before = 0;
  let after = 0;
  for (const window of windows) {
    const { inputStart, inputStep, taps, size: outputs, copies } = window;
    if (taps.length === 0 || outputs === 0) continue;
    const last = inputStart + (copies === undefined ? 0 : (copies.count - 1) * copies.inputStep);
    before = Math.max(before, -inputStart);
    after = Math.max(after, last + (outputs - 1) * inputStep + reachOf(window) - (size - 1));
  }
  return { before, after };
}

/** The parameters of a kernel; its pointers start so many floats after the first elements of its views. */
export interface Placed<Params> {
  readonly params: Params;
  readonly inputOffset: number;
  readonly outputOffset: number;
  readonly operandOffsets: readonly number[];
}

/** The output axes, outermost first, with the strides of all pointers. */
export function placeWindows(
  layer: LayerParams,
  { depth, height, width }: Windows,
): Placed<Pick<ConvolutionParams, 'outer' | 'height' | 'width'>> {
  const { input, output } = layer;
  const operands = layer.operands ?? [];
  const along = (of: (view: View) => number, factor: number) =>
    operands.length === 0 ? {} : { operands: operands.map((view) => of(view) * factor) };
  type Steps = Pick<AxisWindow, 'inputStep' | 'outputStep'>;
  const axisOf = (size: number, { inputStep, outputStep }: Steps, stride: (view: View) => number): OuterAxis => ({
    size,
    input: inputStep * stride(input),
    output: outputStep * stride(output),
    ...along(stride, outputStep),
  });
  const windowAxis = (window: AxisWindow, stride: (view: View) => number) => axisOf(window.size, window, stride);
  const copies = ({ copies: more }: AxisWindow, stride: (view: View) => number): OuterAxis[] =>
    more === undefined ? [] : [axisOf(more.count, more, stride)];
  const images: OuterAxis = {
    size: output.images,
    input: input.imageStride,
    output: output.imageStride,
    ...along((view) => view.imageStride, 1),
  };
  const strides = {
    depth: (view: View) => view.sliceStride,
    height: (view: View) => view.rowStride,
    width: (view: View) => view.pixelStride,
  };
  const slices = windowAxis(depth, strides.depth);
  const place = (view: View, start: (window: AxisWindow) => number) =>
    start(depth) * view.sliceStride + start(height) * view.rowStride + start(width) * view.pixelStride;
  const outputPlace = (view: View) => place(view, ({ outputStart }) => outputStart);
  return {
    params: {
      outer: [
        images,
        ...(slices.size === 1 ? [] : [slices]),
        ...copies(depth, strides.depth),
        ...copies(height, strides.height),
        ...copies(width, strides.width),
      ],
      height: windowAxis(height, strides.height),
      width: windowAxis(width, strides.width),
    },
    inputOffset: place(input, ({ inputStart }) => inputStart),
    outputOffset: outputPlace(output),
    operandOffsets: operands.map(outputPlace),
  };
}

/** Axes of the sum that a filter of the plane is applied along: slices, and filters beside one another. */
export function filterAxes({ depth, height, width }: Windows, input: View): SumAxis[] {
  const along = ({ filters = [] }: AxisWindow, stride: number) =>
    filters.map(({ count, inputStep }) => ({ size: count, stride: inputStep * stride }));
  const slices = { size: depth.taps.length, stride: depth.tapStep * input.sliceStride };
  return [
    ...(slices.size === 1 ? [] : [slices]),
    ...along(height, input.rowStride),
    ...along(width, input.pixelStride),
  ];
}

/** The taps as axes of the sum: of a filter they are rows and pixels. */
function tapAxes(windows: Windows, input: View): SumAxis[] {
  const { height, width } = windows;
  return [
    ...filterAxes(windows, input),
    { size: filterLength(height), stride: height.tapStep * input.rowStride },
    { size: filterLength(width), stride: width.tapStep * input.pixelStride },
  ];
}

/** The windows that a piece was cut of, as far as its weights are concerned; undefined where it is no piece of an image's. */
function wholeOf({ depth, height, width }: Windows): Windows | undefined {
  if (depth.taps.length !== 1 || height.among === undefined || width.among === undefined) return undefined;
  return { depth, height: { ...height, taps: height.among.taps }, width: { ...width, taps: width.among.taps } };
}

/** The windows that several pieces were cut of, all the same; undefined where there are none. */
export function sharedWhole(pieces: readonly Windows[]): Windows | undefined {
  const [first, ...others] = pieces.map(wholeOf);
  if (first === undefined || others.length === 0) return undefined;
  return others.every((whole) => whole?.depth.taps[0] === first.depth.taps[0]) ? first : undefined;
}

/** The sum of windows, and which terms of the packed weights it reads. */
function sumOf(windows: Windows, input: View, channels: number): Pick<ConvolutionParams, 'sum' | 'weightTerms'> {
  const axes = tapAxes(windows, input);
  const whole = wholeOf(windows);
  const last = { size: channels, stride: 1 };
  if (whole === undefined) return { sum: [...axes, last] };
  const rowTerms = whole.width.taps.length * channels;
  const [high, wide] = axes;
  return {
    sum: [{ ...high!, terms: rowTerms }, { ...wide!, terms: channels }, last],
    weightTerms: {
      count: tapCount(whole) * channels,
      first: windows.height.among!.first * rowTerms + windows.width.among!.first * channels,
    },
  };
}

/** Windows that have weights of their own, though they may be pieces. */
export function byThemselves({ depth, height, width }: Windows): Windows {
  const alone = ({ among: _whole, ...window }: AxisWindow): AxisWindow => window;
  return { depth: alone(depth), height: alone(height), width: alone(width) };
}

/** Parameters of a direct convolution: a whole convolution, or a subconvolution of a transposed one. */
export function directParams(
  layer: LayerParams,
  windows: Windows,
  tile: TileSize,
  unit?: ConvolutionParams['unit'],
  weightType: WeightType = 'float32',
): Placed<ConvolutionParams> {
  const { input, output, groups } = layer;
  const placed = placeWindows(layer, windows);
  const channels = input.channels / groups;
  const columns = output.channels / groups;
  const whole = wholeOf(windows);
  const sumLength = tapCount(whole ?? windows) * channels;
  const group: OuterAxis = {
    size: groups,
    input: channels,
    output: columns,
    weights: packedSize(sumLength, columns, tile, weightType),
    bias: packedBiasSize(columns, tile),
    ...(layer.operands === undefined ? {} : { operands: layer.operands.map(() => columns) }),
  };
  return {
    ...placed,
    params: {
      ...placed.params,
      outer: groups === 1 ? placed.params.outer : [...placed.params.outer, group],
      ...sumOf(windows, input, channels),
      columns,
      writable: groups === 1 ? output.writable : columns,
      bias: layer.bias,
      tile,
      ...(weightType === 'float32' ? {} : { weightType }),
      ...(layer.epilogue === undefined ? {} : { epilogue: layer.epilogue }),
      ...(unit === undefined ? {} : { unit }),
    },
  };
}

/** Parameters of a depthwise convolution (as many groups as channels, of input and output). */
export function depthwiseParams(
  layer: LayerParams,
  windows: Windows,
  tile: TileSize,
  unit?: ConvolutionParams['unit'],
): Placed<ConvolutionParams> {
  const { input, output } = layer;
  const placed = placeWindows(layer, windows);
  return {
    ...placed,
    params: {
      ...placed.params,
      sum: tapAxes(windows, input),
      columns: output.channels,
      writable: output.writable,
      bias: layer.bias,
      tile,
      ...(layer.epilogue === undefined ? {} : { epilogue: layer.epilogue }),
      ...(unit === undefined ? {} : { unit }),
    },
  };
}
