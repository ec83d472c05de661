/**
 * Statements about sizes, held to execution: of random networks with views, windows, pixel shuffles, broadcasts and
 * unpooling each size up to a bound is legal exactly when the references compute the network at it.
 * UNSTRIDE_SIZE_NETWORKS is how many networks are tried; `npm run soak -- --part sizes` tries as many as there is time for.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, sizedNetworks } from '../support/sized-network.js';

const networks = Number(process.env['UNSTRIDE_SIZE_NETWORKS'] ?? 10);

describe('each size up to a bound', () => {
  it('is legal exactly when the references compute the network', () => {
    let legal = 0;
    fc.assert(
      fc.property(sizedNetworks, (item) => {
        const judged = judge(item);
        legal += judged.legal;
        expect(judged.wrong).toBeUndefined();
      }),
      { numRuns: networks },
    );
    expect(legal).toBeGreaterThan(0);
  });
});
