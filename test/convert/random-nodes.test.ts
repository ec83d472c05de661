/**
 * Single nodes of every operator with a lowering, in every version, with random legal attributes and shapes, for random
 * other operator sets: what is converted computes the same. `npm run soak -- --part sets` tries more of them.
 */
import { describe, expect, it } from 'vitest';
import { inOtherSet } from '../support/in-other-set.js';

const count = Number(process.env['UNSTRIDE_SOAK_CONVERT'] ?? 800);
const firstSeed = Number(process.env['UNSTRIDE_SOAK_SEED'] ?? 1);

describe('single nodes for another operator set', () => {
  it(`compute the same, ${count} of them`, () => {
    const wrong: string[] = [];
    const counts = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const outcome = inOtherSet(i, firstSeed + i);
      counts.set(outcome.kind, (counts.get(outcome.kind) ?? 0) + 1);
      if (outcome.kind === 'converted' && outcome.difference !== undefined)
        wrong.push(`${outcome.text}: ${outcome.difference}`);
    }
    expect(wrong).toEqual([]);
    expect(counts.get('converted')).toBeGreaterThan(count / 2);
  });
});
