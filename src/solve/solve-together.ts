/** The sizes of several symbols that depend on one another, found by trial. */
import type { Requirement } from '../ir/constraint.js';
import { predicate } from './predicate.js';

export interface CommonSolution {
  /** Every symbol was tried from 1 up to here. */
  readonly triedUpTo: number;
  /** Legal sizes of all symbols together, in the order of their names: ascending, the first few. */
  readonly examples: readonly (readonly number[])[];
  /** How many there are in the range. */
  readonly count: number;
  /** For each symbol the sizes that are legal with some sizes of the others. */
  readonly each: readonly (readonly number[])[];
}

/** Combinations that are tried. */
const maxPoints = 2 ** 18;
const maxExamples = 4;

export function solveTogether(names: readonly string[], requirements: readonly Requirement[]): CommonSolution {
  const tests = requirements.map((requirement) => predicate(requirement, names));
  const triedUpTo = Math.floor(maxPoints ** (1 / names.length));
  const each = names.map(() => new Set<number>());
  const examples: number[][] = [];
  let count = 0;
  const sizes = names.map(() => 1);
  do {
    if (!tests.every((holds) => holds(sizes))) continue;
    count++;
    if (examples.length < maxExamples) examples.push([...sizes]);
    sizes.forEach((size, i) => {
      each[i]!.add(size);
    });
  } while (advance(sizes, triedUpTo));
  return { triedUpTo, examples, count, each: each.map((found) => [...found].sort((a, b) => a - b)) };
}

/** Counts up, the last place first; false after the last combination. */
function advance(sizes: number[], last: number): boolean {
  for (let i = sizes.length - 1; i >= 0; i--) {
    if (++sizes[i]! <= last) return true;
    sizes[i] = 1;
  }
  return false;
}
