/**
 * Convolutions whose sums become integers of 16 bits, which tell apart what Winograd's transforms round: of its larger tiles, two to
 * seven times as many results are another integer as of direct sums. Steps of 8 bits are 256 times as wide.
 */
import type { Value } from '../ir/graph.js';
import type { LoweringContext } from './context/context.js';
import { isSmallInteger } from './context/representable-types.js';
import { isChained } from './elementwise/chain.js';

/** Values that elementwise nodes make of a sum, at most: the search ends there. */
const mostValues = 32;

/** Whether a sum is rounded to integers of 16 bits, at once or after elementwise nodes. */
export function becomesWideIntegers(context: LoweringContext, sum: Value): boolean {
  // A loop over a Set comes to what is added to it on the way.
  const found = new Set([sum]);
  for (const value of found) {
    const type = context.values.elementType(value);
    if (type === 'uint16' || type === 'int16') return true;
    if (isSmallInteger(type)) continue;
    for (const node of context.uses.readers(value)) {
      if (found.size < mostValues && isChained(node)) found.add(node.outputs[0]!);
    }
  }
  return false;
}
