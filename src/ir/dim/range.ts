/** Bounds of symbolic integers that hold for every value of their symbols. */

import { greatestCommonDivisor, leastCommonMultiple } from '../integers.js';
import type { Atom, Dim, Range, Term } from './sym.js';

/** Bounds of a sum: by intervals term by term, and by relaxing its floors, whichever is tighter on each side. */
export function rangeOfSum(terms: readonly Term[], constant: number): Range {
  const bounds = rangeByTerms(terms, constant);
  const relaxed = hasFloor(terms) ? relaxedRange(terms, constant) : undefined;
  if (relaxed === undefined) return bounds;
  const nested = floorsWithin(terms);
  const outer = nested.size === 0 ? undefined : relaxedRange(terms, constant, nested);
  const tight = outer === undefined ? relaxed : intersection(relaxed, outer);
  return reached(intersection(bounds, tight), terms, constant);
}

function intersection(a: Range, b: Range): Range {
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
}

/**
 * Floors that occur alone as well as within others: with p = floor(H/2), 3*p - 4*floor((3*p)/4) is a remainder of 3*p,
 * which is seen only while p stays one thing.
 */
function floorsWithin(terms: readonly Term[]): ReadonlySet<Atom> {
  const own = new Set(terms.flatMap(({ factors }) => (factors.length === 1 ? factors : [])));
  const found = new Set<Atom>();
  for (const atom of own) {
    if (atom.kind !== 'floorDiv') continue;
    for (const { factors } of atom.numerator.terms) {
      const [inner] = factors;
      if (factors.length === 1 && inner?.kind === 'floorDiv' && own.has(inner)) found.add(inner);
    }
  }
  return found;
}

/** The bounds that a sum reaches whose coefficients have a common divisor: 4*p is at least 4 if it is at least 1. */
function reached({ min, max }: Range, terms: readonly Term[], constant: number): Range {
  const divisor = terms.reduce((common, { coefficient }) => greatestCommonDivisor(common, coefficient), 0);
  return {
    min: constant + divisor * Math.ceil((min - constant) / divisor),
    max: constant + divisor * Math.floor((max - constant) / divisor),
  };
}

export function rangeOf(dim: Dim): Range {
  return typeof dim === 'number' ? { min: dim, max: dim } : dim.range;
}

function rangeByTerms(terms: readonly Term[], constant: number): Range {
  let low = constant;
  let high = constant;
  for (const term of terms) {
    const { min, max } = rangeOfTerm(term);
    low += min;
    high += max;
  }
  return { min: low, max: high };
}

function rangeOfTerm({ coefficient, factors }: Term): Range {
  let product: Range = { min: coefficient, max: coefficient };
  for (const factor of factors) product = multiplyRanges(product, rangeOfAtom(factor));
  return product;
}

function multiplyRanges(a: Range, b: Range): Range {
  const products = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max].map((x) => (Number.isNaN(x) ? 0 : x));
  return { min: Math.min(...products), max: Math.max(...products) };
}

function rangeOfAtom(atom: Atom): Range {
  switch (atom.kind) {
    case 'symbol':
      return { min: atom.min, max: Number.POSITIVE_INFINITY };
    case 'floorDiv': {
      const { min, max } = atom.numerator.range;
      return { min: Math.floor(min / atom.denominator), max: Math.floor(max / atom.denominator) };
    }
    case 'max':
    case 'min': {
      const ranges = atom.operands.map(rangeOf);
      const pick = Math[atom.kind];
      return { min: pick(...ranges.map(({ min }) => min)), max: pick(...ranges.map(({ max }) => max)) };
    }
  }
}

function hasFloor(terms: readonly Term[]): boolean {
  return terms.some(({ factors }) => factors.length === 1 && factors[0]!.kind === 'floorDiv');
}

/** The largest common denominator that is relaxed, so that products of denominators stay exact integers. */
const maxScale = 2 ** 24;

/** scale · dim = Σ terms + error, with whole coefficients and an error between low and high. */
interface Relaxed {
  readonly scale: number;
  readonly terms: Map<string, Term>;
  /** Floors that are not relaxed. */
  readonly kept: ReadonlySet<Atom>;
  low: number;
  high: number;
}

/**
 * With floor(p/d) = p/d − f, 0 ≤ f ≤ (d−1)/d, the same symbols in different floors meet and cancel: it follows that
 * floor(H/16) − 2·floor(H/32) lies in [0, 1], which no interval arithmetic over the two floors can see.
 */
function relaxedRange(
  terms: readonly Term[],
  constant: number,
  kept: ReadonlySet<Atom> = new Set(),
): Range | undefined {
  const scale = scaleOf(terms);
  if (scale === undefined) return undefined;
  const relaxed: Relaxed = { scale, terms: new Map(), kept, low: 0, high: 0 };
  relax(relaxed, terms, constant, scale);
  const { min, max } = rangeByTerms([...relaxed.terms.values()], 0);
  return { min: Math.ceil((min + relaxed.low) / scale), max: Math.floor((max + relaxed.high) / scale) };
}

/** A common multiple of all denominators, nested ones multiplied. */
function scaleOf(terms: readonly Term[]): number | undefined {
  let scale = 1;
  for (const { factors } of terms) {
    const [atom] = factors;
    if (factors.length !== 1 || atom!.kind !== 'floorDiv') continue;
    const inner = scaleOf(atom!.numerator.terms);
    if (inner === undefined) return undefined;
    scale = leastCommonMultiple(scale, inner * atom!.denominator);
    if (scale > maxScale) return undefined;
  }
  return scale;
}

/**
 * A number whose multiples all floors in the expression divide without remainder; undefined if it becomes too large.
 */
export function commonDenominator(dim: Dim): number | undefined {
  if (typeof dim === 'number') return 1;
  let common = 1;
  for (const { factors } of dim.terms) {
    for (const atom of factors) {
      const denominator = denominatorOf(atom);
      if (denominator === undefined) return undefined;
      common = leastCommonMultiple(common, denominator);
      if (common > maxScale) return undefined;
    }
  }
  return common;
}

function denominatorOf(atom: Atom): number | undefined {
  switch (atom.kind) {
    case 'symbol':
      return 1;
    case 'floorDiv': {
      const inner = commonDenominator(atom.numerator);
      return inner && inner * atom.denominator;
    }
    case 'max':
    case 'min': {
      let common = 1;
      for (const operand of atom.operands) {
        const denominator = commonDenominator(operand);
        if (denominator === undefined) return undefined;
        common = leastCommonMultiple(common, denominator);
      }
      return common;
    }
  }
}

/**
 * Adds factor · (terms + constant) to the relaxation. The factor is the scale divided by the denominators passed so
 * far.
 */
function relax(into: Relaxed, terms: readonly Term[], constant: number, factor: number): void {
  into.low += constant * factor;
  into.high += constant * factor;
  for (const { coefficient, factors } of terms) {
    const [atom] = factors;
    const weight = coefficient * factor;
    if (factors.length !== 1 || atom!.kind !== 'floorDiv' || into.kept.has(atom!)) {
      const key = factors.map(({ id }) => id).join('·');
      const sum = (into.terms.get(key)?.coefficient ?? 0) + weight;
      if (sum === 0) into.terms.delete(key);
      else into.terms.set(key, { coefficient: sum, factors });
      continue;
    }
    const share = weight / atom!.denominator;
    const lost = share * (atom!.denominator - 1);
    into.low -= Math.max(0, lost);
    into.high -= Math.min(0, lost);
    relax(into, atom!.numerator.terms, atom!.numerator.constant, share);
  }
}
