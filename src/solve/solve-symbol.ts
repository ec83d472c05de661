/** The sizes of one symbol that satisfy requirements on it alone. */
import { decide, type Requirement } from '../ir/constraint.js';
import { commonDenominator } from '../ir/dim/range.js';
import { add, type Dim, DimTooComplexError, mul, sub, substitute, symbol, withoutConstant } from '../ir/dim.js';
import { leastCommonMultiple } from '../ir/integers.js';
import { predicate } from './predicate.js';
import { formatSizes, SizeSet } from './size-set.js';

export interface SymbolSolution<R extends Requirement> {
  readonly set: SizeSet;
  /** If no closed form was found: the largest size that was tried. Undefined if the set is exact. */
  readonly triedUpTo: number | undefined;
  /** Requirements that rule out a size which all before them allow. */
  readonly effective: readonly R[];
  /** The first requirement that leaves no size, and a size that all before it allow. */
  readonly blocking: { readonly requirement: R; readonly size: number } | undefined;
}

/** Examples use the first legal size from here on. */
export const usual = 64;
/** Sizes that are tried one by one where there is no closed form. */
const maxTried = 4096;
/** The largest period of a single requirement that is analyzed symbolically. */
const maxPeriod = 4096;
/** A set that is not periodic from here on is found by trying sizes. */
const maxExplicit = 2 ** 17;

export function solveSymbol<R extends Requirement>(name: string, asked: readonly R[]): SymbolSolution<R> {
  const requirements = strongest(asked);
  const tail = tailOf(name, requirements);
  const last = tail === undefined ? maxTried : Math.max(tail.start, usual) + tail.period;
  let sizes = Array.from({ length: last }, (_, i) => i + 1);
  let blocking: SymbolSolution<R>['blocking'];
  const effective = requirements.filter((requirement) => {
    const holds = predicate(requirement, [name]);
    const before = sizes;
    sizes = before.filter((size) => holds([size]));
    if (sizes.length === 0 && before.length > 0) blocking = { requirement, size: usualSize(before) };
    return sizes.length < before.length;
  });
  const members = new Set(sizes);
  const contains = (size: number) => members.has(size);
  return tail === undefined
    ? { set: new SizeSet(contains, maxTried + 1, 1), triedUpTo: maxTried, effective, blocking }
    : { set: new SizeSet(contains, tail.start, tail.period), triedUpTo: undefined, effective, blocking };
}

/** The solution in words. How far sizes were tried is no bound of them. */
export function textOf({ set, triedUpTo }: Pick<SymbolSolution<Requirement>, 'set' | 'triedUpTo'>): string {
  return triedUpTo === undefined ? `${set}` : triedText(set, triedUpTo);
}

function triedText(set: SizeSet, triedUpTo: number): string {
  const count = set.early.length;
  const which =
    count === 0
      ? `none of the sizes tried up to ${triedUpTo} is legal`
      : count === triedUpTo
        ? `legal at all sizes tried up to ${triedUpTo}`
        : `legal at ${count} of the sizes tried up to ${triedUpTo} (${formatSizes(set.early)})`;
  return `${which}; larger ones are not decided`;
}

/** Drops lower bounds that another one implies, since each layer of a chain requires one more row. */
function strongest<R extends Requirement>(requirements: readonly R[]): R[] {
  const bounds = new Map<Dim, { readonly requirement: R; readonly constant: number }>();
  const weaker = new Set<R>();
  for (const requirement of requirements) {
    if (requirement.kind !== 'at-least') continue;
    const difference = differenceOf(requirement);
    if (difference === undefined || typeof difference === 'number') continue;
    const { constant } = difference;
    const key = withoutConstant(difference);
    const known = bounds.get(key);
    if (known === undefined || constant < known.constant) bounds.set(key, { requirement, constant });
    if (known !== undefined) weaker.add(constant < known.constant ? known.requirement : requirement);
  }
  return requirements.filter((requirement) => !weaker.has(requirement));
}

function differenceOf({ left, right }: Requirement): Dim | undefined {
  try {
    return sub(left, right);
  } catch (error) {
    if (error instanceof DimTooComplexError) return undefined;
    throw error;
  }
}

/** The size for examples among ascending sizes. */
function usualSize(sizes: readonly number[]): number {
  return sizes.find((size) => size >= usual) ?? sizes.at(-1)!;
}

/** The size from which membership depends only on the residue, and the period; undefined if that is not found. */
function tailOf(name: string, requirements: readonly Requirement[]): { start: number; period: number } | undefined {
  let start = 1;
  let period = 1;
  for (const requirement of requirements) {
    const own = periodOf(requirement);
    if (own === undefined || own > maxPeriod) return undefined;
    const settled = settledFrom(name, requirement, own);
    if (settled === undefined) return undefined;
    start = Math.max(start, settled);
    period = leastCommonMultiple(period, own);
    if (start + period > maxExplicit) return undefined;
  }
  return { start, period };
}

function periodOf({ left, right }: Requirement): number | undefined {
  const [a, b] = [commonDenominator(left), commonDenominator(right)];
  return a && b && leastCommonMultiple(a, b);
}

/**
 * With size = period·q + residue, every floor is linear in q, so the requirement compares polynomials in q. For each
 * residue it holds for all large q or for none.
 */
function settledFrom(name: string, requirement: Requirement, period: number): number | undefined {
  let shift = 0;
  for (let residue = 0; residue < period; residue++) {
    const settled = settledShift(name, requirement, period, residue, shift);
    if (settled === undefined) return undefined;
    shift = settled;
  }
  return Math.max(1, shift * period);
}

/**
 * The number of periods, at least `from`, after which the requirement is decided for one residue. It is decided once q
 * is replaced by that number plus a symbol ≥ 0 and all coefficients of the difference of the polynomials have the same
 * sign.
 */
function settledShift(
  name: string,
  { kind, left, right }: Requirement,
  period: number,
  residue: number,
  from: number,
): number | undefined {
  const rest = mul(period, symbol('q', { min: 0 }));
  for (let shift = from; shift * period <= maxExplicit; shift = Math.max(shift + 1, shift * 2)) {
    const bindings = new Map<string, Dim>([[name, add(rest, shift * period + residue)]]);
    try {
      const verdict = decide({ kind, left: substitute(left, bindings), right: substitute(right, bindings) });
      if (verdict !== undefined) return shift;
    } catch (error) {
      if (error instanceof DimTooComplexError) return undefined;
      throw error;
    }
  }
  return undefined;
}
