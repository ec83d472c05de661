/** Inference with open sizes against inference at numbers, and both against what the references compute. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Inference, infer } from '../../src/infer/infer.js';
import { type Dim, substitute, symbolsOf } from '../../src/ir/dim.js';
import type { Graph } from '../../src/ir/graph.js';
import { isConcrete } from '../../src/ir/shape.js';
import { Tensor } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { isLegal, legalSizes } from '../../src/solve/legal-sizes.js';
import { channels, type EncoderDecoder, encoderDecoders, hasOverhang, uNets } from '../support/encoder-decoder.js';

const networks = (rank: number) => fc.oneof(encoderDecoders(rank), uNets(rank));

const sizes = (rank: number, max = 40) => fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });

function bind({ symbols }: EncoderDecoder, values: readonly number[]): Map<string, number> {
  return new Map(symbols.map((name, i) => [name, values[i]!]));
}

function isSound({ diagnostics }: Inference): boolean {
  return !diagnostics.some(({ severity }) => severity === 'error');
}

function isMadeUp(dim: Dim): boolean {
  return [...symbolsOf(dim).values()].some(({ reason }) => reason !== undefined);
}

function expectSameShapes(
  graph: Graph,
  open: Inference,
  closed: Inference,
  bindings: ReadonlyMap<string, number>,
): void {
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      const shape = open.types.get(output!)!.shape!;
      const numbers = closed.types.get(output!)!.shape!;
      expect(numbers.length, output!.name).toBe(shape.length);
      shape.forEach((dim, axis) => {
        if (!isMadeUp(dim)) expect(numbers[axis], `${output!.name} ${dim}`).toBe(substitute(dim, bindings));
      });
    }
  }
}

describe.each([1, 2])('random encoder-decoder networks in %i-D', (rank) => {
  it('have the shapes that inference with symbols says, at every size that is legal', () => {
    fc.assert(
      fc.property(networks(rank), sizes(rank), (network, values) => {
        const open = infer(network.graph);
        fc.pre(isSound(open));
        const bindings = bind(network, values);
        const closed = infer(network.graph, { bindings });
        if (isSound(closed) && !hasOverhang(network.graph, closed))
          expectSameShapes(network.graph, open, closed, bindings);
      }),
      { numRuns: 300 },
    );
  });

  it('are legal where inference at these sizes finds no error', () => {
    fc.assert(
      fc.property(networks(rank), sizes(rank), (network, values) => {
        const bindings = bind(network, values);
        const verdict = isLegal(infer(network.graph), bindings);
        fc.pre(verdict !== undefined);
        const closed = infer(network.graph, { bindings });
        if (!hasOverhang(network.graph, closed)) expect(isSound(closed)).toBe(verdict);
      }),
      { numRuns: 300 },
    );
  });

  it('compute what is inferred', () => {
    fc.assert(
      fc.property(networks(rank), sizes(rank, 12), (network, values) => {
        const { graph } = network;
        const { types, ...closed } = infer(graph, { bindings: bind(network, values) });
        const shape = types.get(graph.outputs[0]!)!.shape!;
        fc.pre(
          isSound({ types, ...closed }) && isConcrete(shape) && shape.reduce((a, b) => a * (b as number), 1) < 4096,
        );
        const dims = [1, channels, ...values];
        const x = new Tensor('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
        const { outputs } = execute(scheduleReferences(graph), [x]);
        expect(outputs[0]!.dims).toEqual(shape);
      }),
      { numRuns: 75 },
    );
  });
});

describe('legal sizes in closed form', () => {
  it.each([1, 2])('hold exactly the sizes at which inference finds no error, in %i-D', (rank) => {
    fc.assert(
      fc.property(networks(rank), fc.array(sizes(rank, 120), { minLength: 8, maxLength: 8 }), (network, samples) => {
        const open = infer(network.graph);
        const { symbols, relations, undecided } = legalSizes(network.graph, open);
        fc.pre(isSound(open) && undecided.length === 0 && relations.length === 0);
        for (const values of samples) {
          const closed = infer(network.graph, { bindings: bind(network, values) });
          if (hasOverhang(network.graph, closed)) continue;
          const verdict = isSound(closed);
          const isMember = symbols.every(({ set }, i) => set === undefined || set.has(values[i]!));
          if (symbols.every(({ set }) => set !== undefined))
            expect(isMember, `${values}: ${symbols[0]!.text}`).toBe(verdict);
        }
      }),
      { numRuns: 125 },
    );
  });
});
