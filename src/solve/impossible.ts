/** Whether requirements on several symbols contradict one another at all sizes: a proof, not a search. */
import { decide, type Requirement } from '../ir/constraint.js';
import { commonDenominator } from '../ir/dim/range.js';
import { add, type Bindings, type Dim, mul, rangeOf, sub, substitute, symbol, unlessTooComplex } from '../ir/dim.js';
import { greatestCommonDivisor, leastCommonMultiple } from '../ir/integers.js';
import { advance } from './predicate.js';

/** The most combinations of remainders that are looked at. */
const maxRemainders = 1024;
/** The most inequalities that are added up in pairs. */
const maxPaired = 16;

/**
 * True if no sizes meet the requirements. With each size as a multiple of a common denominator and a remainder, floors divide
 * exactly; for every combination of remainders something then contradicts itself: a bound, the common divisor of all
 * coefficients of an equation, or two bounds together. False if that shows nothing.
 */
export function isImpossible(names: readonly string[], requirements: readonly Requirement[]): boolean {
  const period = periodOf(requirements);
  if (period === undefined || period ** names.length > maxRemainders) return false;
  const remainders = names.map(() => 1);
  do {
    const bindings: Bindings = new Map(
      names.map((name, i) => [name, add(mul(period, symbol(`${name} whole`, { min: 0 })), remainders[i] ?? 0)]),
    );
    if (!contradicts(requirements, bindings)) return false;
  } while (
    advance(
      remainders,
      names.map(() => period),
    )
  );
  return true;
}

function periodOf(requirements: readonly Requirement[]): number | undefined {
  let period = 1;
  for (const side of requirements.flatMap(({ left, right }) => [left, right])) {
    const own = commonDenominator(side);
    if (own === undefined) return undefined;
    period = leastCommonMultiple(period, own);
    if (period > maxRemainders) return undefined;
  }
  return period;
}

function contradicts(requirements: readonly Requirement[], bindings: Bindings): boolean {
  const bounds: Dim[] = [];
  for (const { kind, left, right } of requirements) {
    const found = unlessTooComplex(() =>
      isFalse({ kind, left: substitute(left, bindings), right: substitute(right, bindings) }) ? 1 : 0,
    );
    if (found === 1) return true;
    const difference = unlessTooComplex(() => sub(substitute(left, bindings), substitute(right, bindings)));
    if (difference === undefined || kind === 'broadcast') continue;
    bounds.push(difference);
    if (kind === 'equal') bounds.push(mul(difference, -1));
  }
  if (bounds.length > maxPaired) return false;
  return bounds.some((a, i) =>
    bounds.slice(i + 1).some((b) => rangeOf(unlessTooComplex(() => add(a, b)) ?? 0).max < 0),
  );
}

function isFalse(requirement: Requirement): boolean {
  if (decide(requirement) === false) return true;
  const { kind, left, right } = requirement;
  if (kind === 'at-least') return false;
  const isUnequal = neverZero(sub(left, right));
  return isUnequal && (kind === 'equal' || (neverZero(sub(left, 1)) && neverZero(sub(right, 1))));
}

/** By range, or because what divides all terms does not divide the constant. */
function neverZero(dim: Dim): boolean {
  const { min, max } = rangeOf(dim);
  if (min > 0 || max < 0) return true;
  if (typeof dim === 'number') return false;
  const divisor = dim.terms.reduce((common, { coefficient }) => greatestCommonDivisor(common, coefficient), 0);
  return dim.constant % divisor !== 0;
}
