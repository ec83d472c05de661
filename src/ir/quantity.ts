/**
 * Scalars of shape arithmetic before sizes are known: integers (`Dim`), and fractions of them, because exporters
 * compute some sizes in floats (Shape → Cast to float → Mul by a scale → Floor → Cast back).
 */
import { add, ceilDiv, type Dim, floorDiv, hasUnknown, mul, negate, rangeOf, sub } from './dim.js';
import { type ElementType, isBigInt, isFloat } from './element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from './numeric.js';
import { elementCount, type Tensor } from './tensor.js';

/** numerator / denominator, with denominator ≥ 2; whole values are plain Dims. */
export interface Fraction {
  readonly numerator: Dim;
  readonly denominator: number;
}

export type Quantity = Dim | Fraction;

/** A tensor whose elements are known as quantities; bools are 0 or 1. */
export interface SymbolicTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly elements: readonly Quantity[];
}

/** A value with more elements is data, not shape arithmetic, and is not followed. */
export const maxKnownElements = 4096;

/** Whether a tensor is followed. An axis counts even beside one of size 0, since references have a table for each axis. */
export function isSmall(dims: readonly number[]): boolean {
  let count = 1;
  for (let i = 0; i < dims.length; i++) count *= Math.max(1, dims[i]!);
  return count <= maxKnownElements;
}

/** The largest denominator that is followed, which exact float32 scales do not exceed. */
const maxDenominator = 2 ** 30;

export function isFraction(quantity: Quantity): quantity is Fraction {
  return typeof quantity === 'object' && 'denominator' in quantity;
}

export function isDim(quantity: Quantity): quantity is Dim {
  return !isFraction(quantity);
}

/** Whether the quantity depends on an integer of which nothing is known. */
export function isUnknown(quantity: Quantity): boolean {
  return hasUnknown(isFraction(quantity) ? quantity.numerator : quantity);
}

function asFraction(quantity: Quantity): Fraction {
  return isFraction(quantity) ? quantity : { numerator: quantity, denominator: 1 };
}

/** Reduced by common integer factors; undefined if the denominator is too large. */
function fraction(numerator: Dim, denominator: number): Quantity | undefined {
  let top = numerator;
  let bottom = denominator;
  const whole = divideByNumber(top, bottom);
  if (whole !== undefined) return whole;
  while (bottom % 2 === 0) {
    const half = divideByNumber(top, 2);
    if (half === undefined) break;
    top = half;
    bottom /= 2;
  }
  return bottom > maxDenominator ? undefined : { numerator: top, denominator: bottom };
}

function divideByNumber(dim: Dim, divisor: number): Dim | undefined {
  const quotient = floorDiv(dim, divisor);
  return mul(quotient, divisor) === dim ? quotient : undefined;
}

/** The exact value of a finite float; undefined if it is not a short binary fraction. */
export function quantityFromNumber(value: number): Quantity | undefined {
  if (Number.isInteger(value)) return value;
  // Exact, as a power of two is. Most weights end here.
  if (!Number.isInteger(value * maxDenominator)) return undefined;
  let denominator = 2;
  while (!Number.isInteger(value * denominator)) denominator *= 2;
  return { numerator: value * denominator, denominator };
}

/** The elements of a small numeric tensor as quantities; undefined if it is large, of strings or not finite. */
export function symbolicFromTensor(tensor: Tensor): SymbolicTensor | undefined {
  if (!isSmall(tensor.dims) || tensor.type === 'string') return undefined;
  const numbers = numbersOf(tensor);
  // Of weights most are no short fractions, but many are: nothing is made of them before all are found to be.
  for (let i = 0; i < numbers.length; i++) if (!Number.isInteger(numbers[i]! * maxDenominator)) return undefined;
  let elements: readonly Quantity[] | undefined;
  const symbolic: SymbolicTensor = {
    type: tensor.type,
    dims: tensor.dims,
    get elements() {
      elements ??= quantitiesOf(numbers);
      return elements;
    },
  };
  if (!isBigInt(tensor.type) || numbers.every(Number.isSafeInteger)) tensors.set(symbolic, tensor);
  return symbolic;
}

/** What known values were made of. Most are never asked for elements. */
const tensors = new WeakMap<SymbolicTensor, Tensor>();

/** Whether two values have the same elements, as far as that shows at once. */
export function haveSameElements(a: SymbolicTensor, b: SymbolicTensor): boolean {
  const [first, second] = [tensors.get(a), tensors.get(b)];
  if (first === undefined || second === undefined) return areSame(a.elements, b.elements);
  return first === second || areSame(numbersOf(first), numbersOf(second));
}

