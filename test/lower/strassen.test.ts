/** Products by Strassen's algorithm: which layers can take it, and that they are what they were. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { Graph } from '../../src/ir/graph.js';
import { elementCount, float32 } from '../../src/ir/tensor.js';
import { costsOf } from '../../src/lower/context/cost-tables.js';
import { lower } from '../../src/lower/lower.js';
import { savedByStrassen } from '../../src/lower/strassen.js';
import { defaultTile } from '../../src/wasm/kernels/convolution.js';
import { largestMagnitude } from '../support/compare.js';
import { GraphBuilder } from '../support/graph.js';
import { noise } from '../wasm/kernels/noise.js';
import { tiers } from '../wasm/kernels/run-kernel.js';
import { addConv, compare, feedsFor, finish, followers, tensor } from './convolution/compare-algorithms.js';
import { executePlan } from './execute-plan.js';

const layer = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  blocks: fc.integer({ min: 1, max: 3 }),
  panels: fc.integer({ min: 1, max: 2 }),
  /** Of a Conv: its stride; of a ConvTranspose: kernel and stride. */
  stride: fc.integer({ min: 1, max: 3 }),
  isTransposed: fc.boolean(),
  sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
  hasBias: fc.boolean(),
  /** Whether another layer reads the input with a halo. */
  hasNeighbor: fc.boolean(),
  followers,
});

type Layer = typeof layer extends fc.Arbitrary<infer T> ? T : never;

function graphOf({ batch, blocks, panels, stride, isTransposed, sizes, hasBias, hasNeighbor, ...more }: Layer): Graph {
  const b = new GraphBuilder(13);
  const [from, to] = [16 * blocks, 32 * panels];
  const side = isTransposed ? stride : 1;
  const output = sizes.map((size) => (isTransposed ? size * stride : Math.ceil(size / stride)));
  const axes = sizes.map((input) => ({ input, kernel: side, stride, dilation: 1, begin: 0, end: 0 }));
  if (!isTransposed) {
    const y = addConv(b, { batch, group: 1, from, to, axes, hasBias });
    return finish(b, y, more.followers, [batch, to, ...output]);
  }
  const x = b.input('x', [batch, from, ...sizes]);
  const kernel = sizes.map(() => side);
  const w = b.constant(tensor([from, to, ...kernel], 2));
  const y = b.add('ConvTranspose', [x, w, hasBias ? b.constant(tensor([to], 3)) : undefined], {
    strides: sizes.map(() => stride),
  });
  const graph = finish(b, y, more.followers, [batch, to, ...output]);
  if (!hasNeighbor) return graph;
  const near = b.constant(tensor([8, from, ...sizes.map(() => 3)], 4));
  const beside = b.add('Conv', [x, near], { pads: [...sizes, ...sizes].map(() => 1) });
  return b.graph(...graph.outputs, beside);
}

describe.each(tiers)("Strassen's algorithm, $title", ({ tier, isMissing }) => {
  it.skipIf(isMissing)('gives convolutions of one tap what the reference gives', () => {
    fc.assert(
      fc.property(layer, (one) => {
        const graph = graphOf(one);
        const feeds = feedsFor(graph);
        const [plan] = compare(graph, feeds, tier, 1e-5, 1e-6, [{ name: 'strassen' }]);
        const algorithms = plan!.steps.map(({ algorithm }) => algorithm.split(',')[0]);
        const pixels = one.isTransposed ? one.sizes : one.sizes.map((size) => Math.ceil(size / one.stride));
        if (elementCount(pixels) > 1 && pixels.length < 3) expect(algorithms).toContain('strassen');
        const [strict] = compare(graph, feeds, tier, 1e-5, 1e-6, [undefined]);
        expect(strict!.steps.map(({ algorithm }) => algorithm.split(',')[0])).not.toContain('strassen');
      }),
      { numRuns: 40 },
    );
  });

  it.skipIf(isMissing)('brings rows into ONNX order where a transposed convolution is the last layer', () => {
    fc.assert(
      fc.property(
        fc.record({ batch: fc.integer({ min: 1, max: 2 }), height: fc.constantFrom(1, 7, 23, 48, 51) }),
        fc.constantFrom(7, 97),
        fc.constantFrom('last', 'Relu', 'returned and read'),
        ({ batch, height }, width, reader) => {
          const b = new GraphBuilder(13);
          const x = b.input('x', [batch, 16, height, width]);
          const y = b.add('ConvTranspose', [x, b.constant(tensor([16, 32, 3, 2], 2))], { strides: [3, 2] });
          const read = reader === 'last' ? undefined : b.add('Relu', [y]);
          const graph = read === undefined ? b.graph(y) : reader === 'Relu' ? b.graph(read) : b.graph(y, read);
          const [plan] = compare(graph, feedsFor(graph), tier, 1e-5, 1e-6, [{ name: 'strassen' }]);
          const isApart = plan!.steps.some(({ algorithm }) => algorithm === 'to ONNX order');
          if (width > 7 && height > 23) expect(isApart).toBe(reader === 'returned and read');
        },
      ),
      { numRuns: 12 },
    );
  });

  it.skipIf(isMissing)('multiplies matrices that are large enough, but for strict plans', () => {
    const [rows, sum, columns] = [211, 768, 512];
    const numbers = (dims: readonly number[], seed: number) => float32(dims, noise(elementCount(dims), seed));
    for (const transA of [0, 1]) {
      const b = new GraphBuilder(13);
      const a = b.input('a', transA ? [sum, rows] : [rows, sum]);
      const y = b.add('Gemm', [a, b.constant(numbers([sum, columns], 1)), b.constant(numbers([columns], 2))], {
        transA,
      });
      const graph = b.graph(b.add('Relu', [b.add('Add', [y, b.input('r', [rows, columns])])]));
      const feeds = [numbers(transA ? [sum, rows] : [rows, sum], 3), numbers([rows, columns], 4)];
      const [fast, strict] = (['fast', 'strict'] as const).map((precision) => {
        const plan = lower(graph, infer(graph), { tier, precision, threads: 1 });
        return { algorithm: plan.steps.at(-1)!.algorithm, result: executePlan(graph, plan, tier, feeds)[0]! };
      });
      expect(fast!.algorithm).toBe(transA ? 'matrix product' : 'strassen');
      expect(strict!.algorithm).toBe('matrix product');
      expect(largestMagnitude(1e-5)(fast!.result, strict!.result)).toBeUndefined();
    }
  });

  it('saves where all sizes are large, and only there', () => {
    const saved = (height: number, width: number, sum: number, columns: number, count = 1) =>
      savedByStrassen(costsOf({ tier, precision: 'fast' }), defaultTile[tier], {
        ...{ images: 1, height, width, sum, columns, count },
      });
    expect(saved(32, 32, 512, 256, 4)).toBeGreaterThan(0);
    expect(saved(4096, 1, 768, 3072)).toBeGreaterThan(0);
    expect(saved(8, 1, 4096, 4096)).toBeLessThan(0);
    expect(saved(64, 64, 32, 512)).toBeLessThan(0);
    expect(saved(64, 64, 512, 32)).toBeLessThan(0);
    expect(saved(32, 32, 520, 512)).toBeUndefined();
    expect(saved(32, 32, 512, 520)).toBeUndefined();
  });
});
