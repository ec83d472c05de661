/** The sizes of several symbols that depend on one another, found by trial. */
import type { Requirement } from '../ir/constraint.js';
import { predicate } from './predicate.js';

export interface CommonSolution {
  /** The largest size of each symbol that was tried. */
  readonly triedUpTo: number;
  /** The first few legal combinations, ascending; sizes are in the order of the names. */
  readonly examples: readonly (readonly number[])[];
  /** Number of legal combinations in the range. */
  readonly count: number;
}

/** The most combinations that are tried. */
const maxPoints = 2 ** 18;
const maxExamples = 4;

export function solveTogether(names: readonly string[], requirements: readonly Requirement[]): CommonSolution {
  const tests = requirements.map((requirement) => predicate(requirement, names));
  const triedUpTo = Math.floor(maxPoints ** (1 / names.length));
  const examples: number[][] = [];
  let count = 0;
  const sizes = names.map(() => 1);
  do {
    if (!tests.every((holds) => holds(sizes))) continue;
    count++;
    if (examples.length < maxExamples) examples.push([...sizes]);
  } while (advance(sizes, triedUpTo));
  return { triedUpTo, examples, count };
}

/** Advances to the next combination, the last symbol fastest; false after the last one. */
function advance(sizes: number[], last: number): boolean {
  for (let i = sizes.length - 1; i >= 0; i--) {
    if (++sizes[i]! <= last) return true;
    sizes[i] = 1;
  }
  return false;
}
