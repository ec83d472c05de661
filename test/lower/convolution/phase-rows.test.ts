/** Transposed convolutions whose phases are the columns of a product. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { int64 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { GraphBuilder } from '../../support/graph.js';
import { tiers } from '../../wasm/kernels/run-kernel.js';
import { compare, feedsFor, tensor } from './compare-algorithms.js';

const layer = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  from: fc.integer({ min: 1, max: 24 }),
  to: fc.integer({ min: 1, max: 5 }),
  high: fc.record({
    input: fc.integer({ min: 2, max: 9 }),
    stride: fc.integer({ min: 1, max: 4 }),
    taps: fc.integer({ min: 1, max: 3 }),
  }),
  wide: fc.record({
    input: fc.integer({ min: 2, max: 20 }),
    stride: fc.constantFrom(8, 16, 24),
    taps: fc.integer({ min: 1, max: 3 }),
  }),
  /** Taps of each axis that some phases have not. */
  missing: fc.constantFrom(0, 0, 0, 1),
  /** In strides, or one less. */
  pads: fc.constantFrom(0, 0, 1),
  isPadEven: fc.boolean(),
  hasBias: fc.boolean(),
  reader: fc.constantFrom('none', 'none', 'Slice', 'Relu'),
});

type Layer = typeof layer extends fc.Arbitrary<infer T> ? T : never;

function graphOf({ batch, from, to, high, wide, missing, pads, isPadEven, hasBias, reader }: Layer) {
  const axes = [high, wide].map(({ input, stride, taps }) => {
    const kernel = Math.max(1, stride * taps - missing);
    const pad = Math.min(Math.floor((kernel - 1) / 2), pads * stride - (isPadEven ? 0 : pads));
    return { input, stride, kernel, pad };
  });
  const b = new GraphBuilder();
  const x = b.input('x', [batch, from, ...axes.map(({ input }) => input)]);
  const w = b.constant(tensor([from, to, ...axes.map(({ kernel }) => kernel)], 2));
  const bias = hasBias ? b.constant(tensor([to], 3)) : undefined;
  const pad = axes.map(({ pad }) => pad);
  const y = b.add('ConvTranspose', [x, w, bias], { strides: axes.map(({ stride }) => stride), pads: [...pad, ...pad] });
  if (reader === 'none') return b.graph(y);
  if (reader === 'Relu') return b.graph(b.add('Relu', [y]));
  const [starts, ends, along] = [1, -1, 3].map((number) => b.constant(int64([1], [number])));
  return b.graph(b.add('Slice', [y, starts, ends, along]));
}

const phaseRows = { name: 'phase rows' } as const;

describe.each(tiers)('phases as columns, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('give what the references give', () => {
    fc.assert(
      fc.property(layer, (item) => {
        const graph = graphOf(item);
        const [plan] = compare(graph, feedsFor(graph), tier, 1e-4, 1e-6, [phaseRows]);
        const isRegular = item.missing === 0 && item.pads === 0 && item.reader !== 'Relu';
        const names = plan!.steps.map(({ algorithm }) => algorithm);
        if (isRegular) expect(names).toContain(`rows of ${item.wide.stride} phases`);
      }),
      { numRuns: 60 },
    );
  });

  it('are no choice in strict, nor where others read the result', () => {
    const item = { batch: 1, from: 8, to: 8, missing: 0, pads: 0, isPadEven: true, hasBias: true } as const;
    const axes = { high: { input: 9, stride: 8, taps: 2 }, wide: { input: 9, stride: 8, taps: 2 } } as const;
    const chosen = (reader: Layer['reader'], precision: 'fast' | 'strict') => {
      const graph = graphOf({ ...item, ...axes, reader });
      const plan = lower(graph, infer(graph), { tier, precision, threads: 1, prefer: phaseRows });
      return plan.steps.some(({ algorithm }) => algorithm.startsWith('rows of'));
    };
    expect(chosen('none', 'fast')).toBe(true);
    expect(chosen('none', 'strict')).toBe(false);
    expect(chosen('Relu', 'fast')).toBe(false);
  });
});
