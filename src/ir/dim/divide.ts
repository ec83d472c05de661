/** Exact division of symbolic integers, as polynomials of their atoms. */
import { fromTerms, partsOf } from './arithmetic.js';
import { hasPlainFloors, withPlainFloors } from './floors.js';
import { merged, Sum } from './sum.js';
import { type Atom, type Dim, type Term, unlessTooComplex } from './sym.js';

/**
 * a / b if b divides a as polynomials; undefined otherwise, and where that takes too many terms to tell. A product can
 * have floors and their counterparts in it that none of its factors has, or the other way around, so where the sums do
 * not divide as they are written, they are divided as polynomials of plain floors. In both readings a is the quotient
 * times b term by term, hence at all sizes.
 */
export function divideExact(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined;
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a % b === 0 ? a / b + 0 : undefined;
  const [dividend, divisor] = [termsOf(a), termsOf(b)];
  return unlessTooComplex(() => {
    const quotient = divide(dividend, divisor) ?? divideInPlainFloors(dividend, divisor);
    return quotient && fromTerms(quotient);
  });
}

function termsOf(dim: Dim): readonly Term[] {
  const { terms, constant } = partsOf(dim);
  return constant === 0 ? terms : [...terms, { coefficient: constant, factors: [] }];
}

function divideInPlainFloors(dividend: readonly Term[], divisor: readonly Term[]): readonly Term[] | undefined {
  if (hasPlainFloors(dividend) && hasPlainFloors(divisor)) return undefined;
  const [a, b] = [withPlainFloors(dividend), withPlainFloors(divisor)];
  return a && b && divide(a, b);
}

/** The most terms of a quotient, and of what remains to be divided. */
const most = 512;

/** Long division, which ends since the leading term gets smaller with each step; undefined if there is a remainder. */
function divide(dividend: readonly Term[], divisor: readonly Term[]): readonly Term[] | undefined {
  const rest = new Sum(dividend);
  const lead = new Sum(divisor).leading();
  if (lead === undefined) return undefined;
  const quotient: Term[] = [];
  for (let term = rest.leading(); term !== undefined; term = rest.leading()) {
    const share = divideTerm(term, lead);
    if (share === undefined || quotient.length >= most || rest.size > most) return undefined;
    quotient.push(share);
    for (const { coefficient, factors } of divisor) {
      rest.add({ coefficient: -share.coefficient * coefficient, factors: merged(share.factors, factors) });
    }
  }
  return quotient;
}

function divideTerm(term: Term, by: Term): Term | undefined {
  if (term.coefficient % by.coefficient !== 0) return undefined;
  const factors: Atom[] = [...term.factors];
  for (const factor of by.factors) {
    const at = factors.indexOf(factor);
    if (at < 0) return undefined;
    factors.splice(at, 1);
  }
  return { coefficient: term.coefficient / by.coefficient, factors };
}
