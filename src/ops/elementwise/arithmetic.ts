/** Add, Sub, Mul, Div. */
import { fail } from '../../diagnostics.js';
import { type ElementType, isFloat, isInteger } from '../../ir/element-type.js';
import {
  addQuantities,
  divideQuantities,
  multiplyQuantities,
  negateQuantity,
  type Quantity,
  truncateQuantity,
} from '../../ir/quantity.js';
import { defineOperator, type Operator } from '../operator.js';
import { applyBinary, applySymbolic, type BinaryKernel, inferElementwise } from './binary.js';
import { alignedTensors, alignedTypes, legacyBroadcastAttributes } from './legacy-broadcast.js';

interface Arithmetic {
  readonly name: string;
  readonly kernel: (type: ElementType) => BinaryKernel;
  readonly quantity: (a: Quantity, b: Quantity, type: ElementType) => Quantity | undefined;
}

function defineArithmetic({ name, kernel, quantity }: Arithmetic): Operator {
  return defineOperator({
    name,
    versions: [1, 6, 7, 13, 14],
    inputs: [2, 2],
    outputs: [1, 1],
    attributes: legacyBroadcastAttributes,
    infer: (context) => [inferElementwise(context, alignedTypes(context))],
    symbolic: (context) => applySymbolic(context, quantity),
    reference: (context) => {
      const [a, b] = alignedTensors(context);
      return [applyBinary(a, b, kernel(a.type))];
    },
  });
}

function noZeroDivisor(isZero: boolean): void {
  if (isZero) fail('US2007', 'an integer is divided by zero');
}

/** Integers divide towards zero, as in C. */
const integerDivision: BinaryKernel = {
  number: (a, b) => {
    noZeroDivisor(b === 0);
    return Math.trunc(a / b);
  },
  bigint: (a, b) => {
    noZeroDivisor(b === 0n);
    return a / b;
  },
};

export const arithmetic: readonly Operator[] = [
  defineArithmetic({
    name: 'Add',
    kernel: () => ({ number: (a, b) => a + b, bigint: (a, b) => a + b }),
    quantity: addQuantities,
  }),
  defineArithmetic({
    name: 'Sub',
    kernel: () => ({ number: (a, b) => a - b, bigint: (a, b) => a - b }),
    quantity: (a, b) => addQuantities(a, negateQuantity(b)),
  }),
  defineArithmetic({
    name: 'Mul',
    kernel: (type) => ({ number: isFloat(type) ? (a, b) => a * b : Math.imul, bigint: (a, b) => a * b }),
    quantity: multiplyQuantities,
  }),
  defineArithmetic({
    name: 'Div',
    kernel: (type) => (isInteger(type) ? integerDivision : { number: (a, b) => a / b }),
    quantity: (a, b, type) => {
      const quotient = divideQuantities(a, b);
      return quotient === undefined || !isInteger(type) ? quotient : truncateQuantity(quotient);
    },
  }),
];
