/** Sessions on both executors: what goes in, what comes out, in which order, and what fails without taking the session along. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runStatus } from '../../src/codegen/control.js';
import { ModelError } from '../../src/diagnostics.js';
import { Tensor as DenseTensor } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import type { RunReport, SessionOptions } from '../../src/runtime/session-options.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { Team } from '../../src/runtime/threads/team.js';
import type { Trace, TraceEvent } from '../../src/runtime/trace.js';
import { diagnosticsOfAsync } from '../support/errors.js';
import { type ModelSpec, modelBytes, modelProto, nodeProto, tensorTypeProto } from '../support/model.js';

type Shape = readonly (number | string)[];

const float32 = (dims: readonly number[], ...values: number[]) =>
  new DenseTensor('float32', dims, Float32Array.from(values));

/** `double` = x + x and `scaled` = 10 x. */
function twoOutputs(shape: Shape, more: Partial<ModelSpec> = {}): Uint8Array {
  return modelBytes({
    inputs: { x: shape },
    outputs: { double: shape, scaled: shape },
    nodes: [nodeProto('Add', 'x x', 'double'), nodeProto('Mul', 'x ten', 'scaled')],
    initializers: { ten: float32([], 10) },
    ...more,
  });
}

/** A 2×2 transposed convolution of stride 2 that repeats each pixel, then a convolution that sums two rows, then Relu. */
function upsampler(height: number | string, width: number | string): Uint8Array {
  return modelBytes({
    inputs: { x: [1, 1, height, width] },
    outputs: { y: [1, 1, 'H2', 'W2'] },
    nodes: [
      nodeProto('ConvTranspose', 'x ones', 'up', { strides: [2, 2] }),
      nodeProto('Conv', 'up column', 'sums'),
      nodeProto('Relu', 'sums', 'y'),
    ],
    initializers: { ones: float32([1, 1, 2, 2], 1, 1, 1, 1), column: float32([1, 1, 2, 1], 1, 1) },
  });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-session-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const numbers = (tensor: Tensor | undefined) => Array.from(tensor!.data as Float32Array);
const x = (...values: number[]) => new Tensor('float32', values, [values.length]);

describe.each(['reference', 'compiled'] as const)('a session of the %s executor', (executor) => {
  const create = (bytes: Uint8Array | string, options: SessionOptions = {}) =>
    InferenceSession.create(bytes, { executor, threads: 1, ...options });

  async function using(session: InferenceSession, work: (session: InferenceSession) => Promise<void>): Promise<void> {
    try {
      await work(session);
    } finally {
      await session.release();
    }
  }

  it('has names and types of inputs and outputs', async () => {
    await using(await create(upsampler('H', 3)), async (session) => {
      expect(session.inputNames).toEqual(['x']);
      expect(session.outputNames).toEqual(['y']);
      expect(session.inputMetadata).toEqual([{ name: 'x', isTensor: true, type: 'float32', shape: [1, 1, 'H', 3] }]);
      expect(session.outputMetadata).toEqual([
        { name: 'y', isTensor: true, type: 'float32', shape: [1, 1, '2*H - 1', 6] },
      ]);
    });
  });

  it('computes all outputs, for feeds in an object or a Map', async () => {
    await using(await create(twoOutputs([2])), async (session) => {
      for (const feeds of [{ x: x(1, 2) }, new Map([['x', x(1, 2)]]), { x: float32([2], 1, 2) }]) {
        const outputs = await session.run(feeds);
        expect(Object.keys(outputs)).toEqual(['double', 'scaled']);
        expect(outputs['double']).toBeInstanceOf(Tensor);
        expect(outputs['double']).toMatchObject({ type: 'float32', dims: [2], location: 'cpu' });
        expect(numbers(outputs['double'])).toEqual([2, 4]);
        expect(numbers(outputs['scaled'])).toEqual([10, 20]);
      }
    });
  });

  it('computes the outputs that are fetched', async () => {
    await using(await create(twoOutputs([2])), async (session) => {
      const one = await session.run({ x: x(1, 2) }, ['scaled']);
      expect(Object.keys(one)).toEqual(['scaled']);
      expect(numbers(one['scaled'])).toEqual([10, 20]);
      const place = new Tensor('float32', new Float32Array(2), [2]);
      const placed = await session.run({ x: x(3, 4) }, { double: null, scaled: place });
      expect(numbers(placed['double'])).toEqual([6, 8]);
      expect(placed['scaled']).toBe(place);
      expect(numbers(place)).toEqual([30, 40]);
      await expect(session.run({ x: x(1, 2) }, ['other'])).rejects.toThrow(
        "the model has no output 'other'; its outputs are double, scaled",
      );
      await expect(session.run({ x: x(1, 2) }, [])).rejects.toThrow("'fetches' name no output");
      await expect(session.run({ x: x(1, 2) }, { double: x(1, 2, 3) })).rejects.toThrow(
        "the output 'double' is float32[2], and does not fit into a tensor of float32[3]",
      );
    });
  });

  it('transposes and convolves', async () => {
    await using(await create(upsampler(1, 2)), async (session) => {
      const { y } = await session.run({ x: new Tensor('float32', [3, -4], [1, 1, 1, 2]) });
      // Up: [[3, 3, -4, -4], [3, 3, -4, -4]]; the sum of both rows; negative values cut off.
      expect(y!.dims).toEqual([1, 1, 1, 4]);
      expect(numbers(y)).toEqual([6, 6, 0, 0]);
    });
  });

  it('compiles for each size once, and keeps as many as it is told', async () => {
    await using(await create(twoOutputs(['N']), { maxCachedSizes: 2 }), async (session) => {
      const isCompiled = async (...values: number[]) => {
        const reports: RunReport[] = [];
        const { double } = await session.run({ x: x(...values) }, { onReport: (report) => reports.push(report) });
        expect(numbers(double)).toEqual(values.map((value) => 2 * value));
        expect(reports).toHaveLength(1);
        expect(reports[0]).toMatchObject({ executor, threads: 1, diagnostics: [] });
        return reports[0]!.compileMilliseconds > 0;
      };
      expect(await isCompiled(1)).toBe(true);
      expect(await isCompiled(1, 2)).toBe(true);
      expect(await isCompiled(5)).toBe(false);
      // Three elements take the place of two, which were used longer ago than one.
      expect(await isCompiled(1, 2, 3)).toBe(true);
      expect(await isCompiled(7)).toBe(false);
      expect(await isCompiled(3, 4)).toBe(true);
    });
  });

  it('compiles fixed sizes before the first run, those fixed by the options too', async () => {
    for (const [shape, freeDimensionOverrides] of [
      [[2], {}],
      [['N'], { N: 2 }],
    ] as const) {
      await using(await create(twoOutputs(shape), { freeDimensionOverrides }), async (session) => {
        let report: RunReport | undefined;
        await session.run({ x: x(1, 2) }, { onReport: (given) => (report = given) });
        expect(report!.compileMilliseconds).toBe(0);
        expect(session.inputMetadata[0]).toMatchObject({ shape: [2] });
        expect(await diagnosticsOfAsync(() => session.run({ x: x(1, 2, 3) }))).toMatchObject([
          { code: 'US2003', value: 'x', expected: expect.stringMatching(/^float32/), actual: 'float32[3]' },
        ]);
      });
    }
  });

  it('takes integers as plain numbers and gives bigints, bools and texts', async () => {
    const bytes = modelBytes({
      inputs: { a: tensorTypeProto(['N'], 'int64'), t: tensorTypeProto(['N'], 'string') },
      outputs: {
        sum: tensorTypeProto(['N'], 'int64'),
        less: tensorTypeProto(['N'], 'bool'),
        u: tensorTypeProto(['N'], 'string'),
      },
      nodes: [nodeProto('Add', 'a a', 'sum'), nodeProto('Less', 'a sum', 'less'), nodeProto('Identity', 't', 'u')],
    });
    await using(await create(bytes), async (session) => {
      const { sum, less, u } = await session.run({
        a: new Tensor('int64', [3, -3]),
        t: new Tensor(['p', 'q']),
      });
      expect(sum!.data).toEqual(BigInt64Array.of(6n, -6n));
      expect(less!.data).toEqual(Uint8Array.of(1, 0));
      expect(u!.data).toEqual(['p', 'q']);
    });
  });

  it('gives outputs that are the caller’s own', async () => {
    const bytes = modelBytes({
      inputs: { x: [2] },
      outputs: { same: [2], weight: [2], both: [2] },
      nodes: [
        nodeProto('Identity', 'x', 'same'),
        nodeProto('Identity', 'w', 'weight'),
        nodeProto('Identity', 'x', 'both'),
      ],
      initializers: { w: float32([2], 5, 6) },
    });
    await using(await create(bytes), async (session) => {
      const feed = x(1, 2);
      const first = await session.run({ x: feed });
      for (const tensor of Object.values(first)) (tensor.data as Float32Array).fill(99);
      expect(numbers(feed)).toEqual([1, 2]);
      const second = await session.run({ x: feed });
      expect(Object.values(second).map(numbers)).toEqual([
        [1, 2],
        [5, 6],
        [1, 2],
      ]);
      expect(Object.values(first).flatMap(numbers)).toEqual(Array(6).fill(99));
      const views = await session.run({ x: feed }, { outputsAsViews: true });
      expect(Object.values(views).map(numbers)).toEqual([
        [1, 2],
        [5, 6],
        [1, 2],
      ]);
    });
  });

  it('draws the same random numbers for the same seed', async () => {
    const bytes = modelBytes({
      outputs: { r: [4] },
      nodes: [nodeProto('RandomUniform', '', 'r', { shape: [4] })],
    });
    await using(await create(bytes, { seed: 7 }), async (session) => {
      const draw = async (seed?: number) => numbers((await session.run({}, seed === undefined ? {} : { seed }))['r']);
      const first = await draw();
      expect(await draw()).toEqual(first);
      expect(await draw(7)).toEqual(first);
      expect(await draw(8)).not.toEqual(first);
    });
  });

  it('runs in the order of the calls', async () => {
    await using(await create(twoOutputs(['N'])), async (session) => {
      const order: number[] = [];
      const runs = [3, 1, 2].map(async (count) => {
        const { double } = await session.run({ x: x(...Array<number>(count).fill(count)) });
        order.push(count);
        return numbers(double);
      });
      expect(await Promise.all(runs)).toEqual([[6, 6, 6], [2], [4, 4]]);
      expect(order).toEqual([3, 1, 2]);
    });
  });

  it('runs beside others', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => create(upsampler('H', 2))));
    const runs = sessions.map((session, i) => session.run({ x: new Tensor('float32', [i, 1], [1, 1, 1, 2]) }));
    expect((await Promise.all(runs)).map(({ y }) => numbers(y))).toEqual([
      [0, 0, 2, 2],
      [2, 2, 2, 2],
      [4, 4, 2, 2],
    ]);
    await Promise.all(sessions.map((session) => session.release()));
  });

  it('is usable after feeds that do not fit', async () => {
    await using(await create(twoOutputs([2])), async (session) => {
      expect(await diagnosticsOfAsync(() => session.run({}))).toMatchObject([{ code: 'US2001', value: 'x' }]);
      expect(await diagnosticsOfAsync(() => session.run({ x: x(1, 2), z: x(1) }))).toMatchObject([
        { code: 'US2002', value: 'z' },
      ]);
      expect(await diagnosticsOfAsync(() => session.run({ x: new Tensor('int32', [1, 2]) }))).toMatchObject([
        { code: 'US2003', actual: 'int32[2]' },
      ]);
      // @ts-expect-error no tensor
      expect(await diagnosticsOfAsync(() => session.run({ x: Float32Array.of(1, 2) }))).toMatchObject([
        { code: 'US2003', message: "the data for the input 'x' is no tensor" },
      ]);
      // @ts-expect-error no feeds
      await expect(session.run()).rejects.toThrow('feeds are an object or a Map');
      // @ts-expect-error a tensor in their place
      await expect(session.run(x(1, 2))).rejects.toThrow('feeds are an object or a Map');
      expect(numbers((await session.run({ x: x(1, 2) }))['double'])).toEqual([2, 4]);
    });
  });

  it('is usable after sizes that the model does not take', async () => {
    const bytes = modelBytes({
      inputs: { x: ['N'] },
      outputs: { y: ['M'] },
      nodes: [nodeProto('Add', 'x three', 'y')],
      initializers: { three: float32([3], 1, 2, 3) },
    });
    await using(await create(bytes), async (session) => {
      const [fault] = await diagnosticsOfAsync(() => session.run({ x: x(1, 2) }));
      expect(fault).toMatchObject({ code: 'US1204', node: { name: 'y' } });
      expect(numbers((await session.run({ x: x(1, 1, 1) }))['y'])).toEqual([2, 3, 4]);
    });
  });

  it('is usable after a node that fails', async () => {
    const bytes = modelBytes({
      inputs: { x: [3], i: tensorTypeProto([1], 'int64') },
      outputs: { y: [1] },
      nodes: [nodeProto('Gather', 'x i', 'y')],
    });
    await using(await create(bytes), async (session) => {
      const run = (index: number) => session.run({ x: x(5, 6, 7), i: new Tensor('int64', [index]) });
      expect(await diagnosticsOfAsync(() => run(3))).toMatchObject([{ code: 'US2006', node: { name: 'y' } }]);
      expect(numbers((await run(1))['y'])).toEqual([6]);
    });
  });

  it('is usable after running out of memory', async () => {
    const bytes = modelBytes({
      inputs: { x: [1], shape: tensorTypeProto([2], 'int64') },
      outputs: { y: ['A', 'B'] },
      nodes: [nodeProto('Expand', 'x shape', 'y')],
    });
    await using(await create(bytes), async (session) => {
      const run = (...shape: number[]) => session.run({ x: x(4), shape: new Tensor('int64', shape) });
      const [fault] = await diagnosticsOfAsync(() => run(2 ** 30, 2 ** 20));
      expect(fault!.code).toBe('US2011');
      expect(numbers((await run(1, 2))['y'])).toEqual([4, 4]);
    });
  });

  it('is usable after runs that were stopped', async () => {
    await using(await create(twoOutputs(['N'])), async (session) => {
      const reason = new Error('enough');
      const [fault] = await diagnosticsOfAsync(() => session.run({ x: x(1) }, { signal: AbortSignal.abort(reason) }));
      expect(fault).toMatchObject({ code: 'US2008', actual: 'enough' });
      const controller = new AbortController();
      const first = session.run({ x: x(1) });
      const waiting = session.run({ x: x(1, 2) }, { signal: controller.signal });
      controller.abort(reason);
      const error = await waiting.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ModelError);
      expect((error as ModelError).cause).toBe(reason);
      expect(numbers((await first)['double'])).toEqual([2]);
      expect(numbers((await session.run({ x: x(1, 2) }, { signal: new AbortController().signal }))['double'])).toEqual([
        2, 4,
      ]);
    });
  });

  it('says so when it is used after its release', async () => {
    const session = await create(twoOutputs([2]));
    const runs = [x(1, 2), x(3, 4)].map((feed) => session.run({ x: feed }));
    const released = session.release();
    await expect(session.run({ x: x(1, 2) })).rejects.toThrow('the session is released');
    expect((await Promise.all(runs)).map(({ double }) => numbers(double))).toEqual([
      [2, 4],
      [6, 8],
    ]);
    await released;
    await session.release();
    await session.dispose();
    await expect(session.run({ x: x(1, 2) })).rejects.toThrow('the session is released');
    expect(() => session.startProfiling()).toThrow('the session is released');
  });

  it('fails in create for what cannot be run', async () => {
    expect(await diagnosticsOfAsync(() => create(path.join(folder, 'none.onnx')))).toMatchObject([{ code: 'US1002' }]);
    expect(await diagnosticsOfAsync(() => create(Uint8Array.of(1, 2, 3)))).toMatchObject([{ severity: 'error' }]);
    const wrong = modelBytes({
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [nodeProto('Add', 'x three', 'y')],
      initializers: { three: float32([3], 1, 2, 3) },
    });
    expect(await diagnosticsOfAsync(() => create(wrong))).toMatchObject([{ code: 'US1204', node: { name: 'y' } }]);
  });

  it('refuses options that make no sense', async () => {
    for (const [options, message] of [
      [{ threads: 0 }, "'threads' is 0"],
      [{ intraOpNumThreads: -1 }, "'intraOpNumThreads' is -1"],
      [{ maxCachedSizes: 0 }, "'maxCachedSizes' is 0"],
      [{ seed: 2 ** 32 }, "'seed' is 4294967296"],
      [{ tier: 'best' }, "'tier' is 'best', and has to be one of wide, fma, baseline"],
      [{ precision: 'exact' }, "'precision' is 'exact'"],
      [{ executor: 'gpu' }, "'executor' is 'gpu'"],
      [{ freeDimensionOverrides: { N: 0.5 } }, "'freeDimensionOverrides.N' is 0.5"],
    ] as const) {
      await expect(create(twoOutputs([2]), options as SessionOptions)).rejects.toThrow(message);
    }
  });

  it('takes the options of onnxruntime-common', async () => {
    const session = await create(twoOutputs([2]), {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: 1,
      enableCpuMemArena: true,
      logSeverityLevel: 3,
    });
    await using(session, async () => {
      expect(numbers((await session.run({ x: x(1, 2) }, { tag: 'one', logSeverityLevel: 0 }))['double'])).toEqual([
        2, 4,
      ]);
    });
  });

  describe('of a model in a file', () => {
    it('reads it again for other sizes', async () => {
      const file = put('again.onnx', twoOutputs(['N']));
      for (const source of [file, pathToFileURL(file)]) {
        const session = await InferenceSession.create(source, { executor });
        await using(session, async () => {
          expect(numbers((await session.run({ x: x(1) }))['scaled'])).toEqual([10]);
          expect(numbers((await session.run({ x: x(1, 2) }))['scaled'])).toEqual([10, 20]);
        });
      }
    });
  });

  describe('profiles', () => {
    const stepsOf = ({ traceEvents }: Trace) => traceEvents.filter(({ cat }) => cat === 'step');

    it('one run', async () => {
      await using(await create(upsampler(2, 2)), async (session) => {
        const traces: Trace[] = [];
        const feeds = { x: new Tensor('float32', [1, 2, 3, 4], [1, 1, 2, 2]) };
        await session.run(feeds, { profile: (trace) => traces.push(trace) });
        await session.run(feeds);
        expect(traces).toHaveLength(1);
        const [trace] = traces;
        expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
        expect(trace!.otherData).toMatchObject({ executor, threads: 1 });
        const steps = stepsOf(trace!);
        expect(steps.flatMap(({ args }) => args['nodes']).sort()).toEqual(['sums', 'up', 'y']);
        for (const event of steps) {
          expect(event).toMatchObject({ ph: 'X', pid: 1, tid: 0 });
          expect(event.ts).toBeGreaterThanOrEqual(0);
          expect(event.dur).toBeGreaterThanOrEqual(0);
          expect(typeof event.args['algorithm']).toBe('string');
        }
        const up = steps.find(({ args }) => (args['nodes'] as string[]).includes('up'))!;
        expect(up.name).toContain('ConvTranspose');
        // 2 × (4 input pixels × 4 taps), a multiplication and an addition each.
        expect(up.args['operations']).toBe(32);
        expect(up.args['shapes']).toContain('float32[1, 1, 2, 2]');
        const times = steps.map(({ ts, dur }) => [ts, ts + dur!] as const);
        times.slice(1).forEach(([start], i) => {
          expect(start).toBeGreaterThanOrEqual(times[i]![1] - 0.002);
        });
      });
    });

    it('all runs between startProfiling and endProfiling', async () => {
      await using(await create(upsampler('H', 2)), async (session) => {
        const run = () => session.run({ x: new Tensor('float32', [1, 2], [1, 1, 1, 2]) });
        expect(session.endProfiling()).toBeUndefined();
        session.startProfiling();
        await run();
        await run();
        const trace = session.endProfiling()!;
        expect(trace.traceEvents.filter(({ name }) => name === 'run')).toHaveLength(2);
        expect(trace.traceEvents.filter(({ name }) => name === 'compile')).toHaveLength(1);
        await run();
        expect(session.endProfiling()).toBeUndefined();
      });
      await using(await create(upsampler(1, 2), { enableProfiling: true }), async (session) => {
        await session.run({ x: new Tensor('float32', [1, 2], [1, 1, 1, 2]) });
        expect(stepsOf(session.endProfiling()!).length).toBeGreaterThan(0);
      });
    });
  });
});

