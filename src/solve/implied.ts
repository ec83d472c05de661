/** Requirements on several symbols that already hold at all sizes which each symbol may have by itself. */
import { decide, type Requirement } from '../ir/constraint.js';
import { add, type Bindings, type Dim, DimTooComplexError, mul, symbol } from '../ir/dim.js';
import { symbolNames } from './eliminate.js';
import type { SizeSet } from './size-set.js';
import { solveSymbol } from './solve-symbol.js';

/** The most combinations of remainders that are looked at for a requirement. */
const maxCombinations = 64;

/**
 * The requirements without those on several symbols that follow from the ones on single symbols: floor(h·w/16) ≥ 1 does
 * where h and w are multiples of 4.
 */
export function withoutImplied<R extends Requirement>(requirements: readonly R[]): readonly R[] {
  const names = new Map(requirements.map((item) => [item, symbolNames(item)]));
  const own = new Map<string, R[]>();
  for (const [item, [name, ...others]] of names) {
    if (name === undefined || others.length > 0) continue;
    const known = own.get(name);
    if (known === undefined) own.set(name, [item]);
    else known.push(item);
  }
  const forms = new Map<string, readonly Dim[] | undefined>();
  const formsOf = (name: string) => {
    if (!forms.has(name)) forms.set(name, formsOfSizes(name, own.get(name) ?? []));
    return forms.get(name);
  };
  return requirements.filter((item) => {
    const related = names.get(item) ?? [];
    if (related.length < 2 || !related.some((name) => own.has(name))) return true;
    return !holdsEverywhere(item, related, formsOf);
  });
}

function holdsEverywhere(
  requirement: Requirement,
  names: readonly string[],
  formsOf: (name: string) => readonly Dim[] | undefined,
): boolean {
  let combinations: Bindings[] = [new Map()];
  for (const name of names) {
    const forms = formsOf(name);
    if (forms === undefined || combinations.length * forms.length > maxCombinations) return false;
    combinations = combinations.flatMap((known) => forms.map((form) => new Map([...known, [name, form]])));
  }
  return combinations.every((bindings) => holds(requirement, bindings));
}

function holds(requirement: Requirement, bindings: Bindings): boolean {
  try {
    return decide(requirement, bindings) === true;
  } catch (error) {
    if (error instanceof DimTooComplexError) return false;
    throw error;
  }
}

/** The sizes of a symbol as a multiple of their period and a remainder each; undefined where they are many, or not known. */
function formsOfSizes(name: string, requirements: readonly Requirement[]): readonly Dim[] | undefined {
  const { set, triedUpTo } = solveSymbol(name, requirements);
  if (triedUpTo !== undefined || set.early.length + set.residues.length > maxCombinations) return undefined;
  return [...set.early, ...set.residues.map((residue) => progression(name, set, residue))];
}

function progression(name: string, { period, start }: SizeSet, residue: number): Dim {
  const min = Math.max(0, Math.ceil((start - residue) / period));
  return add(mul(period, symbol(`${name} whole`, { min })), residue);
}
