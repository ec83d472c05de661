/** Convolutions of random geometry as plans, against the references: every algorithm, with what may follow them. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Value } from '../../../src/ir/graph.js';
import { elementCount, float32 } from '../../../src/ir/tensor.js';
import { attributesOf, convTransposeCase, smallIntegers } from '../../support/geometry.js';
import { GraphBuilder } from '../../support/graph.js';
import { tiers } from '../../wasm/kernels/run-kernel.js';
import { addConv, compare, feedsFor, finish, followers, tensor } from './compare-algorithms.js';

describe.each(tiers)('$title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('ConvTranspose with every attribute', () => {
    fc.assert(
      fc.property(convTransposeCase, followers, fc.integer({ min: 1, max: 24 }), (item, list, wider) => {
        const { axes, batch, group, groupIn, groupOut, hasBias } = item;
        // One dense case in two crosses panels and vectors.
        const [from, to] = group === 1 ? [groupIn * wider, groupOut * wider] : [groupIn, groupOut];
        const x = [batch, group * from, ...axes.map(({ input }) => input)];
        const w = [group * from, to, ...axes.map(({ kernel }) => kernel)];
        const b = new GraphBuilder();
        const bias = hasBias ? b.constant(tensor([group * to], 3)) : undefined;
        const inputs = [b.input('x', x), b.constant(tensor(w, 2)), bias];
        const attributes = attributesOf({ ...item, groupOut: to });
        const y = b.add('ConvTranspose', inputs, attributes);
        const dims = infer(b.graph(y)).types.get(y)!.shape as number[];
        const graph = finish(b, y, list, dims);
        compare(graph, feedsFor(graph), tier, 1e-4);
      }),
      { numRuns: 75 },
    );
  });

  const axis = fc
    .record({
      input: fc.integer({ min: 1, max: 15 }),
      kernel: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.constantFrom(9, 11, 13)),
      stride: fc.constantFrom(1, 1, 1, 2, 3),
      dilation: fc.constantFrom(1, 1, 2, 5),
      begin: fc.integer({ min: 0, max: 6 }),
      end: fc.integer({ min: 0, max: 6 }),
    })
    .filter(({ input, kernel, dilation, begin, end }) => input + begin + end >= (kernel - 1) * dilation + 1);

  it.skipIf(isMissing)('Conv with every attribute', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 1, max: 2 }),
          group: fc.constantFrom(1, 1, 2, 5),
          from: fc.integer({ min: 1, max: 24 }),
          to: fc.integer({ min: 1, max: 40 }),
          isDepthwise: fc.boolean(),
          axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
          hasBias: fc.boolean(),
          followers,
        }),
        ({ batch, group: groups, from, to, isDepthwise, axes, hasBias, followers: list }) => {
          const [group, groupFrom, groupTo] = isDepthwise ? [from, 1, 1] : [groups, from, to];
          const b = new GraphBuilder();
          const y = addConv(b, { batch, group, from: groupFrom, to: groupTo, axes, hasBias });
          const dims = infer(b.graph(y)).types.get(y)!.shape as number[];
          const graph = finish(b, y, list, dims);
          compare(graph, feedsFor(graph), tier, 1e-4);
        },
      ),
      { numRuns: 75 },
    );
  });
});

describe('networks', () => {
  it('with skips, whose channels are joined in place', () => {
    fc.assert(
      fc.property(
        fc.record({
          channels: fc.integer({ min: 1, max: 20 }),
          size: fc.constantFrom(8, 12, 16),
          depth: fc.constantFrom(1, 2),
        }),
        ({ channels, size, depth }) => {
          const b = new GraphBuilder();
          const x = b.input('x', [1, 2, size, size]);
          let seed = 1;
          const weights = (dims: readonly number[]) =>
            b.constant(
              float32(
                dims,
                smallIntegers(elementCount(dims), seed++).map((value) => value / 16),
              ),
            );
          const conv = (value: Value, from: number, to: number) =>
            b.add('Relu', [b.add('Conv', [value, weights([to, from, 3, 3]), weights([to])], { pads: [1, 1, 1, 1] })]);
          const skips: { readonly value: Value; readonly width: number }[] = [];
          let width = channels;
          let value = conv(x, 2, width);
          for (let i = 0; i < depth; i++) {
            skips.push({ value, width });
            value = b.add('MaxPool', [value], { kernel_shape: [2, 2], strides: [2, 2] });
            value = conv(value, width, width + 3);
            width += 3;
          }
          for (const skip of [...skips].reverse()) {
            const up = b.add('ConvTranspose', [value, weights([width, skip.width, 2, 2])], { strides: [2, 2] });
            const joined = b.add('Concat', [skip.value, up, skip.value], { axis: 1 });
            value = conv(joined, 3 * skip.width, skip.width);
            width = skip.width;
          }
          const graph = b.graph(value);
          compare(graph, feedsFor(graph), 'baseline', 1e-4);
        },
      ),
      { numRuns: 15 },
    );
  });
});
