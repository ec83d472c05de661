/**
 * Layers that are too large to be drawn cell by cell are drawn as a smaller one of the same kind: fewer inputs, with "…" for
 * those in the middle, and where a kernel alone is too large, kernel, stride and padding in about the same ratios. Begin and
 * end are as in the layer, which is where padding, crop and output padding show.
 */
import { type ConvTransposeAxis, kernelExtent } from '../../ops/convolution/conv-transpose-geometry.js';
import type { ConcreteWindow } from '../../ops/convolution/window.js';

/** An axis of a layer and the one that is drawn for it. */
export interface Representative<A> {
  readonly layer: A;
  readonly drawn: A;
  /** The drawn input that stands for all in the middle. */
  readonly gap: number | undefined;
  /** Whether kernel, stride, dilation or padding are drawn smaller too. */
  readonly isScaled: boolean;
}

const inputsWithGap = [7, 5, 3];

/** So many that a window is seen to move. */
const leastOutputs = 3;

/** How many cells an axis is drawn with at most. */
export interface Most {
  readonly cells: number;
  /** Where there are only three inputs, so that a large kernel is still drawn as it is. */
  readonly bare: number;
}

/** @param most cells along the axis, at any step */
export function representativeTransposed(axis: ConvTransposeAxis, most: Most): Representative<ConvTransposeAxis> {
  return representative(axis, transposedCells, withTransposedOutput, most);
}

/** @param most cells along the axis, padding included */
export function representativeWindow(axis: ConcreteWindow, most: Most): Representative<ConcreteWindow> {
  const cells = (drawn: ConcreteWindow) => Math.max(paddedInput(drawn), windowsEnd(drawn));
  const finish = (drawn: ConcreteWindow): ConcreteWindow => {
    const { stride } = drawn;
    const left = (axis.input - drawn.input) / stride;
    // Whole strides are left out, so that what the last window leaves over is as in the layer.
    if (hasWindowsOf(axis, drawn) && Number.isInteger(left))
      return { ...drawn, output: Math.max(0, axis.output - left) };
    const wanted = kernelExtent(drawn) + 2 * stride - drawn.padBegin - drawn.padEnd;
    const input = Math.min(axis.input, Math.max(drawn.input, wanted));
    const output = Math.floor((paddedInput({ ...drawn, input }) - kernelExtent(drawn)) / stride) + 1;
    return { ...drawn, input, output: Math.min(axis.output, Math.max(0, output)) };
  };
  return representative(axis, cells, finish, most, (input) => sameRemainder(input, axis));
}

function hasWindowsOf(axis: ConcreteWindow, drawn: ConcreteWindow): boolean {
  const fields = ['kernel', 'stride', 'dilation', 'padBegin', 'padEnd'] as const;
  return fields.every((field) => axis[field] === drawn[field]);
}

export function paddedInput({ padBegin, input, padEnd }: ConcreteWindow): number {
  return padBegin + input + padEnd;
}

/** Where the last window ends, counted from the begin of the padding. */
export function windowsEnd(window: ConcreteWindow): number {
  return window.output === 0 ? 0 : (window.output - 1) * window.stride + kernelExtent(window);
}

function representative<A extends ConcreteWindow>(
  axis: A,
  cellsOf: (drawn: A) => number,
  finish: (drawn: A) => A,
  { cells, bare }: Most,
  fitting: (input: number) => number = (input) => input,
): Representative<A> {
  if (cellsOf(axis) <= cells || (axis.input <= 3 && cellsOf(axis) <= bare))
    return { layer: axis, drawn: axis, gap: undefined, isScaled: false };
  for (const wanted of inputsWithGap) {
    const input = fitting(wanted);
    if (input >= axis.input) continue;
    const drawn = finish({ ...axis, input });
    if (drawn.output < Math.min(leastOutputs, axis.output)) continue;
    if (cellsOf(drawn) <= (wanted === 3 ? bare : cells))
      return { layer: axis, drawn, gap: Math.floor(input / 2), isScaled: false };
  }
  const input = Math.min(axis.input, 3);
  const gapOf = (drawn: A) => (drawn.input < axis.input ? Math.floor(drawn.input / 2) : undefined);
  const longest = Math.max(kernelExtent(axis), axis.stride, axis.padBegin, axis.padEnd);
  for (let length = bare; length > 1; length--) {
    const drawn = finish({ ...axis, ...scaled(axis, Math.min(1, length / longest)), input });
    if (drawn.output < Math.min(leastOutputs, axis.output)) continue;
    if (cellsOf(drawn) <= bare) return { layer: axis, drawn, gap: gapOf(drawn), isScaled: true };
  }
  const drawn = finish({ ...axis, input, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 });
  return { layer: axis, drawn, gap: gapOf(drawn), isScaled: true };
}

/** What is more than one, or not 0, stays so. */
function scaled(axis: ConcreteWindow, factor: number): Omit<ConcreteWindow, 'input' | 'output'> {
  const smaller = (value: number, least: number) => Math.max(Math.min(value, least), Math.round(value * factor));
  // A dilated kernel of a few elements keeps them: its gaps are what is seen of it.
  const isSparse = axis.dilation > 1 && axis.kernel <= 3;
  return {
    kernel: isSparse ? axis.kernel : smaller(axis.kernel, 2),
    stride: smaller(axis.stride, 2),
    dilation: smaller(axis.dilation, 2),
    padBegin: smaller(axis.padBegin, 1),
    padEnd: smaller(axis.padEnd, 1),
  };
}

/** The most cells that a step has along the axis. */
function transposedCells(axis: ConvTransposeAxis): number {
  const padded = (axis.input - 1) * axis.stride + 1 + 2 * (kernelExtent(axis) - 1);
  return Math.max(padded + Math.max(0, axis.tail - axis.padEnd), axis.output);
}

/** With the output that follows, and no more padding than leaves one. */
function withTransposedOutput(axis: ConvTransposeAxis): ConvTransposeAxis {
  const tail = Math.min(axis.tail, 3);
  const reach = (axis.input - 1) * axis.stride + kernelExtent(axis) + tail;
  const least = Math.min(axis.output, 1);
  const padBegin = Math.min(axis.padBegin, Math.max(0, reach - least));
  const padEnd = Math.min(axis.padEnd, Math.max(0, reach - least - padBegin));
  return { ...axis, tail, padBegin, padEnd, output: reach - padBegin - padEnd };
}

/** The number of inputs near `input` that leaves as many over after the last window as the layer has. */
function sameRemainder(input: number, { input: whole, stride }: ConcreteWindow): number {
  return input + ((((whole - input) % stride) + stride) % stride);
}
