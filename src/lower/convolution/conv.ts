/** Conv and ConvTranspose over one to three spatial axes: attributes and shapes become windows. */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { type ConvolutionAttributes, conv, kernelShapeOf } from '../../ops/convolution/conv.js';
import {
  type ConvTransposeAttributes,
  convTranspose,
  convTransposeGeometry,
} from '../../ops/convolution/conv-transpose.js';
import { asVolume, concreteWindows, windowAxes } from '../../ops/convolution/window.js';
import type { Named } from '../../ops/signature.js';
import type { LoweringContext } from '../context/context.js';
import { costsOf } from '../context/cost-tables.js';
import { type RepeatedView, repeatedView } from '../context/repeated-view.js';
import { nhwc8Size } from '../context/tensor.js';
import { defineLowering, floats, kernelsOf, type Lowering, type ReasonOf, unfitValue } from '../lowering.js';
import { byResidue, cutAtPadding, withoutPadding } from './arrangements.js';
import { repetitionCost } from './cost.js';
import { type AxisWindow, convolutionAxis, onlyPosition, termCount, transposedPhases } from './geometry.js';
import { type ConvolutionLayer, weightStrides } from './layer.js';
import { lowerConvolution } from './lower-layer.js';
import { overPixels, phasesOfRepeated } from './repeated.js';
import { shuffledLayer } from './shuffled.js';
import { type Subconvolution, subconvolutionsOf } from './windows.js';

/** Each subconvolution is code of its own. */
const mostSubconvolutions = 4096;
const manySubconvolutions = `more than ${mostSubconvolutions} subconvolutions` as const;

export const convolutionLimits = ['another rank than 3 to 5'] as const;
type Reason = ReasonOf<typeof convolutionLimits> | typeof unfitValue;

/** One subconvolution for each combination of the axes' windows; a single axis is the height. */
export function subconvolutionsAlong(windows: readonly (readonly AxisWindow[])[]): Subconvolution[] {
  const filler = [onlyPosition];
  const [deep, high, wide] = asVolume(windows.length === 1 ? [windows[0]!, filler] : windows, filler);
  return subconvolutionsOf(deep, high, wide);
}

/** What a convolution reads. */
export interface ConvolutionOperands {
  readonly x: Value | undefined;
  readonly weights: Value | undefined;
  readonly bias: Value | undefined;
}

function operandsOf({ X: x, W: weights, B: bias }: Named<(typeof conv.Conv)['inputs']>): ConvolutionOperands {
  return { x, weights, bias };
}

/** The part of a layer that both operators have, or the reason why it cannot be compiled. */
function layerOf(
  context: LoweringContext,
  node: Node,
  { x, weights: w, bias }: ConvolutionOperands,
): Omit<ConvolutionLayer, 'subconvolutions' | 'groups' | 'strides' | 'isLine'> | Reason {
  const [xDims, yDims] = [context.tensors.representableDims(x), context.values.sizedDims(node.outputs[0])];
  if (xDims === undefined || yDims === undefined) return unfitValue;
  if ([w, bias].some((value) => value !== undefined && !isUsable(value))) return unfitValue;
  const [input, output] = [nhwc8Size(xDims), nhwc8Size(yDims)];
  if (xDims.length < 3 || input === undefined || output === undefined) return 'another rank than 3 to 5';
  return { node, x: x!, weights: w!, bias, input, output };

  function isUsable(value: Value): boolean {
    return context.values.constant(value) !== undefined || context.tensors.representableDims(value) !== undefined;
  }
}

const lowerConv = defineLowering(
  conv.Conv,
  kernelsOf(floats, convolutionLimits),
  (context, node, { attributes, inputs }) => convolve(context, node, attributes, operandsOf(inputs)),
);

/** A convolution of operands that need not be the node's own; a reason where it cannot be compiled. */
export function convolve(
  context: LoweringContext,
  node: Node,
  attributes: ConvolutionAttributes,
  operands: ConvolutionOperands,
  finishIntegers?: ConvolutionLayer['finishIntegers'],
): Reason | undefined {
  const layer = layerOf(context, node, operands);
  if (typeof layer === 'string') return layer;
  const w = context.values.dims(layer.weights)!;
  const x = context.values.dims(layer.x)!;
  const axes = concreteWindows(windowAxes(attributes, kernelShapeOf(attributes.kernel_shape, w)), x.slice(2));
  const windows = axes.map(({ output, kernel, stride, dilation, padBegin }) =>
    convolutionAxis(output, kernel, stride, dilation, padBegin),
  );
  const groups = attributes.group;
  const view = finishIntegers === undefined ? repeatedView(context, layer.x) : undefined;
  const common = {
    ...layer,
    groups,
    strides: weightStrides(w, groups, false),
    isLine: windows.length === 1,
    finishIntegers,
    ahead: view && repetitionCost(costsOf(context.options), elementCount(x)),
  };
  const [plain, ...others] = arrangementsOf(context, windows, x.slice(2)).map(
    (subconvolutions): ConvolutionLayer => ({ ...common, subconvolutions }),
  );
  const pixels = view && unrepeated(context, common, view, windows);
  const shuffled =
    view === undefined && finishIntegers === undefined ? shuffledLayer(context, common, windows) : undefined;
  if (shuffled === undefined) lowerConvolution(context, plain!, pixels === undefined ? others : [...others, pixels]);
  else {
    const [first, ...rest] = [plain!, ...others].map((layer) => ({ ...layer, ahead: shuffled.copy }));
    lowerConvolution(context, first!, [...rest, shuffled.layer]);
  }
  return undefined;
}

