/** What the operators on quantized tensors share: operands without their zero points, requantization, when sums are exact. */

import { type Node, Value } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { integerRange, requantizationFactor } from '../../ops/quantization/quantized-storage.js';
import { binary, constant, type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from '../context/context.js';
import { isSmallInteger } from '../context/representable-types.js';
import type { ChainStart } from '../elementwise/chain.js';
import { addElementwise } from '../elementwise/loops.js';
import { quantized } from '../elementwise/quantize.js';
import { inputWithoutZeroPoint } from '../elementwise/zero-points.js';
import type { ReasonOf } from '../lowering.js';

/** Float32 has all integers up to here, and so all sums of integers that stay below. */
const mostExact = 2 ** 24;

/** The reason why integer products stay with the reference. */
export const longSums = 'sums that float32 may round';

export const severalZeroPoints = 'a zero point of several numbers';

export const weightLimits = [
  'a zero point that is computed',
  'a zero point of several axes',
  'a zero point of another size than the outputs',
] as const;

export const requantizationLimits = [
  'another type than integers of 8 and 16 bits',
  'scales or zero points that are computed',
  'scales or zero points of several axes',
  'scales or zero points of rows',
] as const;

export interface WeightsWithoutZeroPoint {
  /** Adds a step where they are computed; undefined where the zero point has several numbers then. */
  readonly value: () => Value | undefined;
  /** Over the outputs, the largest sum of the magnitudes of the weights. */
  readonly magnitude: () => number;
}

/** Between two integers of 8 bits. */
const largestDifference = 255;

/**
 * Weights less their zero point, which is one number, or, where it is constant, one for each output.
 * @param sizes the axis of the outputs, neighboring elements that belong to one, and how many products are summed for one
 * @returns a reason where they cannot be had
 */
export function weightsWithoutZeroPoint(
  context: LoweringContext,
  node: Node,
  weights: Value,
  zeroPoint: Value | undefined,
  { axis, run, sum }: { readonly axis: number; readonly run: number; readonly sum: number },
): WeightsWithoutZeroPoint | ReasonOf<typeof weightLimits> {
  const constant = context.values.constant(weights);
  if (constant === undefined) {
    return {
      value: () => computedWithoutZeroPoint(context, node, weights, zeroPoint, axis),
      magnitude: () => sum * largestDifference,
    };
  }
  const outputs = constant.dims.at(axis)!;
  const zeros = zeroPoint === undefined ? [0] : context.values.vector(zeroPoint);
  if (zeros === undefined)
    return context.values.constant(zeroPoint) ? 'a zero point of several axes' : 'a zero point that is computed';
  if (zeros.length !== 1 && zeros.length !== outputs) return 'a zero point of another size than the outputs';
  const magnitude = () => largestMagnitude(numbersOf(constant.load()), zeros, outputs, run);
  if (zeros.every((zero) => zero === 0)) return { value: () => weights, magnitude };
  const name = `${weights.name} without ${zeroPoint!.name}`;
  const derived = deriveWithoutZeroPoint(context, name, weights, zeroPoint, run);
  return { value: () => derived, magnitude };
}

function computedWithoutZeroPoint(
  context: LoweringContext,
  node: Node,
  weights: Value,
  zeroPoint: Value | undefined,
  axis: number,
): Value | undefined {
  const zeros = zeroPoint && context.values.vector(zeroPoint);
  if (zeros === undefined || zeros.length === 1) return inputWithoutZeroPoint(context, node, weights, zeroPoint);
  const dims = context.tensors.representableDims(weights)!;
  const row = dims.map((_, i) => (i === (axis + dims.length) % dims.length ? zeros.length : 1));
  const subtracted = context.values.ownValue(`${weights.name} without zero point`, dims);
  const inputs = [weights, context.values.literal(zeroPoint!.name, row, zeros)];
  addElementwise(context, { nodes: [node], tree: binary('sub', input(0), input(1)), inputs, output: subtracted });
  return subtracted;
}

/** A constant of the graph less its zero points, each of which is for `run` neighboring elements. */
function deriveWithoutZeroPoint(
  context: LoweringContext,
  name: string,
  of: Value,
  zeroPoint: Value | undefined,
  run: number,
): Value {
  const value = new Value(name);
  const { dims } = context.values.constant(of)!;
  const recipe = { name, dims, value: of.name, zeroPoint: zeroPoint?.name, scale: undefined, run };
  context.values.deriveConstant(value, recipe);
  return value;
}

function largestMagnitude(numbers: ArrayLike<number>, zeros: readonly number[], outputs: number, run: number): number {
  const sums = new Float64Array(outputs);
  for (let start = 0, place = 0; start < numbers.length; start += run, place = (place + 1) % outputs) {
    const zero = zeros[zeros.length === 1 ? 0 : place]!;
    let sum = 0;
    for (let i = start; i < start + run; i++) sum += Math.abs(numbers[i]! - zero);
    sums[place]! += sum;
  }
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

/** Whether float32 has every sum that can occur on the way to an output. */
export function isExact(context: LoweringContext, x: Value, weights: WeightsWithoutZeroPoint, bias = 0): boolean {
  const { min, max } = integerRange(context.values.elementType(x)!);
  // The zero point is an integer of the type as well, so x less it spans the whole range of the type.
  return weights.magnitude() * (max - min) + bias < mostExact;
}

/** Whether all readers take the 32-bit sums as float32: then the sums may be rounded to it. */
export function isReadAsFloat(context: LoweringContext, sums: Value): boolean {
  if (context.uses.isReturned(sums)) return false;
  return context.uses
    .readers(sums)
    .every(
      ({ opType, outputs }) =>
        (opType === 'Cast' || opType === 'DequantizeLinear') && context.values.elementType(outputs[0]!) === 'float32',
    );
}

/** What QLinear operators make of a sum: round(sum * aScale * bScale / yScale) + yZeroPoint, within y's type. */
export interface Requantization {
  readonly aScale: Value;
  readonly bScale: Value;
  readonly yScale: Value;
  readonly yZeroPoint: Value;
  readonly y: Value;
  /** How many axes follow the axis of the result that bScale's elements are along. */
  readonly trailingAxes: number;
}

/** @returns a reason where scales or zero points are computed or have other shapes */
export function requantized(
  context: LoweringContext,
  { aScale, bScale, yScale, yZeroPoint, y, trailingAxes }: Requantization,
): ((sum: Elementwise) => ChainStart) | ReasonOf<typeof requantizationLimits> {
  const parameters = [aScale, bScale, yScale, yZeroPoint];
  const [a, b, c, zero] = parameters.map((value) => context.values.vector(value));
  const type = context.values.elementType(y);
  if (type === undefined || !isSmallInteger(type)) return 'another type than integers of 8 and 16 bits';
  if (a === undefined || b === undefined || c === undefined || zero === undefined) {
    const areConstant = parameters.every((value) => context.values.constant(value) !== undefined);
    return areConstant ? 'scales or zero points of several axes' : 'scales or zero points that are computed';
  }
  if (a.length !== 1 || c.length !== 1 || zero.length !== 1) return 'scales or zero points of rows';
  const factors = b.map((scale) => requantizationFactor(a[0]!, scale, c[0]!));
  const isOne = factors.every((factor) => factor === factors[0]);
  const inputs = isOne
    ? []
    : [
        context.values.literal(
          `${y.name} factors`,
          [factors.length, ...new Array<number>(trailingAxes).fill(1)],
          factors,
        ),
      ];
  const factor = isOne ? constant(factors[0]!) : input(1);
  return (sum) => ({ tree: quantized(binary('mul', sum, factor), constant(zero[0]!), type), inputs });
}