it.each([1, 2])('a session that kernels leave without memory goes on: %i threads', async (threads) => {
  // The sums of two vectors, each with each: for 40000 and 40000 elements 6.4 GB, more than there can be.
  const bytes = modelBytes({
    inputs: { a: ['N', 1], b: [1, 'M'] },
    outputs: { y: ['N', 1] },
    nodes: [nodeProto('Add', 'a b', 'sums'), nodeProto('ReduceMax', 'sums axis', 'y')],
    initializers: { axis: new DenseTensor('int64', [1], BigInt64Array.of(1n)) },
    opset: 18,
  });
  const session = await InferenceSession.create(bytes, { threads, file: 'sums.onnx' });
  try {
    const run = (n: number, m: number) =>
      session.run({
        a: new Tensor(
          'float32',
          Float32Array.from({ length: n }, (_, i) => i),
          [n, 1],
        ),
        b: new Tensor(
          'float32',
          Float32Array.from({ length: m }, (_, i) => -i),
          [1, m],
        ),
      });
    expect(numbers((await run(3, 4))['y'])).toEqual([0, 1, 2]);
    for (let round = 0; round < 2; round++) {
      const [fault] = await diagnosticsOfAsync(() => run(40_000, 40_000));
      expect(fault).toMatchObject({ code: 'US2011', file: 'sums.onnx' });
      expect(fault!.message).toContain('it needs 5.96 GiB');
      expect(numbers((await run(3, 4))['y'])).toEqual([0, 1, 2]);
      expect(numbers((await run(2 + round, 5))['y'])).toEqual([0, 1, 2].slice(0, 2 + round));
    }
  } finally {
    await session.release();
  }
});

