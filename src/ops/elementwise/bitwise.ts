/** Operators on the bits of integers: BitwiseNot, BitwiseAnd, BitwiseOr, BitwiseXor, BitShift. */
import { type ElementType, elementTypeFacts } from '../../ir/element-type.js';
import { tensorType } from '../../ir/shape.js';
import { tensorAt } from '../arguments.js';
import { defineOperator, type Operator } from '../operator.js';
import { applyBinary, type BinaryKernel, inferElementwise } from './binary.js';
import { bitShiftSchema, bitwiseNotSchema, bitwiseSchemas } from './schemas.js';
import { applyUnary } from './unary.js';

function defineBitwise(schema: (typeof bitwiseSchemas)[keyof typeof bitwiseSchemas], kernel: BinaryKernel): Operator {
  return defineOperator({
    ...schema,
    isElementwise: true,
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
  defineOperator({
    ...bitwiseNotSchema,
    isElementwise: true,
    infer: (context) => [tensorType(context.elementType(0), context.shape(0))],
    reference: (context) => [applyUnary(tensorAt(context, 0), { number: (x) => ~x, bigint: (x) => ~x })],
  }),
  defineBitwise(bitwiseSchemas.and, { number: (a, b) => a & b, bigint: (a, b) => a & b }),
  defineBitwise(bitwiseSchemas.or, { number: (a, b) => a | b, bigint: (a, b) => a | b }),
  defineBitwise(bitwiseSchemas.xor, { number: (a, b) => a ^ b, bigint: (a, b) => a ^ b }),
  defineOperator({
    ...bitShiftSchema,
    isElementwise: true,
    infer: (context) => [inferElementwise(context)],
    reference: (context) => {
      const x = tensorAt(context, 0);
      return [applyBinary(x, tensorAt(context, 1), shift(context.attributes.direction, x.type))];
    },
  }),
];
