/**
 * ConvInteger and QLinearConv as convolutions of float32 that holds integers: products are exact, and so are sums while they
 * stay below 2^24.
 */
import type { Node, Value } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { elementCount } from '../../ir/tensor.js';
import { type ConvolutionAttributes, kernelShapeOf } from '../../ops/convolution/conv.js';
import { concreteWindows, windowAxes } from '../../ops/convolution/window.js';
import { convIntegerSchema, qLinearConvSchema } from '../../ops/quantization/schemas.js';
import type { Elementwise } from '../../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from '../context/context.js';
import { convolutionLimits, convolve, subconvolutionsAlong, withoutTapsInPadding } from '../convolution/conv.js';
import { type AxisWindow, byThemselves, convolutionAxis, tapCount } from '../convolution/geometry.js';
import type { Subconvolution } from '../convolution/windows.js';
import { inputWithoutZeroPoint } from '../elementwise/zero-points.js';
import { defineLowering, kernelsOf, type Lowering, smallIntegers, unfitValue } from '../lowering.js';
import { type ByteConvolution, lowerByteConvolution } from './byte-convolution.js';
import {
  isExact,
  isReadAsFloat,
  longSums,
  requantizationLimits,
  requantized,
  severalZeroPoints,
  weightLimits,
  weightsWithoutZeroPoint,
} from './operands.js';

const lowerConvInteger = defineLowering(
  convIntegerSchema,
  kernelsOf(smallIntegers, [...weightLimits, longSums, severalZeroPoints, ...convolutionLimits]),
  (context, node, { attributes, inputs, outputs }) => {
    const { x, w, x_zero_point: xZeroPoint, w_zero_point: wZeroPoint } = inputs;
    if (context.tensors.representableDims(x) === undefined || context.values.sizedDims(outputs.y) === undefined)
      return unfitValue;
    const weights = kernelsWithoutZeroPoint(context, node, w!, wZeroPoint);
    if (typeof weights !== 'object') return weights ?? unfitValue;
    const isFloat = isReadAsFloat(context, outputs.y);
    const finish = (sum: Elementwise) => ({ tree: sum, inputs: [] });
    if (isFloat) {
      const bytes = { x: x!, xZeroPoint, weights: w!, weightZeroPoint: wZeroPoint, bias: undefined, finish };
      if (convolveBytes(context, node, attributes, bytes)) return undefined;
    }
    const mayRound = context.options.precision === 'fast' && isFloat;
    if (!mayRound && !isExact(context, x!, weights)) return longSums;
    const [subtracted, kernels] = [inputWithoutZeroPoint(context, node, x!, xZeroPoint), weights.value()];
    if (subtracted === undefined || kernels === undefined) return severalZeroPoints;
    const operands = { x: subtracted, weights: kernels, bias: undefined };
    return convolve(context, node, attributes, operands, finish);
  },
);

const lowerQLinearConv = defineLowering(
  qLinearConvSchema,
  kernelsOf(smallIntegers, [
    ...weightLimits,
    longSums,
    ...requantizationLimits,
    severalZeroPoints,
    ...convolutionLimits,
  ]),
  (context, node, { attributes, inputs, outputs }) => {
    const {
      x,
      x_scale: xScale,
      x_zero_point: xZeroPoint,
      w,
      w_scale: wScale,
      w_zero_point: wZeroPoint,
      y_scale: yScale,
      y_zero_point: yZeroPoint,
      B: bias,
    } = inputs;
    const { y } = outputs;
    if (context.tensors.representableDims(x) === undefined || context.values.sizedDims(y) === undefined)
      return unfitValue;
    const weights = kernelsWithoutZeroPoint(context, node, w!, wZeroPoint);
    if (typeof weights !== 'object') return weights ?? unfitValue;
    const requantize = requantized(context, {
      aScale: xScale!,
      bScale: wScale!,
      yScale: yScale!,
      yZeroPoint: yZeroPoint!,
      y: y!,
      trailingAxes: context.values.dims(w)!.length - 2,
    });
    if (typeof requantize === 'function') {
      const bytes = { x: x!, xZeroPoint, weights: w!, weightZeroPoint: wZeroPoint, bias, finish: requantize };
      if (convolveBytes(context, node, attributes, bytes)) return undefined;
    }
    const biases = context.values.constant(bias);
    if (bias !== undefined && biases === undefined) return 'a bias that is computed';
    const largest = biases === undefined ? 0 : largestOf(numbersOf(biases.load()));
    if (context.options.precision === 'strict' && !isExact(context, x!, weights, largest)) return longSums;
    if (typeof requantize === 'string') return requantize;
    const [subtracted, kernels] = [inputWithoutZeroPoint(context, node, x!, xZeroPoint), weights.value()];
    if (subtracted === undefined || kernels === undefined) return severalZeroPoints;
    const operands = { x: subtracted, weights: kernels, bias };
    return convolve(context, node, attributes, operands, requantize);
  },
);

/** @returns false where the layer is left to float32 */
function convolveBytes(
  context: LoweringContext,
  node: Node,
  attributes: ConvolutionAttributes,
  layer: Omit<ByteConvolution, 'node' | 'subconvolutions' | 'isTransposed'>,
): boolean {
  const [x, w] = [context.values.dims(layer.x), context.values.constant(layer.weights)?.dims];
  if (x === undefined || w === undefined || x.length < 3 || x.length > 5) return false;
  const { group } = attributes;
  const isDepthwise = group > 1 && group === x[1] && group === w[0];
  if (group > 1 && !isDepthwise) return false;
  const windows = concreteWindows(windowAxes(attributes, kernelShapeOf(attributes.kernel_shape, w)), x.slice(2)).map(
    ({ output, kernel, stride, dilation, padBegin }) => convolutionAxis(output, kernel, stride, dilation, padBegin),
  );
  const subconvolutions = isDepthwise ? whole(windows) : arranged(windows, x.slice(2));
  return lowerByteConvolution(context, { ...layer, node, subconvolutions, isTransposed: false, isDepthwise });
}

function whole(windows: readonly AxisWindow[]): Subconvolution[] {
  return subconvolutionsAlong(windows.map((window) => [window]));
}

/** Windows without taps in padding: sums are exact, however they are arranged. Every subconvolution has a tap. */
function arranged(windows: readonly AxisWindow[], sizes: readonly number[]): Subconvolution[] {
  const [plain, cut] = withoutTapsInPadding(windows, sizes);
  const haveTaps = (parts: readonly Subconvolution[]) => parts.every((part) => tapCount(part) > 0);
  if (cut !== undefined && haveTaps(cut)) return cut.map(byThemselves);
  return haveTaps(plain) ? plain : whole(windows);
}

/** The weights of a convolution less their zero points: the first axis counts its outputs. Undefined for what is in no arena. */
function kernelsWithoutZeroPoint(context: LoweringContext, node: Node, weights: Value, zeroPoint: Value | undefined) {
  const dims = context.values.constant(weights)?.dims ?? context.tensors.representableDims(weights);
  if (dims === undefined) return undefined;
  const run = elementCount(dims.slice(1));
  return weightsWithoutZeroPoint(context, node, weights, zeroPoint, { axis: 0, run, sum: run });
}

function largestOf(numbers: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) largest = Math.max(largest, Math.abs(numbers[i]!));
  return largest;
}

export const quantizedConvolutionLowerings: readonly Lowering[] = [lowerConvInteger, lowerQLinearConv];
