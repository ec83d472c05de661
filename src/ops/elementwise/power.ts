/** Pow: the result has the base's type; the exponent's may differ. */
import { type ElementType, isBigInt, isInteger } from '../../ir/element-type.js';
import { numbersOf } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, indexTypes, numbers, reals } from '../type-set.js';
import { applyBinary, type BinaryKernel } from './binary.js';
import { alignedTensors, alignedTypes, inferAligned, legacyBroadcastAttributes } from './legacy-broadcast.js';

/** IEEE 754 pow: unlike `**`, 1 to any power is 1, and −1 to an infinite one. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  // The most common exponent; the result is the same.
  if (exponent === 2) return base * base;
  return base ** exponent;
}

/**
 * By repeated squaring modulo 2^64. Negative exponents give 0 except for the bases 1 and −1, like division towards
 * zero.
 */
function integerPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}

const integerKernel: BinaryKernel = {
  number: (base, exponent) => Number(BigInt.asIntN(32, integerPower(BigInt(base), BigInt(exponent)))),
  bigint: integerPower,
};

const floatKernel: BinaryKernel = { number: power };

/** Results beyond the type are its largest or smallest number. 64-bit integers are held to that when they are stored. */
const int32Kernel: BinaryKernel = {
  number: (base, exponent) => Math.min(Math.max(power(base, exponent), -(2 ** 31)), 2 ** 31 - 1),
};

function pow(base: Tensor, exponent: Tensor): Tensor {
  if (!isInteger(base.type) || !isInteger(exponent.type))
    return applyBinary(base, exponent, base.type === 'int32' ? int32Kernel : floatKernel);
  return applyBinary(base, isBigInt(base.type) ? widen(exponent) : exponent, integerKernel);
}

function widen(tensor: Tensor): Tensor {
  return isBigInt(tensor.type)
    ? tensor
    : new Tensor('int64', tensor.dims, BigInt64Array.from(numbersOf(tensor), BigInt));
}

export const powers = family(
  defineOperator({
    name: 'Pow',
    versions: [1, 7, 12, 13, 15],
    inputs: [required('X', 'T'), required('Y', 'T').typeFrom(12, 'T1')],
    outputs: [required('Z', 'T')],
    types: { T: reals.from(12, indexTypes).from(13, bfloat16s), T1: numbers.from(15, bfloat16s) },
    isElementwise: true,
    attributes: legacyBroadcastAttributes,
    infer: (context) => {
      const type: ElementType | undefined = context.elementType(0);
      const shapes = alignedTypes(context).map((input) => input && tensorType(undefined, input.shape));
      return [inferAligned(context, type, shapes)];
    },
    reference: (context) => [pow(...alignedTensors(context))],
  }),
);
