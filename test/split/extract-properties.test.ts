/** Parts of random networks compute what the whole computes there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import { emptyMetadata, type Graph, type Model, type Value } from '../../src/ir/graph.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import { RandomSource } from '../../src/ops/random-source.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { denseTensor } from '../../src/runtime/tensor/dense.js';
import { extractPart } from '../../src/split/extract.js';
import { type EncoderDecoder, encoderDecoders, uNets } from '../support/encoder-decoder.js';
import { randomFloats, withRandomWeights } from '../support/weights.js';

function modelOf(graph: Graph): Model {
  const producer = { name: '', version: '' };
  return { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
}

function innerValues({ inputs, nodes }: Graph): Value[] {
  return [...inputs, ...nodes.flatMap(({ outputs }) => outputs.filter((value) => value !== undefined))];
}

/** Every value of the graph by name, or undefined where it does not run at these sizes. */
function valuesOf(graph: Graph, sizes: readonly number[]): ReadonlyMap<string, Tensor> | undefined {
  const outputs = innerValues(graph);
  const input = randomFloats([1, 2, ...sizes], new RandomSource(7));
  try {
    const run = execute(scheduleReferences({ ...graph, outputs }), [input]);
    return new Map(outputs.map(({ name }, i) => [name, run.outputs[i]!]));
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

function expectSame(part: Graph, values: ReadonlyMap<string, Tensor>): void {
  const feeds = part.inputs.map(({ name }) => values.get(name)!);
  const { outputs } = execute(scheduleReferences(part), feeds);
  part.outputs.forEach(({ name }, i) => {
    expect(outputs[i]!.dims, name).toEqual(values.get(name)!.dims);
    expect(outputs[i]!.data, name).toEqual(values.get(name)!.data);
  });
}

const networks = fc.oneof(encoderDecoders(1, 8), uNets(1), uNets(2));

interface Drawn {
  readonly network: EncoderDecoder;
  readonly sizes: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

const cuts: fc.Arbitrary<Drawn> = fc.record({
  network: networks,
  sizes: fc.constantFrom([16, 16], [24, 12], [33, 17]),
  from: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
  to: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
});

/** The network with weights, its values, and names to cut at. */
function draw({ network, sizes, from, to }: Drawn) {
  const graph = withRandomWeights(network.graph, 3);
  const values = valuesOf(graph, sizes.slice(0, network.symbols.length));
  const all = innerValues(graph).map(({ name }) => name);
  const pick = (places: readonly number[]) => places.map((place) => all[place % all.length]!);
  return { model: modelOf(graph), values, from: pick(from), to: pick(to) };
}

function errorCodes(graph: Graph): string[] {
  return infer(graph).diagnostics.flatMap(({ code, severity }) => (severity === 'error' ? [code] : []));
}

describe('parts', () => {
  it('give what the whole gives, taking what is missing', () => {
    let added = 0;
    fc.assert(
      fc.property(cuts, (drawn) => {
        const { model, values, from, to } = draw(drawn);
        fc.pre(values !== undefined && errorCodes(model.graph).length === 0);
        const part = extractPart(model, { from, to, auto: true });
        const { graph } = part.model;
        added += part.added.length;
        expect(verify(graph)).toEqual([]);
        expect(graph.inputs.map(({ name }) => name)).toEqual(part.from.map(({ name }) => name));
        expect(errorCodes(graph)).toEqual([]);
        expectSame(graph, values);
      }),
      { numRuns: 150 },
    );
    expect(added).toBeGreaterThan(15);
  });

  it('are closed, or name what closes them', () => {
    let open = 0;
    fc.assert(
      fc.property(cuts, (drawn) => {
        const { model, from, to } = draw(drawn);
        fc.pre(errorCodes(model.graph).length === 0);
        const { added } = extractPart(model, { from, to, auto: true });
        const names = added.map(({ name }) => name);
        if (names.length === 0) extractPart(model, { from, to });
        else {
          open++;
          expect(() => extractPart(model, { from, to })).toThrow(/US2102/);
          expect(extractPart(model, { from: [...from, ...names], to }).added).toEqual([]);
          // Each is met by something: none lies only on the way to another.
          const { nodes, outputs } = extractPart(model, { from: [...from, ...names], to }).model.graph;
          const read = new Set([...outputs, ...nodes.flatMap(({ inputs }) => inputs)].map((value) => value?.name));
          expect(names.filter((name) => !read.has(name))).toEqual([]);
        }
      }),
      { numRuns: 120 },
    );
    expect(open).toBeGreaterThan(12);
  });

  it('are their own parts', () => {
    fc.assert(
      fc.property(cuts, (drawn) => {
        const { model, from, to } = draw(drawn);
        // What does not work out has sizes that only its parts know.
        fc.pre(errorCodes(model.graph).length === 0);
        const part = extractPart(model, { from, to, auto: true });
        const again = extractPart(part.model, { from: part.from.map(({ name }) => name), to });
        expect(again.model).toBe(part.model);
      }),
      { numRuns: 100 },
    );
  });

  it('one after the other give what the whole gives', () => {
    fc.assert(
      fc.property(cuts, (drawn) => {
        const { model, values, from } = draw(drawn);
        fc.pre(values !== undefined && errorCodes(model.graph).length === 0);
        const second = extractPart(model, { from, auto: true });
        const first = extractPart(model, { to: second.from.map(({ name }) => name) });
        expect(verify(first.model.graph)).toEqual([]);
        expectSame(first.model.graph, values);
        expectSame(second.model.graph, values);
      }),
      { numRuns: 150 },
    );
  });

  it('have the whole’s bits from compiled kernels as well', async () => {
    const run = async (model: Model, feeds: ReadonlyMap<string, Tensor>) => {
      const session = await InferenceSession.create(model, { precision: 'strict', threads: 1, tier: 'baseline' });
      try {
        const outputs = await session.run(new Map(session.inputNames.map((name) => [name, feeds.get(name)!])));
        return new Map(session.outputNames.map((name) => [name, denseTensor(outputs[name], name)]));
      } finally {
        await session.release();
      }
    };
    await fc.assert(
      fc.asyncProperty(cuts, async (drawn) => {
        const { model, values, from } = draw(drawn);
        fc.pre(values !== undefined && errorCodes(model.graph).length === 0);
        const feeds = new Map([['x', values.get('x')!]]);
        const second = extractPart(model, { from, auto: true }).model;
        const crossing = second.graph.inputs.map(({ name }) => name).filter((name) => name !== 'x');
        const first = crossing.length === 0 ? feeds : await run(extractPart(model, { to: crossing }).model, feeds);
        const result = await run(second, new Map([...feeds, ...first]));
        for (const [name, { dims, data }] of await run(model, feeds)) {
          expect(result.get(name)!.dims, name).toEqual(dims);
          expect(result.get(name)!.data, name).toEqual(data);
        }
      }),
      { numRuns: 12 },
    );
  });
});
