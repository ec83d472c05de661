/** Max pooling that the steps of a Conv do tile by tile, beside the references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../support/graph.js';
import { tiers } from '../../wasm/kernels/run-kernel.js';
import { addConv, compare, feedsFor } from './compare-algorithms.js';

const axis = fc
  .record({ input: fc.integer({ min: 3, max: 21 }), dilation: fc.constantFrom<number>(1, 1, 1, 2) })
  .map((size) => ({
    ...{ ...size, kernel: 3, stride: 1 },
    ...{ begin: size.dilation, end: size.dilation },
  }));

const layer = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  from: fc.integer({ min: 1, max: 10 }),
  to: fc.constantFrom<number>(8, 16, 24, 40, 5),
  axes: fc.tuple(axis, axis),
  hasBias: fc.boolean(),
  isCeil: fc.boolean(),
  pads: fc.constantFrom<number[]>([0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]),
  kernel: fc.constantFrom<number[]>([2, 2], [2, 2], [2, 2], [3, 2]),
  /** Whether something else reads what is pooled. */
  isKept: fc.boolean(),
});

type Side = ReturnType<typeof side>;
const side = (input: number) => ({ input, dilation: 1, kernel: 3, stride: 1, begin: 1, end: 1 });

/** Of several blocks of tiles, with one left over along each axis. */
const large = {
  ...{ batch: 1, from: 3, to: 24, hasBias: true, isCeil: false, pads: [0, 0, 0, 0], kernel: [2, 2] },
  axes: [side(39), side(40)] as [Side, Side],
};

describe.each(tiers)('pooling of tiles, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is what its reference makes, of any layer', () => {
    let [pooled, kept] = [0, 0];
    fc.assert(
      fc.property(layer, ({ isCeil, pads, kernel, isKept, ...conv }) => {
        const b = new GraphBuilder();
        const made = addConv(b, { ...conv, group: 1 });
        const active = b.add('Relu', [made]);
        const y = b.add('MaxPool', [active], {
          kernel_shape: kernel,
          strides: [2, 2],
          pads,
          ceil_mode: isCeil ? 1 : 0,
        });
        const outputs = isKept ? [b.add('Neg', [active])] : [];
        const graph = b.graph(y, ...outputs);
        const plans = compare(graph, feedsFor(graph), tier, 1e-4, 1e-6, [
          { name: 'winograd', outputs: 6 },
          { name: 'winograd', outputs: 5 },
          { name: 'winograd panels', outputs: 4 },
          { name: 'direct' },
        ]);
        const are = plans.map(({ steps }) => steps.some(({ algorithm }) => algorithm.endsWith(', max pool')));
        if (are.includes(true)) [pooled, kept] = [pooled + 1, kept + (isKept ? 1 : 0)];
      }),
      { numRuns: 30, examples: [[{ ...large, isKept: false }], [{ ...large, isKept: true }]] },
    );
    expect(kept).toBeGreaterThan(0);
    expect(pooled).toBeGreaterThan(kept);
  });
});
