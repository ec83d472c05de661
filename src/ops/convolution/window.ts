/**
 * Sliding windows, axis by axis: the attributes that convolution and pooling share, and the resulting sizes
 * (Operators.md, Conv and MaxPool).
 */
import { defineProblem, fail, ProblemError } from '../../diagnostics.js';
import { add, ceilDiv, type Dim, floorDiv, formatDim, min, rangeOf, sub } from '../../ir/dim.js';
import { ints, text } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { kernelExtent } from './conv-transpose-geometry.js';

export const spatialAttributes = {
  auto_pad: text('NOTSET').oneOf('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
  dilations: ints(),
  kernel_shape: ints(),
  pads: ints(),
  strides: ints(),
};

export type AutoPad = 'NOTSET' | 'SAME_UPPER' | 'SAME_LOWER' | 'VALID';

export interface SpatialAttributes {
  readonly auto_pad: AutoPad;
  readonly dilations?: readonly number[] | undefined;
  readonly pads?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
}

/** A window along one spatial axis. */
export interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Explicit padding. Padding for SAME depends on the input's size; `resolvePads` computes it. */
  readonly padBegin: number;
  readonly padEnd: number;
  readonly autoPad: AutoPad;
}

/** The window of each spatial axis, defaults filled in: stride 1, dilation 1, no padding. */
export function windowAxes(attributes: SpatialAttributes, kernelShape: readonly number[]): WindowAxis[] {
  const rank = kernelShape.length;
  const strides = attributes.strides ?? new Array<number>(rank).fill(1);
  const dilations = attributes.dilations ?? new Array<number>(rank).fill(1);
  const explicit = attributes.auto_pad === 'NOTSET' ? attributes.pads : undefined;
  const pads = explicit ?? new Array<number>(2 * rank).fill(0);
  requireList('kernel_shape', kernelShape, rank, 1);
  requireList('strides', strides, rank, 1);
  requireList('dilations', dilations, rank, 1);
  requireList('pads', pads, 2 * rank, 0);
  return kernelShape.map((kernel, axis) => ({
    kernel,
    stride: strides[axis]!,
    dilation: dilations[axis]!,
    padBegin: pads[axis]!,
    padEnd: pads[axis + rank]!,
    autoPad: attributes.auto_pad,
  }));
}

const windowAttributeMisfit = defineProblem(
  'US1209',
  { attribute: 'string', length: 'integer', minimum: 'integer', values: 'integers' },
  ({ attribute, length, minimum, values }) => ({
    message: `the attribute '${attribute}' does not fit`,
    value: attribute,
    expected: `${length} integers of at least ${minimum}`,
    actual: `[${values.join(', ')}]`,
  }),
);

/** Reports a list attribute that has the wrong length or an entry below `least`. */
export function requireList(name: string, list: readonly number[], length: number, least: number): void {
  const isWhole = list.every((value) => Number.isSafeInteger(value) && value >= least);
  if (list.length === length && isWhole) return;
  fail(windowAttributeMisfit({ attribute: name, length, minimum: least, values: list }));
}

const kernelRankMisfit = defineProblem(
  'US1209',
  { spatialRank: 'integer', kernelShape: 'integers' },
  ({ spatialRank, kernelShape }) => ({
    message: "the attribute 'kernel_shape' does not fit the input",
    value: 'kernel_shape',
    expected: `${spatialRank} sizes`,
    actual: `[${kernelShape.join(', ')}]`,
  }),
);

/** Reports a `kernel_shape` that does not have one size for each spatial axis. */
export function requireKernelRank(kernelShape: readonly number[], spatialRank: number): void {
  if (kernelShape.length !== spatialRank) fail(kernelRankMisfit({ spatialRank, kernelShape }));
}

/** For rules that need the size as a number: a violated bound ends the rule. */
const strict: Pick<InferContext<unknown>, 'atLeast'> = {
  atLeast(dim, least, _what, otherwise) {
    if (rangeOf(dim).max < least) throw new ProblemError(otherwise());
    return dim;
  },
};

