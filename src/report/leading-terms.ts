/** How an expression grows: its terms of highest degree, with floors taken as plain divisions. */
import { compareAtoms } from '../ir/dim/order.js';
import { type Dim, formatDim, type Sym } from '../ir/dim.js';

type Atom = Sym['terms'][number]['factors'][number];

export interface LeadingTerm {
  readonly coefficient: number;
  /** Names, repeated for powers, in the order of the symbols. */
  readonly symbols: readonly string[];
}

interface Monomial {
  readonly coefficient: number;
  readonly atoms: readonly (Atom & { readonly kind: 'symbol' })[];
}

/** More terms than this are less readable than the expression itself. */
const maxTerms = 4;

/**
 * The terms of highest degree, for large sizes. A maximum or minimum is replaced by the operand that grows. Undefined
 * if there are too many terms or they cancel out.
 */
export function leadingTerms(dim: Dim): readonly LeadingTerm[] | undefined {
  const terms = approximate(dim)?.filter(({ coefficient }) => Math.abs(coefficient) > 1e-9);
  if (terms === undefined || terms.length === 0 || terms.length > maxTerms) return undefined;
  return terms
    .map(({ coefficient, atoms }) => ({ coefficient, symbols: atoms.map(({ name }) => name) }))
    .sort((a, b) => b.coefficient - a.coefficient);
}

function approximate(dim: Dim): Monomial[] | undefined {
  if (typeof dim === 'number') return dim === 0 ? [] : [{ coefficient: dim, atoms: [] }];
  const sum: Monomial[] = dim.constant === 0 ? [] : [{ coefficient: dim.constant, atoms: [] }];
  for (const { coefficient, factors } of dim.terms) {
    let product: Monomial[] | undefined = [{ coefficient, atoms: [] }];
    for (const factor of factors) {
      const terms = approximateAtom(factor);
      product = product && terms && multiply(product, terms);
    }
    if (product === undefined) return undefined;
    sum.push(...product);
  }
  return keepHighest(sum);
}

function approximateAtom(atom: Atom): Monomial[] | undefined {
  switch (atom.kind) {
    case 'symbol':
      return [{ coefficient: 1, atoms: [atom] }];
    case 'floorDiv':
      return approximate(atom.numerator)?.map(({ coefficient, atoms }) => ({
        coefficient: coefficient / atom.denominator,
        atoms,
      }));
    case 'max':
    case 'min': {
      const growing = atom.operands.findLast((operand) => typeof operand !== 'number');
      return growing === undefined ? undefined : approximate(growing);
    }
  }
}

function multiply(a: readonly Monomial[], b: readonly Monomial[]): Monomial[] | undefined {
  if (a.length * b.length > maxTerms * maxTerms) return undefined;
  return a.flatMap((x) =>
    b.map((y) => ({
      coefficient: x.coefficient * y.coefficient,
      atoms: [...x.atoms, ...y.atoms].sort(compareAtoms),
    })),
  );
}

function keepHighest(terms: readonly Monomial[]): Monomial[] {
  const merged = new Map<string, Monomial>();
  for (const { coefficient, atoms } of terms) {
    const key = atoms.map(({ id }) => id).join('·');
    merged.set(key, { coefficient: coefficient + (merged.get(key)?.coefficient ?? 0), atoms });
  }
  const left = [...merged.values()].filter(({ coefficient }) => Math.abs(coefficient) > 1e-9);
  const degree = Math.max(0, ...left.map(({ atoms }) => atoms.length));
  return left.filter(({ atoms }) => atoms.length === degree);
}

/** Whether `leadingTerms` drops something. */
export function isApproximate(dim: Dim): boolean {
  return typeof dim !== 'number' && (dim.terms.length > 1 || dim.constant !== 0 || formatDim(dim).includes('('));
}
