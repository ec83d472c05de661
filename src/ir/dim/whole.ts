/**
 * Symbolic integers for sizes at which every floor divides without remainder, as at the sizes that models are exported
 * with.
 */
import { type Atom, add, type Dim, divideExact, fromTerms, mul, type Term } from '../dim.js';
import { greatestCommonDivisor, leastCommonMultiple } from '../integers.js';

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
  const isPlain = ({ factors }: Term) => factors.every(({ kind }) => kind === 'symbol');
  const plain = [...dim.terms.filter(isPlain), { coefficient: dim.constant, factors: [] }];
  const parts: Ratio[] = [{ numerator: fromTerms(plain), denominator: 1 }];
  for (const term of dim.terms) {
    const part = isPlain(term) ? undefined : productWithoutFloors(term);
    if (part !== undefined) parts.push(part);
    else if (!isPlain(term)) return undefined;
  }
  const common = parts.reduce((denominator, part) => leastCommonMultiple(denominator, part.denominator), 1);
  const scaled = parts.map(({ numerator, denominator }) => mul(numerator, common / denominator));
  return lowest(add(...scaled), common);
}

function productWithoutFloors({ coefficient, factors }: Term): Ratio | undefined {
  const symbols = factors.filter(({ kind }) => kind === 'symbol');
  let product: Ratio | undefined = { numerator: fromTerms([{ coefficient, factors: symbols }]), denominator: 1 };
  for (const atom of factors) {
    if (atom.kind === 'symbol') continue;
    const factor = withoutFloor(atom);
    product =
      product && factor && lowest(mul(product.numerator, factor.numerator), product.denominator * factor.denominator);
  }
  return product;
}

const ratios = new WeakMap<Atom, Ratio>();

function withoutFloor(atom: Atom): Ratio | undefined {
  if (atom.kind !== 'floorDiv') return undefined;
  const known = ratios.get(atom);
  if (known !== undefined) return known;
  const numerator = withoutFloors(atom.numerator);
  const found = numerator && lowest(numerator.numerator, numerator.denominator * atom.denominator);
  if (found !== undefined) ratios.set(atom, found);
  return found;
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