/** Whether two lists have the same items. */
export function areSame(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function quantitiesOf(numbers: NumberArray): readonly Quantity[] {
  const elements: Quantity[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    elements.push(Number.isInteger(number) ? number : quantityFromNumber(number)!);
  }
  return elements;
}

/** The elements as dims, or undefined when one is a fraction. */
export function dimsOf(tensor: SymbolicTensor): Dim[] | undefined {
  return tensor.elements.every(isDim) ? [...(tensor.elements as Dim[])] : undefined;
}

/** The plain number that a quantity is, or undefined when it has a symbol in it. */
export function numberOf(quantity: Quantity): number | undefined {
  const { numerator, denominator } = asFraction(quantity);
  return typeof numerator === 'number' ? numerator / denominator : undefined;
}

/** The elements as plain numbers, or undefined when one has a symbol in it. */
export function constantsOf(tensor: SymbolicTensor): number[] | undefined {
  const numbers: number[] = [];
  for (let i = 0; i < tensor.elements.length; i++) {
    const element = tensor.elements[i]!;
    const number = typeof element === 'number' ? element : numberOf(element);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  return numbers;
}

/**
 * The tensor of a value without symbols. Undefined if 64-bit integers exceed 2^53, since they have lost bits, and the
 * largest of all would become the smallest.
 */
export function tensorFromSymbolic(symbolic: SymbolicTensor): Tensor | undefined {
  const made = tensors.get(symbolic);
  if (made !== undefined) return made;
  const { type, dims } = symbolic;
  const numbers = constantsOf(symbolic);
  if (numbers === undefined || (isBigInt(type) && !numbers.every(Number.isSafeInteger))) return undefined;
  return tensorFromNumbers(type, dims, numbers);
}

export function addQuantities(a: Quantity, b: Quantity): Quantity | undefined {
  if (isDim(a) && isDim(b)) return add(a, b);
  const x = asFraction(a);
  const y = asFraction(b);
  return fraction(add(mul(x.numerator, y.denominator), mul(y.numerator, x.denominator)), x.denominator * y.denominator);
}

export function negateQuantity(a: Quantity): Quantity {
  return isFraction(a) ? { numerator: negate(a.numerator), denominator: a.denominator } : negate(a);
}

export function multiplyQuantities(a: Quantity, b: Quantity): Quantity | undefined {
  if (isDim(a) && isDim(b)) return mul(a, b);
  const x = asFraction(a);
  const y = asFraction(b);
  return fraction(mul(x.numerator, y.numerator), x.denominator * y.denominator);
}

/** The exact quotient by a number; undefined for a symbolic or zero divisor. */
export function divideQuantities(a: Quantity, b: Quantity): Quantity | undefined {
  const x = asFraction(a);
  const y = asFraction(b);
  if (typeof y.numerator !== 'number' || y.numerator === 0) return undefined;
  const sign = Math.sign(y.numerator);
  return fraction(mul(x.numerator, sign * y.denominator), x.denominator * Math.abs(y.numerator));
}

export function floorQuantity(a: Quantity): Dim {
  return isFraction(a) ? floorDiv(a.numerator, a.denominator) : a;
}

/**
 * ceil(a). For a negative fraction it is computed as −floor(−a), so that both ways to write a division give the same
 * expression.
 */
export function ceilQuantity(a: Quantity): Dim {
  if (isDim(a)) return a;
  const { numerator, denominator } = a;
  return rangeOf(numerator).max <= 0
    ? negate(floorDiv(negate(numerator), denominator))
    : ceilDiv(numerator, denominator);
}

/** Rounds towards zero, as Cast to an integer does; undefined if the sign of a fraction is unknown. */
export function truncateQuantity(a: Quantity): Dim | undefined {
  if (isDim(a)) return a;
  const { min, max } = rangeOf(a.numerator);
  if (min >= 0) return floorQuantity(a);
  if (max <= 0) return ceilQuantity(a);
  return undefined;
}

/** a < b, or undefined when it depends on the sizes. */
export function isLess(a: Quantity, b: Quantity): boolean | undefined {
  const { min, max } = differenceRange(a, b);
  if (max < 0) return true;
  if (min >= 0) return false;
  return undefined;
}

/** a = b, or undefined when it depends on the sizes. */
export function isEqual(a: Quantity, b: Quantity): boolean | undefined {
  const { min, max } = differenceRange(a, b);
  if (min === 0 && max === 0) return true;
  if (min > 0 || max < 0) return false;
  return undefined;
}

/** Bounds of (a − b), scaled by a positive number. */
function differenceRange(a: Quantity, b: Quantity): { readonly min: number; readonly max: number } {
  const x = asFraction(a);
  const y = asFraction(b);
  return rangeOf(sub(mul(x.numerator, y.denominator), mul(y.numerator, x.denominator)));
}

export function symbolicTensor(
  type: ElementType,
  dims: readonly number[],
  elements: readonly Quantity[],
): SymbolicTensor {
  if (elements.length !== elementCount(dims)) {
    throw new RangeError(`${elements.length} elements do not fill shape [${dims.join(', ')}]`);
  }
  return { type, dims, elements };
}

/** The quantity converted to `type`: integers drop their fraction, bools become 0 or 1. */
export function castQuantity(a: Quantity, type: ElementType): Quantity | undefined {
  if (isFloat(type)) return a;
  if (type === 'bool') {
    const zero = isEqual(a, 0);
    return zero === undefined ? undefined : Number(!zero);
  }
  return truncateQuantity(a);
}
