/** Converts real numbers to quantized types and back. */

import { defineProblem, fail } from '../../diagnostics.js';
import { type ElementType, elementTypeFacts, elementTypeFromCode } from '../../ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { formatShape } from '../../ir/shape.js';
import { encodeSmallFloat, isSmallFloat } from '../../ir/small-float.js';
import { Tensor } from '../../ir/tensor.js';
import { broadcastIndices } from '../broadcast.js';
import { roundHalfToEven } from '../elementwise/rounding.js';

/** The range of an integer type. */
export function integerRange(type: ElementType): { readonly min: number; readonly max: number } {
  const { bits, kind } = elementTypeFacts(type);
  return kind === 'signed' ? { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 } : { min: 0, max: 2 ** bits - 1 };
}

/**
 * Replaces every value by value + zero point. Integers round halves to even before the zero point is added, and
 * saturate; floats of 8 and 4 bits round to the nearest (attribute `saturate`).
 */
export function quantize(
  type: ElementType,
  dims: readonly number[],
  values: Float64Array,
  zeroPoint: (i: number) => number,
  saturate = true,
): Tensor {
  if (isSmallFloat(type)) {
    const bits = new Uint8Array(values.length);
    for (let i = 0; i < bits.length; i++) bits[i] = encodeSmallFloat(type, values[i]! + zeroPoint(i), saturate);
    return new Tensor(type, dims, bits);
  }
  const { min, max } = integerRange(type);
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.min(Math.max(roundHalfToEven(values[i]!) + zeroPoint(i), min), max);
  }
  return tensorFromNumbers(type, dims, values);
}

/**
 * A sum of integer products by the scales of its operands and of the result, each step in float32, in the order of
 * onnxruntime's kernels (QLinearConv, QLinearMatMul): what is rounded afterwards is the same number there.
 */
export function requantize(sum: number, aScale: number, bScale: number, yScale: number): number {
  return Math.fround(Math.fround(sum) * requantizationFactor(aScale, bScale, yScale));
}

export function requantizationFactor(aScale: number, bScale: number, yScale: number): number {
  return Math.fround(Math.fround(aScale * bScale) / yScale);
}

/** The numbers rounded to values of `type`. */
export function roundedTo(type: ElementType, tensor: Tensor): ArrayLike<number> {
  return tensor.type === type ? numbersOf(tensor) : roundNumbers(type, numbersOf(tensor));
}

export function roundNumbers(type: ElementType, numbers: ArrayLike<number>): ArrayLike<number> {
  return numbersOf(tensorFromNumbers(type, [numbers.length], numbers));
}

const doesNotStretch = defineProblem(
  'US1204',
  { tensor: 'string', from: 'integers', to: 'integers' },
  ({ tensor, from, to }) => ({
    message: `${tensor} of shape ${formatShape(from)} does not stretch to ${formatShape(to)}`,
    value: tensor,
    expected: `sizes of ${formatShape(to)}, or 1`,
    actual: formatShape(from),
  }),
);

/** `broadcastIndices` with a check that `from` broadcasts to `to`, which may be known only at run time. */
export function stretchIndices(from: readonly number[], to: readonly number[], name: string): Uint32Array {
  const offset = to.length - from.length;
  if (offset < 0 || from.some((size, axis) => size !== 1 && size !== to[axis + offset])) {
    fail(doesNotStretch({ tensor: name, from, to }));
  }
  return broadcastIndices(from, to);
}

/**
 * A tensor's numbers minus its zero points, which are broadcast to its shape.
 *
 * @throws ProblemError US1204 if they do not broadcast
 */
export function minusZeroPoint(tensor: Tensor, zeroPoint: Tensor | undefined): Float64Array {
  const numbers = numbersOf(tensor);
  if (zeroPoint === undefined) return new Float64Array(numbers);
  const zeros = numbersOf(zeroPoint);
  const zeroOf = stretchIndices(zeroPoint.dims, tensor.dims, 'the zero point');
  return new Float64Array(numbers).map((value, i) => value - zeros[zeroOf[i]!]!);
}

const typeCodeUnknown = defineProblem('US1304', { attribute: 'string', code: 'integer' }, ({ attribute, code }) => ({
  message: `the attribute '${attribute}' does not name an element type`,
  value: attribute,
  actual: String(code),
}));

/** The element type that an attribute names by its code; undefined for 0, which stands for no type. */
export function typeAttribute(name: string, code: number): ElementType | undefined {
  if (code === 0) return undefined;
  const type = elementTypeFromCode(code);
  if (type === undefined) {
    fail(typeCodeUnknown({ attribute: name, code }));
  }
  return type;
}
