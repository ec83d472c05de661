/** The legal sizes next to illegal ones. */
import type { NearestSizes } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { decide } from '../ir/constraint.js';
import { substitute, symbolsOf } from '../ir/dim.js';
import { LegalSizesOf } from './closest.js';
import { symbolNames } from './eliminate.js';

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
  return [...sizes].filter(([name]) => involved.has(name)).flatMap(([name, size]) => nearest(name, size));

  function nearest(name: string, size: number): NearestSizes[] {
    const others = new Map([...sizes].filter(([other]) => other !== name));
    const alone = constraints
      .filter(({ left, right }) => symbolsOf(left, right).has(name))
      .map((item) => ({ ...item, left: substitute(item.left, others), right: substitute(item.right, others) }))
      .filter((item) => symbolNames(item).join() === name);
    const legal = new LegalSizesOf(name, alone, false);
    const [below, above] = [legal.previous(size), legal.next(size)];
    const isFound = below !== undefined || above !== undefined;
    // Where the search has ended without any, there may be some further away.
    return isFound || legal.isExact ? [{ symbol: name, size, below, above }] : [];
  }
}
