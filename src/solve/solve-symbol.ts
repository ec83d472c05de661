/** The sizes of one symbol that satisfy requirements in it alone. */
import { decide, type Requirement } from '../ir/constraint.js';
import { add, type Dim, DimTooComplexError, mul, substitute, symbol } from '../ir/dim.js';
import { commonDenominator } from '../ir/dim-range.js';
import { SizeSet } from './size-set.js';

export interface SymbolSolution {
  readonly set: SizeSet;
  /** The sizes that were tried one by one where no closed form was found; undefined when the set is exact. */
  readonly triedUpTo: number | undefined;
}

/** Residues times requirements that are looked at symbolically. */
const maxWork = 100_000;
/** Sizes that are tried one by one. */
const maxTried = 4096;
/** Multiples of the period after which a requirement must have settled. */
const maxShift = 2 ** 16;

/**
 * With size = period·q + residue every floor becomes linear in q, and so the requirement settles: it holds for all large q
 * or for none. What lies before is tried size by size.
 */
export function solveSymbol(name: string, requirements: readonly Requirement[]): SymbolSolution {
  const holds = (size: number) => requirements.every((item) => decide(item, new Map([[name, size]])) === true);
  const period = periodOf(requirements);
  const settled = period === undefined ? undefined : settledFrom(name, requirements, period);
  if (settled === undefined || period === undefined) {
    const tried = new Set(Array.from({ length: maxTried }, (_, i) => i + 1).filter(holds));
    return { set: new SizeSet((size) => tried.has(size), maxTried + 1, 1), triedUpTo: maxTried };
  }
  const memory = new Map<number, boolean>();
  const contains = (size: number) => {
    const known = memory.get(size);
    if (known !== undefined) return known;
    const verdict = holds(size);
    memory.set(size, verdict);
    return verdict;
  };
  return { set: new SizeSet(contains, settled, period), triedUpTo: undefined };
}

function periodOf(requirements: readonly Requirement[]): number | undefined {
  let period = 1;
  for (const { left, right } of requirements) {
    for (const dim of [left, right]) {
      const denominator = commonDenominator(dim);
      if (denominator === undefined) return undefined;
      period = lcm(period, denominator);
      if (period * requirements.length > maxWork) return undefined;
    }
  }
  return period;
}

/** A size from which on every requirement depends on the residue alone. */
function settledFrom(name: string, requirements: readonly Requirement[], period: number): number | undefined {
  let shift = 0;
  for (let residue = 0; residue < period; residue++) {
    for (const requirement of requirements) {
      const settled = settledShift(name, requirement, period, residue, shift);
      if (settled === undefined) return undefined;
      shift = settled;
    }
  }
  return shift * period + period > maxTried * 16 ? undefined : Math.max(1, shift * period);
}

/** How many periods must pass until the requirement is decided for one residue; at least `from`. */
function settledShift(
  name: string,
  { kind, left, right }: Requirement,
  period: number,
  residue: number,
  from: number,
): number | undefined {
  for (let shift = from; shift <= maxShift; shift = Math.max(shift + 1, shift * 2)) {
    const size = add(mul(period, symbol('q', { min: shift })), residue);
    const bindings = new Map<string, Dim>([[name, size]]);
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

function lcm(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
