/** Exact division of symbolic integers, as polynomials of their atoms. */
import { add, fromTerms, mul, partsOf, sub } from './arithmetic.js';
import { maxTerms } from './intern.js';
import { compareFactors } from './order.js';
import type { Dim, Term } from './sym.js';

/** a / b if b divides a as polynomials; undefined otherwise. */
export function divideExact(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined;
  if (a === b) return 1;
  const divisor = partsOf(b);
  const numberOnly = divisor.terms.length === 0;
  if (!numberOnly && (divisor.terms.length !== 1 || divisor.constant !== 0)) return divideByScale(a, divisor.terms, b);
  const { coefficient, factors } = numberOnly ? { coefficient: divisor.constant, factors: [] } : divisor.terms[0]!;
  const dividend = partsOf(a);
  if (dividend.constant !== 0 && (!numberOnly || dividend.constant % coefficient !== 0)) return undefined;
  const terms: Term[] = [];
  for (const term of dividend.terms) {
    const left = [...term.factors];
    for (const factor of factors) {
      const at = left.indexOf(factor);
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    if (term.coefficient % coefficient !== 0) return undefined;
    terms.push({ coefficient: term.coefficient / coefficient, factors: left });
  }
  return fromTerms(terms, dividend.constant / (numberOnly ? coefficient : 1));
}

/** a / b for a sum b by long division; undefined if there is a remainder. */
function divideByScale(a: Dim, terms: readonly Term[], b: Dim): Dim | undefined {
  const lead = fromTerms([leadingTerm(terms)]);
  let rest = a;
  let quotient: Dim = 0;
  for (let step = 0; step < maxTerms && rest !== 0; step++) {
    if (typeof rest === 'number') return undefined;
    const share = divideExact(fromTerms([leadingTerm(rest.terms)]), lead);
    if (share === undefined) return undefined;
    quotient = add(quotient, share);
    rest = sub(rest, mul(share, b));
  }
  return rest === 0 ? quotient : undefined;
}

/** The largest term by degree, then by its factors. This is a monomial order, so long division terminates. */
function leadingTerm(terms: readonly Term[]): Term {
  return terms.reduce((best, term) => (isLarger(term, best) ? term : best));
}

function isLarger({ factors: a }: Term, { factors: b }: Term): boolean {
  return a.length === b.length ? compareFactors(a, b) < 0 : a.length > b.length;
}
