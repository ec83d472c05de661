/** What following sizes costs, counted in sums that are built: in proportion to the graph, whatever it does with its sizes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { sumsBuilt } from '../../src/ir/dim.js';
import { legalSizes } from '../../src/solve/legal-sizes.js';
import { type GraphKind, graphKinds, mixedGraph } from '../support/many-symbols.js';

function workOn(kinds: readonly GraphKind[], nodes: number): number {
  const graph = mixedGraph(kinds, nodes);
  const before = sumsBuilt();
  legalSizes(graph, infer(graph));
  return sumsBuilt() - before;
}

/** Nodes after which sizes are as complex as they become, so that each further node costs the same. */
const settled = 500;
/** Sizes of mixed kinds become more complex. */
const settledMix = 1000;

describe('graphs with many sizes', () => {
  it.each(graphKinds)('take no more for each node as they grow: %s', (kind) => {
    expect(workOn([kind], 2 * settled) / workOn([kind], settled)).toBeLessThan(2.5);
  });

  it('of mixed kinds as well', () => {
    const kinds = fc.array(fc.constantFrom(...graphKinds), {
      minLength: 2,
      maxLength: 4,
    });
    fc.assert(
      fc.property(kinds, (mixed) => {
        expect(workOn(mixed, 2 * settledMix) / workOn(mixed, settledMix)).toBeLessThan(3);
      }),
      { numRuns: 3 },
    );
  });

  it('of windows among sizes that are joined', () => {
    expect(
      workOn(['joins', 'poolings', 'windows'], 2 * settled) / workOn(['joins', 'poolings', 'windows'], settled),
    ).toBeLessThan(3);
  });
});
