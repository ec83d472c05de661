/** Logical operators: Not, And, Or, Xor, and the tests for NaN and infinities. */
import { flag } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, bools, float8s, reals, realsAndBfloat16s, TypeSet } from '../type-set.js';
import { applyBinary } from './binary.js';
import { alignedTensors, inferAligned, legacyBroadcastAttributes } from './legacy-broadcast.js';
import { defineUnary } from './unary.js';

function defineLogical<const N extends string>(name: N, apply: (a: number, b: number) => number) {
  return defineOperator({
    name,
    versions: [1, 7],
    inputs: [required('A', bools), required('B', bools)],
    outputs: [required('C', bools)],
    isElementwise: true,
    attributes: legacyBroadcastAttributes,
    infer: (context) => [inferAligned(context)],
    reference: (context) => {
      const [a, b] = alignedTensors(context);
      return [applyBinary(a, b, { number: apply })];
    },
  });
}

export const logic = family(
  defineUnary({ name: 'Not', versions: [1], takes: bools, kernel: () => ({ number: (x) => 1 - x }) }),
  defineLogical('And', (a, b) => a & b),
  defineLogical('Or', (a, b) => a | b),
  defineLogical('Xor', (a, b) => a ^ b),
  defineUnary({
    name: 'IsNaN',
    versions: [9, 13, 20],
    takes: reals.from(13, bfloat16s).from(20, float8s),
    gives: 'bool',
    kernel: () => ({ number: (x) => Number(Number.isNaN(x)) }),
  }),
  defineUnary({
    name: 'IsInf',
    versions: [10, 20],
    takes: TypeSet.of('float32', 'float64').from(20, realsAndBfloat16s, float8s),
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
