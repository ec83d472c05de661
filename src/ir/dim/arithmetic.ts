/** Sums, products and floor divisions of symbolic integers. */
import { greatestCommonDivisor } from '../integers.js';
import { joinFloors } from './floors.js';
import { floorDivAtom, intern, maxTerms, productKey, single, withoutNegativeZero } from './intern.js';
import { merged } from './sum.js';
import { type Dim, DimTooComplexError, type Term } from './sym.js';

/** The canonical sum of terms that are merged. */
function build(terms: readonly Term[], constant: number): Dim {
  return intern(joinFloors(terms), constant);
}

export function partsOf(dim: Dim): { readonly terms: readonly Term[]; readonly constant: number } {
  return typeof dim === 'number' ? { terms: [], constant: dim } : dim;
}

function mergeTerms(terms: Iterable<Term>): Term[] {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = productKey(term.factors);
    const other = sums.get(key);
    sums.set(
      key,
      other === undefined ? term : { coefficient: other.coefficient + term.coefficient, factors: term.factors },
    );
  }
  return [...sums.values()];
}

/** The sum of products of atoms; equal products may be there several times, and those of no atoms are numbers. */
export function fromTerms(terms: readonly Term[], offset = 0): Dim {
  const isNumber = ({ factors }: Term) => factors.length === 0;
  const constant = terms.filter(isNumber).reduce((sum, { coefficient }) => sum + coefficient, offset);
  return build(mergeTerms(terms.filter((term) => !isNumber(term))), constant);
}

export function add(...dims: readonly Dim[]): Dim {
  if (dims.every((dim) => typeof dim === 'number')) return dims.reduce((sum: number, dim) => sum + (dim as number), 0);
  let constant = 0;
  const terms: Term[] = [];
  for (const dim of dims) {
    const { terms: more, constant: offset } = partsOf(dim);
    terms.push(...more);
    constant += offset;
  }
  return build(mergeTerms(terms), constant);
}

/** The sum without its constant, which is equal for sums that differ only in it. */
export function withoutConstant(dim: Exclude<Dim, number>): Dim {
  return dim.constant === 0 ? dim : intern(dim.terms, 0);
}

export function negate(dim: Dim): Dim {
  return mul(dim, -1);
}

export function sub(a: Dim, b: Dim): Dim {
  return add(a, negate(b));
}

export function mul(...dims: readonly Dim[]): Dim {
  return dims.reduce(mulTwo, 1);
}

function mulTwo(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return withoutNegativeZero(a * b);
  if (a === 1) return b;
  if (b === 1) return a;
  const left = partsOf(a);
  const right = partsOf(b);
  if ((left.terms.length + 1) * (right.terms.length + 1) > maxTerms * 4) {
    throw new DimTooComplexError(`a product of sizes grew to more than ${maxTerms * 4} terms`);
  }
  const terms: Term[] = [];
  for (const { coefficient, factors } of left.terms) {
    for (const other of right.terms) {
      const product = merged(factors, other.factors);
      if (product.length > maxTerms)
        throw new DimTooComplexError(`a size became a product of more than ${maxTerms} factors`);
      terms.push({ coefficient: coefficient * other.coefficient, factors: product });
    }
    terms.push({ coefficient: coefficient * right.constant, factors });
  }
  for (const { coefficient, factors } of right.terms) terms.push({ coefficient: coefficient * left.constant, factors });
  return build(mergeTerms(terms), left.constant * right.constant);
}

/**
 * floor(numerator / denominator), rounding towards minus infinity. `denominator` is a positive integer.
 * @throws DimTooComplexError for a denominator beyond 2^53, which no number holds exactly
 */
export function floorDiv(numerator: Dim, denominator: number): Dim {
  if (!(Number.isInteger(denominator) && denominator > 0)) throw new RangeError(`floorDiv by ${denominator}`);
  if (denominator > Number.MAX_SAFE_INTEGER) throw new DimTooComplexError('a size is divided by more than 2^53');
  if (typeof numerator === 'number') return withoutNegativeZero(Math.floor(numerator / denominator));
  if (denominator === 1) return numerator;

  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const { coefficient, factors } of numerator.terms) {
    const quotient = Math.floor(coefficient / denominator);
    whole.push({ coefficient: quotient, factors });
    rest.push({ coefficient: coefficient - quotient * denominator, factors });
  }
  const wholeConstant = Math.floor(numerator.constant / denominator);
  const wholePart = build(whole, wholeConstant);
  const restPart = intern(rest, numerator.constant - wholeConstant * denominator);
  return add(wholePart, floorDivRest(restPart, denominator));
}

/** floorDiv of a numerator whose coefficients lie in [0, denominator). */
function floorDivRest(numerator: Dim, denominator: number): Dim {
  if (typeof numerator === 'number') return Math.floor(numerator / denominator);
  const { min, max } = numerator.range;
  const low = Math.floor(min / denominator);
  if (low === Math.floor(max / denominator)) return low;

  const divisor = numerator.terms.reduce((g, term) => greatestCommonDivisor(g, term.coefficient), denominator);
  if (divisor > 1) {
    const terms = numerator.terms.map(({ coefficient, factors }) => ({ coefficient: coefficient / divisor, factors }));
    return floorDiv(intern(terms, Math.floor(numerator.constant / divisor)), denominator / divisor);
  }
  const only = numerator.terms.length === 1 ? numerator.terms[0] : undefined;
  const inner = only?.coefficient === 1 && only.factors.length === 1 ? only.factors[0] : undefined;
  if (inner?.kind === 'floorDiv' && Number.isSafeInteger(inner.denominator * denominator)) {
    return floorDiv(add(inner.numerator, numerator.constant * inner.denominator), inner.denominator * denominator);
  }
  return single(floorDivAtom(numerator, denominator));
}

/** ceil(numerator / denominator). */
export function ceilDiv(numerator: Dim, denominator: number): Dim {
  return floorDiv(add(numerator, denominator - 1), denominator);
}

/** The remainder of floorDiv, in [0, denominator). */
export function mod(numerator: Dim, denominator: number): Dim {
  return sub(numerator, mul(denominator, floorDiv(numerator, denominator)));
}
