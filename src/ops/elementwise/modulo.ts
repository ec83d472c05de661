/** Mod. */
import { defineProblem, fail } from '../../diagnostics.js';
import { add, mod, negate } from '../../ir/dim.js';
import { type ElementType, isFloat } from '../../ir/element-type.js';
import { isDim, isLess, negateQuantity, type Quantity } from '../../ir/quantity.js';
import { tensorAt } from '../arguments.js';
import { flag } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, numbers } from '../type-set.js';
import { applyBinary, applySymbolic, type BinaryKernel, inferElementwise } from './binary.js';
import { divide, requireNonEmpty } from './symbolic.js';

const remainderByZero = defineProblem('US2007', { message: 'the remainder of a division of integers by zero' });

export function failRemainder(): never {
  fail(remainderByZero());
}

function noZeroDivisor(isZero: boolean): void {
  if (isZero) failRemainder();
}

/** The sign of the dividend, as in C. */
const truncatedInteger: BinaryKernel = {
  number: (a, b) => {
    noZeroDivisor(b === 0);
    return a % b;
  },
  bigint: (a, b) => {
    noZeroDivisor(b === 0n);
    return a % b;
  },
};

/** The sign of the divisor, as in Python. */
const floored: BinaryKernel = {
  number: (a, b) => {
    noZeroDivisor(b === 0);
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  },
  bigint: (a, b) => {
    noZeroDivisor(b === 0n);
    const rest = a % b;
    return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
  },
};

const fmod: BinaryKernel = { number: (a, b) => a % b };

function kernelFor(isFmod: boolean, type: ElementType): BinaryKernel {
  if (isFloat(type)) return fmod;
  return isFmod ? truncatedInteger : floored;
}

/**
 * With the sign of the divisor: a − b·floor(a/b). A remainder by a size that may be above or below a number is a size
 * of its own: a torch.roll takes that many elements from one end and the rest from the other.
 */
function flooredRest(a: Quantity, b: Quantity, context?: Sizes): Quantity | undefined {
  if (!isDim(a) || !isDim(b)) return undefined;
  if (isLess(a, 0) === false && isLess(a, b)) return a;
  if (isLess(a, 0) === true && isLess(add(a, b), 0) === false) return add(a, b);
  const quotient = divide(a, b);
  if (quotient !== undefined && isDim(quotient)) return 0;
  if (typeof a === 'number' && isLess(0, b)) return context?.fresh(`the remainder of ${a} by ${b}`);
  if (typeof b !== 'number' || b === 0) return undefined;
  return b > 0 ? mod(a, b) : negate(mod(negate(a), -b));
}

/** With the sign of the dividend, if that is known. */
function truncatedRest(a: Quantity, b: Quantity): Quantity | undefined {
  const magnitude = isLess(b, 0) ? negateQuantity(b) : b;
  if (isLess(a, 0) === false) return flooredRest(a, magnitude);
  if (isLess(0, a) !== false) return undefined;
  const rest = flooredRest(negateQuantity(a), magnitude);
  return rest === undefined ? undefined : negateQuantity(rest);
}

type Sizes = Pick<InferContext<unknown>, 'fresh' | 'atLeast'>;

const modNeedsFmod = defineProblem('US1304', { type: 'string' }, ({ type }) => ({
  message: `Mod of ${type} needs the attribute 'fmod' to be 1`,
  value: 'fmod',
  expected: '1',
  actual: '0',
}));

export const modulo = family(
  defineOperator({
    name: 'Mod',
    versions: [10, 13],
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('C', 'T')],
    types: { T: numbers.from(13, bfloat16s) },
    isElementwise: true,
    attributes: { fmod: flag(false) },
    infer: (context) => {
      const result = inferElementwise(context, context.inputs);
      const type = result.elementType;
      if (!context.attributes.fmod && type !== undefined && isFloat(type)) {
        fail(modNeedsFmod({ type }));
      }
      return [result];
    },
    symbolic: (context) =>
      applySymbolic(context, (a, b, type) => {
        if (!isFloat(type)) requireNonEmpty(context, b, 'the divisor', remainderByZero);
        return context.attributes.fmod ? truncatedRest(a, b) : flooredRest(a, b, context);
      }),
    reference: (context) => {
      const a = tensorAt(context, 0);
      return [applyBinary(a, tensorAt(context, 1), kernelFor(context.attributes.fmod, a.type))];
    },
  }),
);
