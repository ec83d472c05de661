/** The sizes of several symbols that depend on one another. */
import type { Requirement } from '../ir/constraint.js';
import { upperBounds } from './bounds.js';
import { isImpossible } from './impossible.js';
import { advance, predicate } from './predicate.js';

export interface CommonSolution<R extends Requirement> {
  /** The largest size of each symbol that was tried; undefined if no larger ones are legal. */
  readonly triedUpTo: number | undefined;
  /** The first few legal combinations, ascending; sizes are in the order of the names. */
  readonly examples: readonly (readonly number[])[];
  /** Number of legal combinations in the range. */
  readonly count: number;
  /** The first requirement with which it is proved that no sizes are legal, and sizes that all before it allow. */
  readonly blocking: { readonly requirement: R; readonly sizes: readonly number[] | undefined } | undefined;
}

/** The most combinations that are tried. */
const maxPoints = 2 ** 18;
const maxExamples = 4;

export function solveTogether<R extends Requirement>(
  names: readonly string[],
  requirements: readonly R[],
): CommonSolution<R> {
  const found = search(names, requirements);
  if (found.count > 0 || requirements.length === 0) return { ...found, blocking: undefined };
  const isProved = (count: number) => {
    const first = requirements.slice(0, count);
    return isImpossible(names, first) || isExhausted(search(names, first));
  };
  if (!isProved(requirements.length)) return { ...found, blocking: undefined };
  const last = requirements.findIndex((_, i) => isProved(i + 1));
  const requirement = requirements[last];
  if (requirement === undefined) return { ...found, blocking: undefined };
  const sizes = search(names, requirements.slice(0, last)).examples.at(-1);
  return { ...found, triedUpTo: undefined, blocking: { requirement, sizes } };
}

type Found = Omit<CommonSolution<Requirement>, 'blocking'>;

function isExhausted({ count, triedUpTo }: Found): boolean {
  return count === 0 && triedUpTo === undefined;
}

function search(names: readonly string[], requirements: readonly Requirement[]): Found {
  const bounds = upperBounds(names, requirements);
  const open = names.filter((name) => !bounds.has(name)).length;
  const bounded = [...bounds.values()].reduce((points, size) => points * size, 1);
  const isBounded = bounded <= maxPoints;
  const tried = Math.floor(
    isBounded && open > 0 ? (maxPoints / bounded) ** (1 / open) : maxPoints ** (1 / names.length),
  );
  const limits = names.map((name) => (isBounded ? (bounds.get(name) ?? tried) : tried));
  const tests = requirements.map((requirement) => predicate(requirement, names));
  const examples: number[][] = [];
  let count = 0;
  const sizes = names.map(() => 1);
  if (limits.every((limit) => limit > 0)) {
    do {
      if (!tests.every((holds) => holds(sizes))) continue;
      count++;
      if (examples.length < maxExamples) examples.push([...sizes]);
    } while (advance(sizes, limits));
  }
  return { triedUpTo: isBounded && open === 0 ? undefined : tried, examples, count };
}
