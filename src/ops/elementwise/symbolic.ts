/**
 * Elementwise arithmetic on symbolic values. A rule must return what the reference would compute for all sizes, so
 * results that rounding or wrapping could change are dropped.
 */
import { type Dim, divideExact, max, min, mul, rangeOf, type Sym, symbolsOf } from '../../ir/dim.js';
import { type ElementType, elementTypeFacts, isFloat, isInteger } from '../../ir/element-type.js';
import { factorsOf } from '../../ir/factors.js';
import { greatestCommonDivisor } from '../../ir/integers.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import {
  addQuantities,
  divideQuantities,
  isDim,
  isFraction,
  isLess,
  isUnknown,
  multiplyQuantities,
  negateQuantity,
  type Quantity,
  quantityFromNumber,
  type SymbolicTensor,
  symbolicTensor,
} from '../../ir/quantity.js';
import type { InferContext, Otherwise } from '../infer-context.js';
import { forEachBroadcastRun } from './runs.js';

type Known = Pick<InferContext<unknown>, 'partlyKnown'>;

/** Whether the quantity contains a symbol. */
export function hasSymbol(quantity: Quantity): boolean {
  return typeof (isFraction(quantity) ? quantity.numerator : quantity) !== 'number';
}

/**
 * The first `count` inputs, if all are known at least in part and one contains a symbol. For values without symbols the reference is
 * run, in the arithmetic of their element type.
 */
export function symbolicInputs(context: Known, count: number): readonly SymbolicTensor[] | undefined {
  const inputs: SymbolicTensor[] = [];
  for (let i = 0; i < count; i++) {
    const known = context.partlyKnown(i);
    if (known === undefined) return undefined;
    inputs.push(known);
  }
  return inputs.some((input) => input.elements.some(hasSymbol)) ? inputs : undefined;
}

/**
 * Applies `apply` to each element of the broadcast inputs; undefined if one element cannot be determined.
 * @param unknown makes an element that depends on unknown ones
 */
export function mapSymbolic(
  inputs: readonly SymbolicTensor[],
  type: ElementType,
  apply: (elements: readonly Quantity[]) => Quantity | undefined,
  unknown?: () => Quantity,
): SymbolicTensor | undefined {
  const elements: (Quantity | undefined)[] = [];
  const dims = forEachBroadcastRun(
    inputs.map((input) => input.dims),
    ({ length, from, step }) => {
      for (let i = 0; i < length; i++) {
        const operands = inputs.map((input, k) => input.elements[from[k]! + i * step[k]!]!);
        const applied = apply(operands);
        const result = applied && asElement(applied, type);
        const isOpen =
          unknown !== undefined && (result === undefined ? operands.some(isUnknown) : isInexact(result, type));
        elements.push(isOpen ? unknown() : result);
      }
    },
  );
  return allKnown(elements) ? symbolicTensor(type, dims, elements) : undefined;
}

/** Whether an expression of unknown integers may be rounded, since these are not bounded as sizes are. */
function isInexact(result: Quantity, type: ElementType): boolean {
  return !isInteger(type) && isUnknown(result);
}

export function allKnown(elements: readonly (Quantity | undefined)[]): elements is readonly Quantity[] {
  return !elements.includes(undefined);
}

/** With sizes up to 2^14, float32 is exact for scales, denominators and summands up to this. */
const scaleLimit = 2 ** 10;
const offsetLimit = 2 ** 23;

/**
 * The quantity as an element of a `type` tensor; undefined if that type could round or wrap it. Sizes are assumed to
 * stay below 2^31 in integers and, times their scale, below 2^24 in float32.
 */
export function asElement(quantity: Quantity, type: ElementType): Quantity | undefined {
  if (!hasSymbol(quantity)) return constantElement(quantity, type);
  const { numerator, denominator } = isFraction(quantity) ? quantity : { numerator: quantity, denominator: 1 };
  if (type === 'float64') return quantity;
  if (type === 'float32') return denominator <= scaleLimit && hasShortScales(numerator as Sym) ? quantity : undefined;
  if (denominator > 1) return undefined;
  const range = rangeOf(numerator);
  const limits = integerLimits(type);
  return limits !== undefined && range.min >= limits.min && range.max <= limits.max ? quantity : undefined;
}

function constantElement(quantity: Quantity, type: ElementType): Quantity | undefined {
  const value = isFraction(quantity) ? (quantity.numerator as number) / quantity.denominator : (quantity as number);
  if (isInteger(type) && !Number.isSafeInteger(value)) return undefined;
  return quantityFromNumber(numbersOf(tensorFromNumbers(type, [], [value]))[0]!);
}

function hasShortScales({ terms, constant }: Sym): boolean {
  return Math.abs(constant) <= offsetLimit && terms.every(({ coefficient }) => oddPart(coefficient) <= scaleLimit);
}

