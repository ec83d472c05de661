/** The largest sizes that requirements on several symbols leave, such as 6 for H and W where H*W = 6. */
import type { Requirement } from '../ir/constraint.js';
import { dimFunction } from '../ir/dim/function.js';
import { type Atom, type Dim, fromTerms, rangeOf, sub, symbolsOf, unlessTooComplex } from '../ir/dim.js';

/** Sizes beyond which no bound is looked for. */
const most = 4096;

/** Upper bounds of the symbols that have one. Sizes are at least 1. */
export function upperBounds(
  names: readonly string[],
  requirements: readonly Requirement[],
): ReadonlyMap<string, number> {
  const bounds = new Map<string, number>();
  const sums = requirements.flatMap(neverPositive);
  for (let round = 0; round < names.length; round++) {
    const known = bounds.size;
    for (const sum of sums) bound(sum, bounds);
    if (bounds.size === known) break;
  }
  return bounds;
}

/** Sums that are at most 0 at all legal sizes. */
function neverPositive({ kind, left, right }: Requirement): Dim[] {
  if (kind === 'broadcast') return [];
  const sides = kind === 'equal' ? [[left, right] as const, [right, left] as const] : [[right, left] as const];
  return sides.flatMap(([a, b]) => unlessTooComplex(() => sub(a, b)) ?? []);
}

/** Of a sum that is at most 0: what grows with a symbol is at most what the rest can take off. */
function bound(sum: Dim, bounds: Map<string, number>): void {
  if (typeof sum === 'number') return;
  const growing = fromTerms(sum.terms.filter(({ coefficient }) => coefficient > 0));
  const taken = fromTerms(
    sum.terms.flatMap(({ coefficient, factors }) => (coefficient < 0 ? [{ coefficient: -coefficient, factors }] : [])),
  );
  if (!grows(growing) || !grows(taken)) return;
  const others = [...symbolsOf(taken).keys()];
  const limits = others.map((name) => bounds.get(name));
  if (!limits.every((limit) => limit !== undefined)) return;
  const limit = dimFunction(taken, others)(limits) - sum.constant;
  const names = [...symbolsOf(growing).keys()];
  const value = dimFunction(growing, names);
  for (const [place, name] of names.entries()) {
    const own = largest((size) => value(names.map((_, i) => (i === place ? size : 1))) <= limit);
    if (own !== undefined) bounds.set(name, Math.min(own, bounds.get(name) ?? own));
  }
}

/** The largest size at which the condition holds, which stays false once it is; 0 if it never does. */
function largest(holds: (size: number) => boolean): number | undefined {
  if (holds(most)) return undefined;
  let [low, high] = [0, most];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Whether the expression never shrinks as a symbol grows, and is never negative. */
function grows(dim: Dim): boolean {
  if (rangeOf(dim).min < 0) return false;
  return (
    typeof dim === 'number' || dim.terms.every(({ coefficient, factors }) => coefficient > 0 && factors.every(doesGrow))
  );
}

function doesGrow(atom: Atom): boolean {
  switch (atom.kind) {
    case 'symbol':
      return atom.min >= 0;
    case 'floorDiv':
      return (
        rangeOf(atom.numerator).min >= 0 &&
        atom.numerator.terms.every((term) => term.coefficient > 0 && term.factors.every(doesGrow))
      );
    case 'max':
    case 'min':
      return atom.operands.every(grows);
  }
}