it('a profile has a row for each thread, with its parts of the steps they share', async () => {
  // They share nothing of it where they see that they are far from one another.
  const looking = vi.spyOn(Team.prototype, 'lookAtDistance').mockReturnValue(runStatus.complete);
  const session = await InferenceSession.create(upsampler(256, 256), { threads: 2 });
  try {
    const feeds = { x: new Tensor('float32', new Float32Array(65536).fill(1), [1, 1, 256, 256]) };
    let trace: Trace | undefined;
    for (let run = 0; run < 2; run++) await session.run(feeds, { profile: (given) => (trace = given) });
    const { traceEvents } = trace!;
    const metadata = (name: string) =>
      traceEvents.filter((event) => event.ph === 'M' && event.name === name).map(({ tid, args }) => [tid, args]);
    expect(metadata('process_name')).toEqual([[0, { name: 'unstride' }]]);
    expect(metadata('thread_name')).toEqual([
      [0, { name: 'main' }],
      [1, { name: 'worker 1' }],
    ]);
    const slices = (category: string) => traceEvents.filter(({ cat }) => cat === category);
    const shared = slices('step').filter(({ args }) => args['threads'] === 2);
    expect(shared.length).toBeGreaterThan(0);
    const isIn = (inner: TraceEvent, outer: TraceEvent) => {
      expect(inner.ts).toBeGreaterThanOrEqual(outer.ts - 0.002);
      expect(inner.ts + inner.dur!).toBeLessThanOrEqual(outer.ts + outer.dur! + 0.002);
    };
    const parts = slices('part');
    const waits = slices('wait');
    expect(parts.map(({ tid, name, args }) => [tid, name, args['nodes']])).toEqual(
      shared.map(({ name, args }) => [1, name, args['nodes']]),
    );
    expect(waits.map(({ tid }) => tid)).toEqual(shared.map(() => 0));
    for (const [i, step] of shared.entries()) {
      expect(step.tid).toBe(0);
      isIn(parts[i]!, step);
      isIn(waits[i]!, step);
      isIn(step, traceEvents.find(({ name }) => name === 'run')!);
    }
  } finally {
    looking.mockRestore();
    await session.release();
  }
});