/** The range in which the type represents all integers; 32 bits are assumed to suffice for every sum of sizes. */
function integerLimits(type: ElementType): { readonly min: number; readonly max: number } | undefined {
  const { kind, bits } = elementTypeFacts(type);
  const isWide = bits >= 32;
  if (kind === 'bool') return { min: 0, max: 1 };
  if (kind === 'unsigned') return { min: 0, max: isWide ? Number.POSITIVE_INFINITY : 2 ** bits - 1 };
  if (kind === 'signed') {
    const limit = isWide ? Number.POSITIVE_INFINITY : 2 ** (bits - 1);
    return { min: -limit, max: limit - 1 };
  }
  if (type === 'float16') return { min: -(2 ** 11), max: 2 ** 11 };
  if (type === 'bfloat16') return { min: -(2 ** 8), max: 2 ** 8 };
  return undefined;
}

/** The integer without its factors of two. */
function oddPart(value: number): number {
  let odd = Math.abs(value);
  while (odd !== 0 && odd % 2 === 0) odd /= 2;
  return odd;
}

/** Whether binary floats round the fraction, as H/3. */
export function isRounded(quantity: Quantity, type: ElementType): boolean {
  return isFloat(type) && isFraction(quantity) && oddPart(quantity.denominator) > 1;
}

/**
 * For floats, a rounded fraction such as H/3 may be added only if an integer result implies that the fraction was
 * exact. H/3 + 0.5 is an integer only where H/3 is not rounded, but H/3 * 3 and H/3 + W/3 may miss an integer by their
 * last bit.
 */
export function addElements(a: Quantity, b: Quantity, type: ElementType): Quantity | undefined {
  return isRounded(a, type) && isRounded(b, type) ? undefined : addQuantities(a, b);
}

export function multiplyElements(a: Quantity, b: Quantity, type: ElementType): Quantity | undefined {
  return loses(a, b, type) || loses(b, a, type) ? undefined : multiplyQuantities(a, b);
}

function loses(rounded: Quantity, factor: Quantity, type: ElementType): boolean {
  if (!isFraction(rounded) || !isRounded(rounded, type)) return false;
  if (hasSymbol(factor)) return true;
  const numerator = isFraction(factor) ? factor.numerator : factor;
  return greatestCommonDivisor(numerator as number, oddPart(rounded.denominator)) > 1;
}

/**
 * The exact a / b, for a number b, or for a symbolic b that divides a up to a numeric factor.
 * @param exact the quotient of two sizes, if what is required of sizes makes it exact
 */
export function divide(
  a: Quantity,
  b: Quantity,
  exact: (a: Dim, b: Dim) => Dim | undefined = () => undefined,
): Quantity | undefined {
  if (!hasSymbol(b)) return divideQuantities(a, b);
  const x = isFraction(a) ? a : { numerator: a, denominator: 1 };
  const y = isFraction(b) ? b : { numerator: b, denominator: 1 };
  const divisor = y.numerator as Sym;
  const content = [...divisor.terms.map((term) => term.coefficient), divisor.constant].reduce(greatestCommonDivisor);
  const primitive = divideExact(divisor, content);
  const dividend = mul(x.numerator, y.denominator);
  const quotient = primitive && (divideExact(dividend, primitive) ?? exact(dividend, primitive));
  return quotient === undefined ? undefined : divideQuantities(quotient, content * x.denominator);
}

/**
 * Asks for a size that is not 0, as a divisor or where something is chosen from it. Of sizes that only a run knows nothing is
 * asked, since most models with them are never run on nothing; nor of numbers that may be negative.
 */
export function requireNonEmpty(
  context: Pick<InferContext<unknown>, 'atLeast'>,
  size: Quantity,
  what: string,
  otherwise: Otherwise,
): void {
  if (!isDim(size) || typeof size === 'number' || rangeOf(size).min !== 0 || isFromRun(size)) return;
  for (const factor of factorsOf(size).factors)
    if (rangeOf(factor).min === 0) context.atLeast(factor, 1, what, otherwise);
}

/** Inference names sizes that only a run knows with a question mark, with which no name in a file is read as a size. */
function isFromRun(size: Dim): boolean {
  return [...symbolsOf(size).keys()].some((name) => name.startsWith('?'));
}

export function maxQuantity(a: Quantity, b: Quantity): Quantity | undefined {
  return extremum(max, a, b);
}

export function minQuantity(a: Quantity, b: Quantity): Quantity | undefined {
  return extremum(min, a, b);
}

function extremum(pick: (a: Dim, b: Dim) => Dim, a: Quantity, b: Quantity): Quantity | undefined {
  if (isDim(a) && isDim(b)) return pick(a, b);
  const x = isFraction(a) ? a : { numerator: a, denominator: 1 };
  const y = isFraction(b) ? b : { numerator: b, denominator: 1 };
  return divideQuantities(
    pick(mul(x.numerator, y.denominator), mul(y.numerator, x.denominator)),
    x.denominator * y.denominator,
  );
}

export function absQuantity(a: Quantity): Quantity | undefined {
  return maxQuantity(a, negateQuantity(a));
}

export function signQuantity(a: Quantity): Quantity | undefined {
  if (isLess(a, 0)) return -1;
  if (isLess(0, a)) return 1;
  return undefined;
}
