/** Floor, Ceil, Round. */
import { ceilDiv } from '../../ir/dim.js';
import { floorQuantity, isDim, isFraction } from '../../ir/quantity.js';
import { family } from '../operator.js';
import { bfloat16s, reals } from '../type-set.js';
import { defineUnary } from './unary.js';

/** Rounds to the nearest integer, halves to even. */
export function roundHalfToEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

export const rounding = family(
  defineUnary({
    name: 'Floor',
    versions: [1, 6, 13],
    takes: reals.from(13, bfloat16s),
    kernel: () => ({ number: Math.floor }),
    quantity: floorQuantity,
  }),
  defineUnary({
    name: 'Ceil',
    versions: [1, 6, 13],
    takes: reals.from(13, bfloat16s),
    kernel: () => ({ number: Math.ceil }),
    // In the same form as sizes of convolution and pooling.
    quantity: (x) => (isFraction(x) ? ceilDiv(x.numerator, x.denominator) : x),
  }),
  defineUnary({
    name: 'Round',
    versions: [11, 22],
    takes: reals.from(22, bfloat16s),
    kernel: () => ({ number: roundHalfToEven }),
    quantity: (x) => (isDim(x) ? x : undefined),
  }),
);
