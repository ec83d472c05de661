/** Operators on truth values: Not, And, Or, Xor, and the tests for NaN and infinities. */
import { flag } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { applyBinary } from './binary.js';
import { alignedTensors, inferAligned, legacyBroadcastAttributes } from './legacy-broadcast.js';
import { defineUnary } from './unary.js';

function defineLogical<const N extends string>(name: N, apply: (a: number, b: number) => number) {
  return defineOperator({
    name,
    versions: [1, 7],
    inputs: [2, 2],
    outputs: [1, 1],
    attributes: legacyBroadcastAttributes,
    infer: (context) => [inferAligned(context, 'bool')],
    reference: (context) => {
      const [a, b] = alignedTensors(context);
      return [applyBinary(a, b, { number: apply })];
    },
  });
}

export const logic = family(
  defineUnary({ name: 'Not', versions: [1], takes: 'bool', kernel: () => ({ number: (x) => 1 - x }) }),
  defineLogical('And', (a, b) => a & b),
  defineLogical('Or', (a, b) => a | b),
  defineLogical('Xor', (a, b) => a ^ b),
  defineUnary({
    name: 'IsNaN',
    versions: [9, 13, 20],
    takes: 'float',
    gives: 'bool',
    kernel: () => ({ number: (x) => Number(Number.isNaN(x)) }),
  }),
  defineUnary({
    name: 'IsInf',
    versions: [10, 20],
    takes: 'float',
    gives: 'bool',
    attributes: { detect_negative: flag(true), detect_positive: flag(true) },
    kernel: ({ detect_negative, detect_positive }) => {
      const negative = Number(detect_negative);
      const positive = Number(detect_positive);
      return {
        number: (x) => (x === Number.POSITIVE_INFINITY ? positive : x === Number.NEGATIVE_INFINITY ? negative : 0),
      };
    },
  }),
);
