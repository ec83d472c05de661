/** Maxima and minima of symbolic integers. */
import { add, mul, sub } from './arithmetic.js';
import { extremumAtom, intern, maxTerms, single } from './intern.js';
import { compareDims } from './order.js';
import { rangeOf } from './range.js';
import { type Atom, type Dim, DimTooComplexError, type Range, type Term } from './sym.js';
import { sharesSymbols } from './symbols.js';

export function max(a: Dim, b: Dim): Dim {
  return extremum('max', a, b);
}

export function min(a: Dim, b: Dim): Dim {
  return extremum('min', a, b);
}

/**
 * Nested extrema of the same kind are one: max(max(a, b), a) is max(a, b). An operand that another one bounds at every
 * size is left out, as is one that holds `a` within its opposite: max(a, min(a, b)) is a.
 */
function extremum(kind: 'max' | 'min', a: Dim, b: Dim): Dim {
  return extremumOf(kind, operandsOf(kind, a), operandsOf(kind, b));
}

/** @param operands of which none is bounded by another */
export function extremumOf(kind: 'max' | 'min', operands: readonly Dim[], more: readonly Dim[]): Dim {
  const all = more.reduce((kept, added) => withOperand(kind, kept, added), operands);
  const [first] = all;
  if (all.length === 1 && first !== undefined) return first;
  if (all.length > maxTerms) throw new DimTooComplexError(`a size became the ${kind} of more than ${maxTerms} sizes`);
  return single(extremumAtom(kind, [...all].sort(compareDims)));
}

/** The extremum of each of these is the dim's. */
export function operandsOf(kind: 'max' | 'min', dim: Dim): readonly Dim[] {
  const atom = atomOf(dim);
  return atom?.kind === kind ? atom.operands : [dim];
}

/** The atom that the dim is, alone. */
function atomOf(dim: Dim): Atom | undefined {
  if (typeof dim === 'number' || dim.constant !== 0 || dim.terms.length !== 1) return undefined;
  const [{ coefficient, factors }] = dim.terms as [Term];
  return coefficient === 1 && factors.length === 1 ? factors[0] : undefined;
}

function withOperand(kind: 'max' | 'min', operands: readonly Dim[], added: Dim): readonly Dim[] {
  const kept: Dim[] = [];
  for (const operand of operands) {
    if (isBounded(kind, added, operand)) return operands;
    if (!isBounded(kind, operand, added)) kept.push(operand);
  }
  return [...kept, added];
}

/** Whether `dim` never decides the extremum beside `by`. */
function isBounded(kind: 'max' | 'min', dim: Dim, by: Dim): boolean {
  if (dim === by) return true;
  const opposite = atomOf(dim);
  const isOpposite = opposite?.kind === (kind === 'max' ? 'min' : 'max');
  if (isOpposite && opposite.operands.includes(by)) return true;
  const difference = rangeOfDifference(dim, by);
  return kind === 'max' ? difference.max <= 0 : difference.min >= 0;
}

/** Of dims without a common symbol, which are most where there are many, the sum need not be built. */
function rangeOfDifference(a: Dim, b: Dim): Range {
  if (sharesSymbols(a, b)) return rangeOf(sub(a, b));
  const [left, right] = [rangeOf(a), rangeOf(b)];
  return { min: left.min - right.max, max: left.max - right.min };
}

export interface Cases {
  readonly dims: readonly Dim[];
  /** Whether the dim is the largest of them, otherwise the smallest. */
  readonly isLargest: boolean;
}

/**
 * Expressions of which the dim is the largest or the smallest at every size: a maximum or minimum in it is replaced by
 * each of its operands. Undefined if there is none outside products and floors, or the first one has more operands than `most`.
 */
export function casesOf(dim: Dim, most = Number.POSITIVE_INFINITY): Cases | undefined {
  if (typeof dim === 'number') return undefined;
  for (const { coefficient, factors } of dim.terms) {
    const [atom] = factors;
    if (factors.length !== 1 || (atom!.kind !== 'max' && atom!.kind !== 'min')) continue;
    if (atom!.operands.length > most) return undefined;
    const rest = sub(dim, intern([{ coefficient, factors }], 0));
    return {
      dims: atom!.operands.map((operand) => add(rest, mul(coefficient, operand))),
      isLargest: (atom!.kind === 'max') === coefficient > 0,
    };
  }
  return undefined;
}
