/**
 * ConvInteger and QLinearConv as convolutions of float32 that holds integers: products are exact, and so are sums while they
 * stay below 2^24.
 */
import type { Value } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { elementCount } from '../../ir/tensor.js';
import { convIntegerSchema, qLinearConvSchema } from '../../ops/quantization/schemas.js';
import type { Elementwise } from '../../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from '../context/context.js';
import { convolutionLimits, convolve } from '../convolution/conv.js';
import { inputWithoutZeroPoint } from '../elementwise/zero-points.js';
import { defineLowering, kernelsOf, type Lowering, smallIntegers, unfitValue } from '../lowering.js';
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
    const weights = kernelsWithoutZeroPoint(context, w!, wZeroPoint);
    if (typeof weights === 'string') return weights;
    const mayRound = context.options.precision === 'fast' && isReadAsFloat(context, outputs.y);
    if (!mayRound && !isExact(context, x!, weights)) return longSums;
    const subtracted = inputWithoutZeroPoint(context, node, x!, xZeroPoint);
    if (subtracted === undefined) return severalZeroPoints;
    const operands = { x: subtracted, weights: weights.value, bias: undefined };
    const sums = { finish: (sum: Elementwise) => ({ tree: sum, inputs: [] }), isExact: !mayRound };
    return convolve(context, node, attributes, operands, sums);
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
    const weights = kernelsWithoutZeroPoint(context, w!, wZeroPoint);
    if (typeof weights === 'string') return weights;
    const biases = context.values.constant(bias);
    if (bias !== undefined && biases === undefined) return 'a bias that is computed';
    const largest = biases === undefined ? 0 : largestOf(numbersOf(biases.load()));
    if (context.options.precision === 'strict' && !isExact(context, x!, weights, largest)) return longSums;
    const finish = requantized(context, {
      aScale: xScale!,
      bScale: wScale!,
      yScale: yScale!,
      yZeroPoint: yZeroPoint!,
      y: y!,
      trailingAxes: context.values.constant(w)!.dims.length - 2,
    });
    if (typeof finish === 'string') return finish;
    const subtracted = inputWithoutZeroPoint(context, node, x!, xZeroPoint);
    if (subtracted === undefined) return severalZeroPoints;
    const operands = { x: subtracted, weights: weights.value, bias };
    return convolve(context, node, attributes, operands, { finish, isExact: false });
  },
);

/** The weights of a convolution less their zero points: the first axis counts its outputs. */
function kernelsWithoutZeroPoint(context: LoweringContext, weights: Value, zeroPoint: Value | undefined) {
  const [outputs = 1, ...run] = context.values.constant(weights)?.dims ?? [];
  return weightsWithoutZeroPoint(context, weights, zeroPoint, outputs, elementCount(run));
}

function largestOf(numbers: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) largest = Math.max(largest, Math.abs(numbers[i]!));
  return largest;
}

export const quantizedConvolutionLowerings: readonly Lowering[] = [lowerConvInteger, lowerQLinearConv];
