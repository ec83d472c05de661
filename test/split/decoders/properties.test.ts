/** Halves of random networks compute what the whole computes, wherever the decoder is found to begin. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/diagnostics.js';
import { infer } from '../../../src/infer/infer.js';
import { symbol } from '../../../src/ir/dim.js';
import type { Graph, Value } from '../../../src/ir/graph.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { verify } from '../../../src/ir/verify.js';
import { RandomSource } from '../../../src/ops/random-source.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { findDecoder, splitModel } from '../../../src/runtime/stages.js';
import { encoderDecoders, uNets } from '../../support/encoder-decoder.js';
import { Layers, modelOf } from '../../support/layers.js';
import { randomFloats, withRandomWeights } from '../../support/weights.js';

const networks = fc.oneof(uNets(1), uNets(2), encoderDecoders(1, 12), encoderDecoders(2, 8));
const sizes = fc.constantFrom([16, 16], [48, 32], [33, 17]);

/** Outputs by name; undefined where the network does not run at these sizes. */
function run(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Map<string, Tensor> | undefined {
  try {
    const { outputs } = execute(
      scheduleReferences(graph),
      graph.inputs.map(({ name }) => feeds.get(name)!),
    );
    return new Map(graph.outputs.map(({ name }, i) => [name, outputs[i]!]));
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

describe('halves', () => {
  it('are sound graphs, and one after the other the whole', () => {
    let ran = 0;
    fc.assert(
      fc.property(networks, sizes, (network, size) => {
        const model = modelOf(withRandomWeights(network.graph, 3));
        const { candidates } = findDecoder(model);
        const input = randomFloats([1, 2, ...size.slice(0, network.symbols.length)], new RandomSource(7));
        const feeds = new Map([['x', input]]);
        const isSound = infer(model.graph).diagnostics.every(({ severity }) => severity !== 'error');
        const whole = run(model.graph, feeds);
        candidates.forEach(({ encoder, decoder }, i) => {
          if (encoder === undefined) return;
          let split: ReturnType<typeof splitModel>;
          try {
            split = splitModel(model, { candidate: i + 1 });
          } catch (error) {
            // After a node that fails, element types may be unknown, and then no part can declare its inputs.
            if (!isSound && error instanceof ModelError && error.diagnostics.every(({ code }) => code === 'US2104'))
              return;
            throw error;
          }
          verify(split.encoder.graph);
          verify(split.decoder.graph);
          for (const { graph } of [split.encoder, split.decoder]) {
            const errors = infer(graph).diagnostics.filter(({ severity }) => severity === 'error');
            if (isSound) expect(errors).toEqual([]);
          }
          expect(encoder.nodes + decoder.nodes).toBeGreaterThanOrEqual(2);
          if (whole === undefined) return;
          ran++;
          const encoded = run(split.encoder.graph, feeds)!;
          const given = new Map(feeds);
          for (const value of split.join.values) given.set(value.decoder, encoded.get(value.encoder)!);
          const decoded = run(split.decoder.graph, given)!;
          const both = new Map([...encoded, ...decoded]);
          for (const [name, tensor] of whole) {
            expect(both.get(name)?.dims, name).toEqual(tensor.dims);
            expect(both.get(name)?.data, name).toEqual(tensor.data);
          }
        });
      }),
      { numRuns: 80 },
    );
    expect(ran).toBeGreaterThan(5);
  });

  it('of U-Nets of any depth: the last layer at the bottom, and the last layer of every level above', () => {
    const level = fc.record({
      layers: fc.integer({ min: 1, max: 3 }),
      isPooled: fc.boolean(),
      isResized: fc.boolean(),
      isAdded: fc.boolean(),
      isGated: fc.boolean(),
      isResidual: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 3 }), (levels, rank) => {
        const net = new Layers(rank);
        const axes = ['H', 'W', 'D'].slice(0, rank).map((name) => symbol(name));
        let x = net.input('x', [symbol('N'), 3, ...axes], 3);
        const skips: Value[] = [];
        let channels = 4;
        const stage = (start: Value, width: number, { layers, isResidual }: (typeof levels)[number]) => {
          let value = net.conv(start, width);
          for (let i = 1; i < layers; i++)
            value = isResidual ? net.sum(net.conv(value, width), value) : net.conv(value, width);
          return value;
        };
        for (const item of levels) {
          x = stage(x, channels, item);
          skips.push(x);
          channels *= 2;
          x = item.isPooled ? net.pool(x) : net.conv(x, channels, 2);
        }
        x = stage(x, channels, levels[0]!);
        const bottleneck = x;
        levels.toReversed().forEach((item, i) => {
          let skip = skips.at(-1 - i)!;
          channels /= 2;
          x = item.isResized ? net.bareConv(net.resize(x), channels) : net.up(x, channels);
          if (item.isGated) {
            const sum = net.sum(net.bareConv(x, 2, 1, 1), net.bareConv(skip, 2, 1, 1));
            skip = net.product(skip, net.unary('Sigmoid', net.bareConv(sum, 1, 1, 1)));
          }
          x = stage(item.isAdded ? net.sum(x, skip) : net.concat(x, skip), channels, item);
        });
        const { kind, candidates } = findDecoder(net.model(net.bareConv(x, 2)));
        expect({ kind, bottleneck: candidates[0]?.bottleneck, skips: candidates[0]?.skips }).toEqual({
          kind: 'encoder-decoder',
          bottleneck: bottleneck.name,
          skips: skips.map(({ name }) => name),
        });
      }),
      { numRuns: 60 },
    );
  });
});