export const windowTooLarge = defineProblem(
  'US1207',
  { window: 'integer', input: 'size', padBegin: 'integer', padEnd: 'integer' },
  ({ window, input, padBegin, padEnd }) => ({
    message: 'the window is larger than the padded input',
    expected: `at least ${window}`,
    actual: `${input} + padding ${padBegin} + ${padEnd}`,
    hint: 'feed a larger input, or pad it',
  }),
);

/**
 * How many windows fit along an axis. With `ceilMode`, the last window may extend past the end padding, but must begin
 * inside the input or the padding before it. It has no effect for VALID and SAME.
 */
export function windowCount(
  axis: WindowAxis,
  input: Dim,
  ceilMode = false,
  context: Pick<InferContext<unknown>, 'atLeast'> = strict,
): Dim {
  const { stride, padBegin, padEnd, autoPad } = axis;
  if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') return ceilDiv(input, stride);
  const room = sub(add(input, padBegin, padEnd), kernelExtent(axis));
  const count =
    ceilMode && autoPad === 'NOTSET'
      ? min(add(ceilDiv(room, stride), 1), ceilDiv(add(input, padBegin), stride))
      : add(floorDiv(room, stride), 1);
  return context.atLeast(count, 1, `windows over an axis of size ${formatDim(input)}`, () =>
    windowTooLarge({ window: kernelExtent(axis), input, padBegin, padEnd }),
  );
}

/**
 * Padding before and after an axis of known size. SAME pads so that ceil(input/stride) windows fit; an odd element is
 * at the end for UPPER.
 */
export function resolvePads(axis: WindowAxis, input: number): { readonly begin: number; readonly end: number } {
  const { stride, padBegin, padEnd, autoPad } = axis;
  if (autoPad !== 'SAME_UPPER' && autoPad !== 'SAME_LOWER') return { begin: padBegin, end: padEnd };
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + kernelExtent(axis) - input);
  return splitPads(total, autoPad);
}

/** Halves a padding; an odd one goes to the end for SAME_UPPER and to the beginning for SAME_LOWER. */
export function splitPads(total: number, autoPad: AutoPad): { readonly begin: number; readonly end: number } {
  const half = Math.floor(total / 2);
  return autoPad === 'SAME_UPPER' ? { begin: half, end: total - half } : { begin: total - half, end: half };
}

/** A window over an axis of known size, for references. */
export interface ConcreteWindow {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

/** @param count how many windows there are along an axis (default: as many as fit) */
export function concreteWindows(
  axes: readonly WindowAxis[],
  inputs: readonly number[],
  count: (axis: WindowAxis, input: number) => Dim = windowCount,
): ConcreteWindow[] {
  return axes.map((axis, i) => {
    const input = inputs[i]!;
    const { begin, end } = resolvePads(axis, input);
    const { kernel, stride, dilation } = axis;
    const output = Math.max(0, count(axis, input) as number);
    return { input, output, kernel, stride, dilation, padBegin: begin, padEnd: end };
  });
}

const unit: ConcreteWindow = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };

const tooManySpatialAxes = defineProblem('US1201', { spatialAxes: 'integer' }, ({ spatialAxes }) => ({
  message: 'at most three spatial axes are supported',
  expected: 'rank 3 to 5',
  actual: `rank ${spatialAxes + 2}`,
}));

/** One, two or three axes as depth, height and width; missing leading axes have size 1. */
export function asVolume<W>(windows: readonly W[], filler: W): readonly [W, W, W] {
  if (windows.length > 3) {
    fail(tooManySpatialAxes({ spatialAxes: windows.length }));
  }
  const [a = filler, b = filler, c = filler] = windows;
  if (windows.length === 3) return [a, b, c];
  return windows.length === 2 ? [filler, a, b] : [filler, filler, a];
}

export function asWindowVolume(
  windows: readonly ConcreteWindow[],
): readonly [ConcreteWindow, ConcreteWindow, ConcreteWindow] {
  return asVolume(windows, unit);
}
