/**
 * Symbolic integers for sizes at which every floor divides without remainder, as at the sizes that models are exported
 * with.
 */
import { type Atom, add, type Dim, divideExact, fromTerms, mul } from './dim.js';
import { greatestCommonDivisor } from './integers.js';

/** numerator / denominator. */
export interface Ratio {
  readonly numerator: Dim;
  readonly denominator: number;
}

/**
 * The dim with each floor(p/d) replaced by p/d; undefined if it has maxima or minima, or denominators become too large.
 */
export function withoutFloors(dim: Dim): Ratio | undefined {
  if (typeof dim === 'number') return { numerator: dim, denominator: 1 };
  let sum: Ratio | undefined = { numerator: dim.constant, denominator: 1 };
  for (const { coefficient, factors } of dim.terms) {
    let product: Ratio | undefined = { numerator: coefficient, denominator: 1 };
    for (const atom of factors) {
      const factor = withoutFloor(atom);
      product =
        product && factor && lowest(mul(product.numerator, factor.numerator), product.denominator * factor.denominator);
    }
    sum = sum && product && plus(sum, product);
  }
  return sum;
}

function withoutFloor(atom: Atom): Ratio | undefined {
  if (atom.kind === 'symbol') return { numerator: symbolDim(atom), denominator: 1 };
  if (atom.kind !== 'floorDiv') return undefined;
  const numerator = withoutFloors(atom.numerator);
  return numerator && lowest(numerator.numerator, numerator.denominator * atom.denominator);
}

function plus(a: Ratio, b: Ratio): Ratio | undefined {
  return lowest(add(mul(a.numerator, b.denominator), mul(b.numerator, a.denominator)), a.denominator * b.denominator);
}

function symbolDim(atom: Atom): Dim {
  return fromTerms([{ coefficient: 1, factors: [atom] }]);
}

/** Undefined if the denominator is too large to be exact. */
function lowest(numerator: Dim, denominator: number): Ratio | undefined {
  if (!Number.isSafeInteger(denominator)) return undefined;
  if (typeof numerator === 'number') {
    const common = greatestCommonDivisor(numerator, denominator);
    return { numerator: numerator / common, denominator: denominator / common };
  }
  const common = numerator.terms.reduce(
    (divisor, { coefficient }) => greatestCommonDivisor(divisor, coefficient),
    greatestCommonDivisor(numerator.constant, denominator),
  );
  const whole = divideExact(numerator, common);
  return { numerator: whole ?? numerator, denominator: whole === undefined ? denominator : denominator / common };
}
