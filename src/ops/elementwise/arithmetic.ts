/** Add, Sub, Mul, Div. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import { type ElementType, isFloat, isInteger } from '../../ir/element-type.js';
import {
  floorQuantity,
  isFraction,
  isLess,
  negateQuantity,
  type Quantity,
  truncateQuantity,
} from '../../ir/quantity.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, numbers, reals, wideNumbers } from '../type-set.js';
import { applyBinary, type BinaryKernel } from './binary.js';
import { alignedSymbolic, alignedTensors, inferAligned, legacyBroadcastAttributes } from './legacy-broadcast.js';
import {
  addElements,
  divide,
  hasSymbol,
  isRounded,
  mapSymbolic,
  multiplyElements,
  requireNonEmpty,
} from './symbolic.js';

/** What requirements on sizes say of arithmetic. */
type Sizes = Pick<InferContext<unknown>, 'quotient' | 'isNeverNegative' | 'atLeast'>;

interface Arithmetic<N extends string> {
  readonly name: N;
  readonly kernel: (type: ElementType) => BinaryKernel;
  readonly quantity: (a: Quantity, b: Quantity, type: ElementType, sizes: Sizes) => Quantity | undefined;
}

function defineArithmetic<const N extends string>({ name, kernel, quantity }: Arithmetic<N>) {
  return defineOperator({
    name,
    versions: [1, 6, 7, 13, 14],
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('C', 'T')],
    types: { T: reals.from(6, wideNumbers).from(13, bfloat16s).from(14, numbers) },
    isElementwise: true,
    attributes: legacyBroadcastAttributes,
    infer: (context) => [inferAligned(context)],
    symbolic: (context) => {
      const inputs = alignedSymbolic(context);
      if (inputs === undefined) return undefined;
      const { type } = inputs[0]!;
      return [
        mapSymbolic(
          inputs,
          type,
          ([a, b]) => quantity(a!, b!, type, context),
          () => context.unknownElement(),
        ),
      ];
    },
    reference: (context) => {
      const [a, b] = alignedTensors(context);
      return [applyBinary(a, b, kernel(a.type))];
    },
  });
}

const addition: BinaryKernel = {
  number: (a, b) => a + b,
  bigint: (a, b) => a + b,
  loop: (a, b, out, { start, length, from: [left, right], step: [leftStep, rightStep] }) => {
    for (let i = 0; i < length; i++) out[start + i] = a[left! + i * leftStep!]! + b[right! + i * rightStep!]!;
  },
};

const subtraction: BinaryKernel = {
  number: (a, b) => a - b,
  bigint: (a, b) => a - b,
  loop: (a, b, out, { start, length, from: [left, right], step: [leftStep, rightStep] }) => {
    for (let i = 0; i < length; i++) out[start + i] = a[left! + i * leftStep!]! - b[right! + i * rightStep!]!;
  },
};

const multiplication: BinaryKernel = {
  number: (a, b) => a * b,
  loop: (a, b, out, { start, length, from: [left, right], step: [leftStep, rightStep] }) => {
    for (let i = 0; i < length; i++) out[start + i] = a[left! + i * leftStep!]! * b[right! + i * rightStep!]!;
  },
};

/** A product of two 32-bit integers may not be exact as a number. */
const integerMultiplication: BinaryKernel = { number: Math.imul, bigint: (a, b) => a * b };

const division: BinaryKernel = {
  number: (a, b) => a / b,
  loop: (a, b, out, { start, length, from: [left, right], step: [leftStep, rightStep] }) => {
    for (let i = 0; i < length; i++) out[start + i] = a[left! + i * leftStep!]! / b[right! + i * rightStep!]!;
  },
};

const dividedByZero = defineProblem('US2007', { message: 'an integer is divided by zero' });

export function failDivision(): never {
  fail(dividedByZero());
}

function noZeroDivisor(isZero: boolean): void {
  if (isZero) failDivision();
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

function divideElement(a: Quantity, b: Quantity, type: ElementType, sizes: Sizes): Quantity | undefined {
  const exact = (dividend: Dim, divisor: Dim) => sizes.quotient(dividend, divisor);
  if (!isInteger(type))
    return hasSymbol(b) && (isRounded(a, type) || isRounded(b, type)) ? undefined : divide(a, b, exact);
  requireNonEmpty(sizes, b, 'the divisor', dividedByZero);
  if (isLess(a, 0) === false && isLess(a, b)) return 0;
  const quotient = divide(a, b, exact);
  if (quotient === undefined) return undefined;
  const whole = truncateQuantity(quotient);
  if (whole !== undefined || !isFraction(quotient)) return whole;
  return sizes.isNeverNegative(quotient.numerator) ? floorQuantity(quotient) : undefined;
}

export const arithmetic = family(
  defineArithmetic({ name: 'Add', kernel: () => addition, quantity: addElements }),
  defineArithmetic({
    name: 'Sub',
    kernel: () => subtraction,
    quantity: (a, b, type) => addElements(a, negateQuantity(b), type),
  }),
  defineArithmetic({
    name: 'Mul',
    kernel: (type) => (isFloat(type) ? multiplication : integerMultiplication),
    quantity: multiplyElements,
  }),
  defineArithmetic({
    name: 'Div',
    kernel: (type) => (isInteger(type) ? integerDivision : division),
    quantity: divideElement,
  }),
);