/** A layer whose windows read pixels that a Resize would repeat, over the pixels themselves. */
function unrepeated(
  context: LoweringContext,
  layer: Omit<ConvolutionLayer, 'subconvolutions'>,
  view: RepeatedView,
  windows: readonly AxisWindow[],
): ConvolutionLayer | undefined {
  const sizes = context.values.dims(view.value)!.slice(2);
  const phases = windows.flatMap((window, axis) => {
    const along = phasesOfRepeated(window, view.scales[axis]!, sizes[axis]!);
    return along === undefined ? [] : [along];
  });
  if (phases.length < windows.length || combinationsOf(phases) > mostRearranged) return undefined;
  const pixels = overPixels(context, layer, view);
  if (pixels === undefined) return undefined;
  const { weightDims, ...own } = pixels;
  return {
    ...own,
    subconvolutions: subconvolutionsAlong(phases),
    strides: weightStrides(weightDims, layer.groups, false),
    ahead: undefined,
  };
}

/** More subconvolutions than these are not worth their code. */
const mostRearranged = 64;
/** Windows are cut at the border of the input where that leaves at most this share of the multiplications. */
const worthCutting = 0.6;

/**
 * The subconvolutions of windows along each axis, and others that give the same sums. In `strict` there are no others: which
 * is best depends on the size of the picture, and its bits must not.
 */
function arrangementsOf(
  context: LoweringContext,
  windows: readonly AxisWindow[],
  sizes: readonly number[],
): [Subconvolution[], ...Subconvolution[][]] {
  if (context.options.precision === 'strict') return [subconvolutionsAlong(windows.map((window) => [window]))];
  const [plain, cut] = withoutTapsInPadding(windows, sizes);
  const needed = windows.map((window, axis) => withoutPadding(window, sizes[axis]!));
  const residues = needed.map(byResidue);
  const interleaved = residues.some(([first], axis) => first !== needed[axis]) ? [subconvolutionsAlong(residues)] : [];
  return [plain, ...interleaved, ...(cut === undefined ? [] : [cut])];
}

/** Without the taps that read only padding, and cut where a tap leaves the input, where that is worth it. */
export function withoutTapsInPadding(
  windows: readonly AxisWindow[],
  sizes: readonly number[],
): readonly [plain: Subconvolution[], cut: Subconvolution[] | undefined] {
  const needed = windows.map((window, axis) => withoutPadding(window, sizes[axis]!));
  const plain = subconvolutionsAlong(needed.map((window) => [window]));
  const pieces = needed.map((window, axis) => cutAtPadding(window, sizes[axis]!));
  const count = combinationsOf(pieces);
  const cut = count > 1 && count <= mostRearranged ? subconvolutionsAlong(pieces) : undefined;
  const isWorthwhile = cut !== undefined && termCount(cut) <= worthCutting * termCount(plain);
  return [plain, isWorthwhile ? cut : undefined];
}

/** How many subconvolutions windows along each axis make. */
function combinationsOf(axes: readonly (readonly AxisWindow[])[]): number {
  return axes.reduce((count, { length }) => count * length, 1);
}

/** The windows of a transposed convolution, by phase of the output; undefined where they are too many. */
export function transposedWindowsOf(
  context: LoweringContext,
  attributes: ConvTransposeAttributes,
  x: readonly number[],
  w: readonly number[],
): Subconvolution[] | undefined {
  const windows = convTransposeGeometry(attributes, x, w).axes.map(
    ({ input, output, kernel, stride, dilation, padBegin }) =>
      input === 1
        ? positionsOfOne(output, kernel, dilation, padBegin)
        : transposedPhases(output, kernel, stride, dilation, padBegin).map((window) =>
            context.options.precision === 'strict' ? window : withoutPadding(window, input),
          ),
  );
  return combinationsOf(windows) > mostSubconvolutions ? undefined : subconvolutionsAlong(windows);
}

export const lowerConvTranspose = defineLowering(
  convTranspose.ConvTranspose,
  kernelsOf(floats, [...convolutionLimits, manySubconvolutions]),
  (context, node, { attributes, inputs }) => convolveTransposed(context, node, attributes, operandsOf(inputs)),
);

/** A transposed convolution of operands that need not be the node's own; a reason where it cannot be compiled. */
export function convolveTransposed(
  context: LoweringContext,
  node: Node,
  attributes: ConvTransposeAttributes,
  operands: ConvolutionOperands,
  finishIntegers?: ConvolutionLayer['finishIntegers'],
): Reason | typeof manySubconvolutions | undefined {
  const layer = layerOf(context, node, operands);
  if (typeof layer === 'string') return layer;
  const [x, w] = [context.values.dims(layer.x)!, context.values.dims(layer.weights)!];
  const subconvolutions = transposedWindowsOf(context, attributes, x, w);
  if (subconvolutions === undefined) return manySubconvolutions;
  const { group: groups } = attributes;
  const strides = weightStrides(w, groups, true);
  lowerConvolution(context, {
    ...layer,
    ...{ groups, subconvolutions, strides, isLine: x.length === 3, finishIntegers },
  });
  return undefined;
}

/** Of an input of size 1: each output has one tap at most, so that no halo is read. */
function positionsOfOne(output: number, kernel: number, dilation: number, pad: number): AxisWindow[] {
  return Array.from({ length: output }, (_, position) => {
    const tap = (position + pad) / dilation;
    const isReached = Number.isInteger(tap) && tap < kernel;
    return {
      size: 1,
      outputStart: position,
      outputStep: 1,
      inputStart: 0,
      inputStep: 1,
      tapStep: 1,
      taps: isReached ? [tap] : [],
    };
  });
}

export const convolutionLowerings: readonly Lowering[] = [lowerConv, lowerConvTranspose];
