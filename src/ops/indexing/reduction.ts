/** How ScatterElements and ScatterND apply an update to an element: replace it, or reduce both. */
import { type ElementType, isBigInt, isFloat } from '../../ir/element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { Tensor } from '../../ir/tensor.js';
import { requireKind } from '../elementwise/element-types.js';
import { maxBigInt, minBigInt } from '../elementwise/variadic.js';
import { copyOf } from './copy.js';
import type { reductions } from './schemas.js';

export type Reduction = (typeof reductions)[number];

type Reducing = Exclude<Reduction, 'none'>;

/** Reduces `length` elements with as many updates. */
type Combine = (target: number, source: number, length: number) => void;

export function requireReducible(type: ElementType | undefined, reduction: Reduction): void {
  if (reduction !== 'none') requireKind(type, 'ordered', `data with the reduction '${reduction}'`);
}

const onBigInts: Readonly<Record<Reducing, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  max: maxBigInt,
  min: minBigInt,
};

const onFloats: Readonly<Record<Reducing, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};

/** A product of two 32-bit integers may not be exact as a number. */
const onIntegers = { ...onFloats, mul: Math.imul };

/** Addition is or, multiplication is and. */
const onBools = { ...onFloats, add: Math.max, mul: Math.min };

function numberKernel(type: ElementType, reduction: Reducing): (a: number, b: number) => number {
  if (type === 'bool') return onBools[reduction];
  return (isFloat(type) ? onFloats : onIntegers)[reduction];
}

function combineInto<T>(out: { [index: number]: T }, updates: ArrayLike<T>, apply: (a: T, b: T) => T): Combine {
  return (target, source, length) => {
    for (let i = 0; i < length; i++) out[target + i] = apply(out[target + i]!, updates[source + i]!);
  };
}

/**
 * `data` reduced with `updates` at the positions that `visit` gives. Integers wrap; floats are rounded after each step.
 */
export function reduceInto(
  data: Tensor,
  updates: Tensor,
  reduction: Reducing,
  visit: (combine: Combine) => void,
): Tensor {
  const { type, dims } = data;
  if (isBigInt(type)) {
    const out = copyOf(data.data as BigInt64Array);
    visit(combineInto(out, updates.data as BigInt64Array, onBigInts[reduction]));
    return new Tensor(type, dims, out);
  }
  const out = copyOf(numbersOf(data) as NumberArray);
  visit(combineInto(out, numbersOf(updates), numberKernel(type, reduction)));
  return tensorFromNumbers(type, dims, out);
}
