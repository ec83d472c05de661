/** Sums of products of atoms while they are computed, before they are made the canonical objects of `intern.ts`. */
import { productKey } from './intern.js';
import { compareAtoms, compareFactors } from './order.js';
import { type Atom, DimTooComplexError, type Term } from './sym.js';

/** Terms by their products; none of them is zero. */
export class Sum {
  private readonly byKey = new Map<string, Term>();

  constructor(terms: Iterable<Term> = []) {
    for (const term of terms) this.add(term);
  }

  get size(): number {
    return this.byKey.size;
  }

  add({ coefficient, factors }: Term): void {
    const key = productKey(factors);
    const sum = coefficient + (this.byKey.get(key)?.coefficient ?? 0);
    if (!Number.isSafeInteger(sum)) throw new DimTooComplexError('a size grew beyond 2^53');
    if (sum === 0) this.byKey.delete(key);
    else this.byKey.set(key, { coefficient: sum, factors });
  }

  remove(factors: readonly Atom[]): void {
    this.byKey.delete(productKey(factors));
  }

  coefficientOf(factors: readonly Atom[]): number {
    return this.byKey.get(productKey(factors))?.coefficient ?? 0;
  }

  terms(): readonly Term[] {
    return [...this.byKey.values()];
  }

  /** Takes out the term that was added first. */
  shift(): Term | undefined {
    for (const [key, term] of this.byKey) {
      this.byKey.delete(key);
      return term;
    }
    return undefined;
  }

  /** The largest term by degree, then by its factors, which is a monomial order. */
  leading(): Term | undefined {
    let best: Term | undefined;
    for (const term of this.byKey.values()) if (best === undefined || isLarger(term, best)) best = term;
    return best;
  }
}

function isLarger({ factors: a }: Term, { factors: b }: Term): boolean {
  return a.length === b.length ? compareFactors(a, b) < 0 : a.length > b.length;
}

/** The product of two products. */
export function merged(a: readonly Atom[], b: readonly Atom[]): readonly Atom[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...a, ...b].sort(compareAtoms);
}

/** @param atom one of the factors */
export function without(factors: readonly Atom[], atom: Atom): readonly Atom[] {
  return factors.toSpliced(factors.indexOf(atom), 1);
}