describe('a model is', () => {
  const run = async (session: InferenceSession) => {
    const { double } = await session.run({ x: x(1, 2) });
    await session.release();
    return numbers(double);
  };

  it('bytes, a buffer or a part of one', async () => {
    const bytes = twoOutputs([2]);
    const buffer = new ArrayBuffer(bytes.length + 10);
    new Uint8Array(buffer).set(bytes, 4);
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    expect(await run(await InferenceSession.create(bytes))).toEqual([2, 4]);
    expect(await run(await InferenceSession.create(bytes.slice().buffer))).toEqual([2, 4]);
    expect(await run(await InferenceSession.create(shared))).toEqual([2, 4]);
    expect(await run(await InferenceSession.create(buffer, 4, bytes.length, { threads: 1 }))).toEqual([2, 4]);
    await expect(InferenceSession.create(buffer, 4, bytes.length + 7)).rejects.toThrow('there are no bytes 4 to ');
    await expect(InferenceSession.create(buffer, -1)).rejects.toThrow(RangeError);
  });

  it('a Blob, a message, or an opened model', async () => {
    const bytes = twoOutputs(['N']);
    const proto = modelProto({
      inputs: { x: ['N'] },
      outputs: { double: ['N'] },
      nodes: [nodeProto('Add', 'x x', 'double')],
    });
    for (const source of [new Blob([bytes as BlobPart]), proto, await openModel(bytes)])
      expect(await run(await InferenceSession.create(source))).toEqual([2, 4]);
  });

  it('nothing else', async () => {
    // @ts-expect-error no model
    await expect(InferenceSession.create(1)).rejects.toThrow(TypeError);
    // @ts-expect-error no options
    await expect(InferenceSession.create(twoOutputs([2]), 'fast')).rejects.toThrow("'options' have to be an object");
  });
});

