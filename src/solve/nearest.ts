/** The legal sizes next to illegal ones. */
import type { NearestSizes } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { decide } from '../ir/constraint.js';
import { substitute, symbolsOf } from '../ir/dim.js';
import { symbolNames } from './eliminate.js';
import { solveSymbol } from './solve-symbol.js';

/**
 * For each symbol of a requirement that the sizes do not meet: the nearest sizes that meet all requirements on it while
 * the other symbols keep their sizes.
 * @param inference with these sizes open
 */
export function nearestSizes(
  { constraints, refuted }: Pick<Inference, 'constraints' | 'refuted'>,
  sizes: ReadonlyMap<string, number>,
): NearestSizes[] {
  if (refuted.length > 0) return [];
  const violated = constraints.filter((item) => decide(item, sizes) === false);
  const involved = new Set(violated.flatMap(symbolNames));
  return [...sizes].filter(([name]) => involved.has(name)).map(([name, size]) => nearest(name, size));

  function nearest(name: string, size: number): NearestSizes {
    const others = new Map([...sizes].filter(([other]) => other !== name));
    const alone = constraints
      .filter(({ left, right }) => symbolsOf(right, symbolsOf(left)).has(name))
      .map((item) => ({ ...item, left: substitute(item.left, others), right: substitute(item.right, others) }))
      .filter((item) => symbolNames(item).join() === name);
    const { set } = solveSymbol(name, alone);
    return { symbol: name, size, below: set.previous(size), above: set.next(size) };
  }
}
