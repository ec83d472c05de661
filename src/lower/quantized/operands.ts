/** What the operators on quantised tensors have in common: operands without their zero points, factors, exact sums. */
import { Value } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { integerRange } from '../../ops/quantization/quantized-storage.js';
import { binary, constant, type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from '../context/context.js';
import { isSmallInteger } from '../context/representable-types.js';
import type { ChainStart } from '../elementwise/chain.js';
import { quantized } from '../elementwise/quantize.js';

/** Integers up to here are float32, and so are sums of them that stay below. */
const mostExact = 2 ** 24;

/** Why integers stay with the reference. */
export const longSums = 'sums that float32 may round';

export interface WeightsWithoutZeroPoint {
  readonly value: Value;
  /** The largest sum of magnitudes that makes up one output. */
  readonly magnitude: () => number;
}

/**
 * Constant weights without their zero points: of one number, or one for each of the `outputs`, of which each has `run`
 * neighbours at a time.
 * @returns a reason where they cannot be had
 */
export function weightsWithoutZeroPoint(
  context: LoweringContext,
  weights: Value,
  zeroPoint: Value | undefined,
  outputs: number,
  run: number,
): WeightsWithoutZeroPoint | string {
  const constant = context.values.constant(weights);
  if (constant === undefined) return 'weights that are computed';
  const zeros = zeroPoint === undefined ? [0] : context.values.vector(zeroPoint);
  if (zeros === undefined) return 'a zero point that is computed, or has several axes';
  if (zeros.length !== 1 && zeros.length !== outputs) return 'a zero point of another size than the outputs';
  const magnitude = () => largestMagnitude(numbersOf(constant.load()), zeros, outputs, run);
  if (zeros.every((zero) => zero === 0)) return { value: weights, magnitude };
  const name = `${weights.name} without ${zeroPoint!.name}`;
  return { value: deriveWithoutZeroPoint(context, name, weights, zeroPoint, run), magnitude };
}

/** A constant of the graph less its zero points, of which each is for `run` neighbours. */
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

/** Whether sums of products with 8-bit integers are exact in float32: all partial sums are integers that it has. */
export function isExact(context: LoweringContext, x: Value, weights: WeightsWithoutZeroPoint, bias = 0): boolean {
  const { min, max } = integerRange(context.values.elementType(x)!);
  // Without a zero point, which is an 8-bit integer too.
  return weights.magnitude() * (max - min) + bias < mostExact;
}

/** Whether all that becomes of 32-bit sums is float32: then rounding them to it changes no type's meaning. */
export function isReadAsFloat(context: LoweringContext, sums: Value): boolean {
  if (context.uses.isReturned(sums)) return false;
  return context.uses
    .readers(sums)
    .every(
      ({ opType, outputs }) =>
        (opType === 'Cast' || opType === 'DequantizeLinear') && context.values.elementType(outputs[0]!) === 'float32',
    );
}

/** What QLinear operators make of sums: times scale(s) of the operands over that of the result, rounded, and so on. */
export interface Requantization {
  readonly aScale: Value;
  readonly bScale: Value;
  readonly yScale: Value;
  readonly yZeroPoint: Value;
  readonly y: Value;
  /** Axes behind the one that the outputs, which b's scales belong to, are along. */
  readonly behind: number;
}

/** @returns a reason where scales or zero points are computed or have other shapes */
export function requantized(
  context: LoweringContext,
  { aScale, bScale, yScale, yZeroPoint, y, behind }: Requantization,
): ((sum: Elementwise) => ChainStart) | string {
  const [a, b, c, zero] = [aScale, bScale, yScale, yZeroPoint].map((value) => context.values.vector(value));
  const type = context.values.elementType(y);
  if (type === undefined || !isSmallInteger(type)) return 'another type than integers of 8 and 16 bits';
  if (a === undefined || b === undefined || c === undefined || zero === undefined) {
    return 'scales or zero points that are computed, or have several axes';
  }
  if (a.length !== 1 || c.length !== 1 || zero.length !== 1) return 'scales or zero points of rows';
  const factors = b.map((scale) => (a[0]! * scale) / c[0]!);
  const isOne = factors.every((factor) => factor === factors[0]);
  const inputs = isOne
    ? []
    : [context.values.literal(`${y.name} factors`, [factors.length, ...new Array<number>(behind).fill(1)], factors)];
  const factor = isOne ? constant(Math.fround(factors[0]!)) : input(1);
  return (sum) => ({ tree: quantized(binary('mul', sum, factor), constant(zero[0]!), type), inputs });
}
