/** What a model may take of memory is asked before anything is made; no test here takes much. */
import { describe, expect, it } from 'vitest';
import { compile, compileFor } from '../../src/compile.js';
import { formatBytes } from '../../src/diagnostics/units.js';
import type { Graph } from '../../src/ir/graph.js';
import { bool, float32, int64, zeros } from '../../src/ir/tensor.js';
import { LiveMemory } from '../../src/limits/live-memory.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { diagnosticsOf, diagnosticsOfAsync } from '../support/errors.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';

const target = { tier: 'baseline', precision: 'fast', threads: 1 } as const;

/** Upsamples [1, 1, 4, size] by a transposed convolution of the stride. */
function upsampling(stride: number, size = 4, batch = 1): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', [batch, 1, 4, size]);
  const y = builder.add('ConvTranspose', [x, builder.constant(zeros('float32', [1, 1, 1, 1]))], {
    strides: [1, stride],
  });
  return builder.graph(y);
}

describe('values of known sizes', () => {
  it('are refused where one alone exceeds the limit, with what it needs', () => {
    const [found] = diagnosticsOf(() => compileFor(modelOf(upsampling(2 ** 31)), target));
    expect(found).toMatchObject({
      code: 'US2011',
      value: 'v0',
      node: { opType: 'ConvTranspose' },
      data: { bytes: 4 * 4 * (3 * 2 ** 31 + 1), limit: 2 ** 32 },
    });
    expect(found!.hint).toContain('--memory-limit');
  });

  it('take nothing for a long axis beside an empty one', () => {
    const { plan } = compileFor(modelOf(upsampling(2 ** 31, 4, 0)), target);
    expect([plan.arena, plan.steps]).toEqual([0, []]);
  });

  it('are refused by references as by kernels', () => {
    expect(diagnosticsOf(() => compile(modelOf(upsampling(2 ** 31))))[0]!.code).toBe('US2011');
  });

  it('are held to the limit that is given', () => {
    const bytes = 4 * 4 * (3 * 100 + 1);
    const model = modelOf(upsampling(100));
    expect(diagnosticsOf(() => compile(model, { memoryLimit: bytes - 1 }))[0]!.data).toMatchObject({ bytes });
    expect(compile(model, { memoryLimit: bytes }).graph.nodes).toHaveLength(1);
  });

  it('are counted together where they are needed together', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [256, 256]);
    const sums = Array.from({ length: 8 }, () => builder.add('MatMul', [x, x]));
    const model = modelOf(builder.graph(...sums));
    const memoryLimit = 4 * 256 * 256 * 4;
    const [found] = diagnosticsOf(() => compileFor(model, target, { memoryLimit }));
    expect(found).toMatchObject({ code: 'US2011', data: { limit: memoryLimit } });
    expect(found!.data['bytes']).toBeGreaterThanOrEqual(8 * 256 * 256 * 4);
    expect(compileFor(model, target, { memoryLimit: 4 * memoryLimit }).plan.steps.length).toBeGreaterThan(0);
  });
});

/** Doubles its state each time, from 16 floats on, and hands out a kilobyte in each iteration. */
function growing(trips: number): Graph {
  const body = new GraphBuilder();
  body.input('i', [], 'int64');
  const going = body.input('going', [], 'bool');
  const state = body.input('state', undefined);
  const doubled = body.add('Concat', [state, state], { axis: 0 });
  const loop = new GraphBuilder();
  const start = loop.input('start', [16]);
  const count = loop.constant(int64([], [trips]));
  return loop.graph(
    loop.add('Loop', [count, loop.constant(bool([], [true])), start], {
      body: { kind: 'graph', value: body.graph(body.add('Identity', [going]), doubled) },
    }),
  );
}

/** Stacks its state of 1 kB in as many iterations as data say. */
function stacking(): Graph {
  const body = new GraphBuilder();
  body.input('i', [], 'int64');
  const going = body.input('going', [], 'bool');
  const state = body.input('state', undefined);
  const next = body.add('Neg', [state]);
  const loop = new GraphBuilder();
  const start = loop.input('start', [256]);
  const trips = loop.add('Size', [loop.add('NonZero', [loop.input('trips', [10_000])])]);
  const inputs = [trips, loop.constant(bool([], [true])), start];
  const attributes = {
    body: { kind: 'graph', value: body.graph(body.add('Identity', [going]), next, body.add('Neg', [next])) },
  } as const;
  return loop.graph(...loop.addMany('Loop', inputs, 2, attributes));
}

describe.each(['compiled', 'reference'] as const)('values that grow by data, %s', (executor) => {
  const floats = (count: number, ones = count) =>
    new Tensor('float32', new Float32Array(count).fill(1, 0, ones), [count]);

  const run = async (graph: Graph, feeds: Record<string, Tensor>, memoryLimit: number) => {
    const session = await InferenceSession.create(modelOf(graph), { executor, threads: 1, memoryLimit });
    try {
      return await session.run(feeds);
    } finally {
      await session.release();
    }
  };

  it('meet the limit of live bytes', async () => {
    const [found] = await diagnosticsOfAsync(() => run(growing(60), { start: floats(16) }, 1e6));
    expect(found).toMatchObject({ code: 'US2011', node: { opType: 'Concat' }, data: { limit: 1e6 } });
  });

  it('go on where the limit is raised', async () => {
    const feeds = { start: floats(16) };
    const found = await diagnosticsOfAsync(() => run(growing(14), feeds, 1e6));
    expect(found).toMatchObject([{ code: 'US2011' }]);
    const [output] = Object.values(await run(growing(14), feeds, 4e6));
    expect(output!.dims).toEqual([2 ** 18]);
  });

  it('are counted while a loop stacks them', async () => {
    const feeds = (trips: number) => ({ start: floats(256), trips: floats(10_000, trips) });
    const [found] = await diagnosticsOfAsync(() => run(stacking(), feeds(10_000), 1e6));
    expect(found).toMatchObject({ code: 'US2011', data: { limit: 1e6 } });
    expect(Number(found!.data['live'])).toBeLessThanOrEqual(1e6);
    expect(Object.values(await run(stacking(), feeds(100), 1e6))[1]!.dims).toEqual([100, 256]);
  });
});

describe('live memory', () => {
  const kilobyte = () => float32([250], new Float32Array(250));

  it('counts storage once, however many hold it', () => {
    const memory = new LiveMemory({ limit: 2500 });
    const tensor = kilobyte();
    memory.hold(tensor);
    memory.hold(tensor.reshape([25, 10]));
    memory.requireAll([tensor, kilobyte()]);
    expect(() => memory.requireAll([kilobyte(), kilobyte()])).toThrow(/1\.95 KiB would be made beside 1000 B/);
    memory.release(tensor);
    expect(() => memory.require(1501)).toThrow();
    memory.release(tensor);
    memory.require(2500);
    expect(memory.peakBytes).toBe(1000);
  });

  it('leaves others what they have', () => {
    const memory = new LiveMemory({ limit: 2500, taken: 2000 });
    memory.require(500);
    expect(() => memory.require(501)).toThrow();
  });
});

it('writes bytes so that they can be read', () => {
  expect([1, 999_999, 1e6, 1.5e9, 2 ** 32, 1e20, 1e30].map(formatBytes)).toEqual([
    '1 B',
    '977 KiB',
    '977 KiB',
    '1.40 GiB',
    '4.00 GiB',
    '86.7 EiB',
    '8.67e+11 EiB',
  ]);
});
