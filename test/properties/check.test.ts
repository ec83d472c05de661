/** What a check says of sizes that fail, on random networks: sizes that it names are legal, changes that it offers mend. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import { type Inference, infer } from '../../src/infer/infer.js';
import { emptyMetadata, type Graph, type Model } from '../../src/ir/graph.js';
import { applyRemedy } from '../../src/remedies/edits.js';
import { encoderDecoders, hasOverhang, uNets } from '../support/encoder-decoder.js';

const networks = fc.oneof(encoderDecoders(1), uNets(1), uNets(2));

function modelOf(graph: Graph): Model {
  const producer = { name: '', version: '' };
  return { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
}

function hasError({ diagnostics }: Inference): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

function isSound(graph: Graph, bindings: ReadonlyMap<string, number>): boolean {
  return !hasError(infer(graph, { bindings }));
}

/** Networks with sizes at which they fail, though not at all sizes. */
const failing = fc
  .tuple(networks, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 2 }))
  .map(([network, values]) => ({
    network,
    sizes: new Map(network.symbols.map((name, i) => [name, values[i]!])),
  }))
  .filter(({ network: { graph }, sizes }) => isSound(graph, new Map()) && !isSound(graph, sizes));

describe('sizes that fail', () => {
  it('are told with the nearest ones that do not, the others being what they are', () => {
    fc.assert(
      fc.property(failing, ({ network: { graph }, sizes }) => {
        const nearest = checkModel(modelOf(graph), { bindings: sizes }).diagnostics.flatMap(
          (item) => item.nearest ?? [],
        );
        fc.pre(nearest.length === 1);
        const [{ symbol, size, below, above }] = nearest as [(typeof nearest)[0]];
        const at = (value: number) => new Map([...sizes, [symbol, value]]);
        const agrees = (value: number, isExpected: boolean) => {
          const inference = infer(graph, { bindings: at(value) });
          if (!hasOverhang(graph, inference)) expect(!hasError(inference), `${symbol} = ${value}`).toBe(isExpected);
        };
        for (let value = (below ?? 0) + 1; value < Math.min(above ?? 100, 100); value++) {
          agrees(value, false);
        }
        for (const value of [below, above]) if (value !== undefined) agrees(value, true);
        expect(size).toBe(sizes.get(symbol));
      }),
      { numRuns: 60 },
    );
  });

  it('are mended by every change that is offered', () => {
    let offered = 0;
    fc.assert(
      fc.property(failing, ({ network: { graph }, sizes }) => {
        const remedies = checkModel(modelOf(graph), { bindings: sizes }).diagnostics.flatMap(
          (item) => item.remedies ?? [],
        );
        offered += remedies.length;
        for (const remedy of remedies) expect(isSound(applyRemedy(graph, remedy), sizes), remedy.text).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(offered).toBeGreaterThan(0);
  });
});