describe('stopping', () => {
  it('ends a run of the reference executor between two nodes', async () => {
    const session = await InferenceSession.create(twoOutputs([2]), { executor: 'reference' });
    const controller = new AbortController();
    const seen: string[] = [];
    const run = session.run(
      { x: x(1, 2) },
      {
        signal: controller.signal,
        onProgress: (label, index, total) => {
          seen.push(`${index}/${total} ${label}`);
          controller.abort();
        },
      },
    );
    const [fault] = await diagnosticsOfAsync(() => run);
    expect(fault).toMatchObject({ code: 'US2008', message: 'the run was stopped by its signal' });
    expect(seen).toEqual(['0/2 double (Add)']);
    expect(numbers((await session.run({ x: x(1, 2) }))['double'])).toEqual([2, 4]);
    await session.release();
  });
});

describe('stopping while kernels are compiled', () => {
  it('ends the run, and keeps what was compiled for the next', async () => {
    const session = await InferenceSession.create(twoOutputs(['N']), { threads: 2 });
    const controller = new AbortController();
    const { compile } = WebAssembly;
    const spy = vi.spyOn(WebAssembly, 'compile').mockImplementation((bytes) => {
      controller.abort(new Error('enough'));
      return compile(bytes);
    });
    try {
      const stopped = session.run({ x: x(1, 2) }, { signal: controller.signal });
      expect(await diagnosticsOfAsync(() => stopped)).toMatchObject([{ code: 'US2008', actual: 'enough' }]);
      expect(spy).toHaveBeenCalledOnce();
      expect(numbers((await session.run({ x: x(1, 2) }))['double'])).toEqual([2, 4]);
      expect(spy).toHaveBeenCalledOnce();
    } finally {
      spy.mockRestore();
      await session.release();
    }
  });
});

describe('await using', () => {
  it.skipIf(Symbol.asyncDispose === undefined)('releases the session', async () => {
    const session = await InferenceSession.create(twoOutputs([2]));
    await session[Symbol.asyncDispose]();
    await expect(session.run({ x: x(1, 2) })).rejects.toThrow('the session is released');
  });
});
