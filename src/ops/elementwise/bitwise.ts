/** Operators on the bits of integers: BitwiseNot, BitwiseAnd, BitwiseOr, BitwiseXor, BitShift. */
import { type ElementType, elementTypeFacts } from '../../ir/element-type.js';
import { text } from '../attributes.js';
import { defineOperator, type Operator, tensorAt } from '../operator.js';
import { required } from '../signature.js';
import { integers, unsigned } from '../type-set.js';
import { applyBinary, type BinaryKernel, inferElementwise } from './binary.js';
import { defineUnary } from './unary.js';

function defineBitwise(name: string, kernel: BinaryKernel): Operator {
  return defineOperator({
    name,
    versions: [18],
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('C', 'T')],
    types: { T: integers },
    isElementwise: true,
    attributes: {},
    infer: (context) => [inferElementwise(context)],
    reference: (context) => [applyBinary(tensorAt(context, 0), tensorAt(context, 1), kernel)],
  });
}

/** Unsigned shifts; shifting by the width of the type or more gives 0. */
function shift(direction: 'LEFT' | 'RIGHT', type: ElementType): BinaryKernel {
  const { bits } = elementTypeFacts(type);
  const isLeft = direction === 'LEFT';
  return {
    number: (value, by) => (by >= bits ? 0 : isLeft ? value << by : value >>> by),
    bigint: (value, by) => (by >= bits ? 0n : isLeft ? value << by : value >> by),
  };
}

export const bitwise: readonly Operator[] = [
  defineUnary({
    name: 'BitwiseNot',
    versions: [18],
    takes: integers,
    kernel: () => ({ number: (x) => ~x, bigint: (x) => ~x }),
  }),
  defineBitwise('BitwiseAnd', { number: (a, b) => a & b, bigint: (a, b) => a & b }),
  defineBitwise('BitwiseOr', { number: (a, b) => a | b, bigint: (a, b) => a | b }),
  defineBitwise('BitwiseXor', { number: (a, b) => a ^ b, bigint: (a, b) => a ^ b }),
  defineOperator({
    name: 'BitShift',
    versions: [11],
    inputs: [required('X', 'T'), required('Y', 'T')],
    outputs: [required('Z', 'T')],
    types: { T: unsigned },
    isElementwise: true,
    attributes: { direction: text().required().oneOf('LEFT', 'RIGHT') },
    infer: (context) => [inferElementwise(context)],
    reference: (context) => {
      const x = tensorAt(context, 0);
      return [applyBinary(x, tensorAt(context, 1), shift(context.attributes.direction, x.type))];
    },
  }),
];
