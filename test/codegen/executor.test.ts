/** Plans made by hand on the executor: threads, barriers, memory, errors. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import type { Constant, Graph } from '../../src/ir/graph.js';
import { constantFromTensor, Value } from '../../src/ir/graph.js';
import { elementCount, float32, int64, Tensor } from '../../src/ir/tensor.js';
import type { ExecutionPlan, PlanConstant, ReferenceStep } from '../../src/plan/execution-plan.js';
import { Executor, type ExecutorOptions } from '../../src/runtime/executor.js';
import type { OnStep, StepPart } from '../../src/runtime/step-times.js';
import { nodeThreads } from '../../src/runtime/threads/node-workers.js';
import { Team } from '../../src/runtime/threads/team.js';
import type { StartThread, Thread } from '../../src/runtime/threads/thread.js';
import { binary, constant, input, unary } from '../../src/wasm/kernels/elementwise-expression.js';
import { diagnosticsOfAsync } from '../support/errors.js';
import { GraphBuilder } from '../support/graph.js';
import { noise } from '../wasm/kernels/noise.js';
import { arena, elementwiseStep, exchanged, exchangePlan, planOf, vectorPort } from './plans.js';

const open: Executor[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const executor of open.splice(0)) await executor.dispose();
});

async function executorWith(threads: number, options: Partial<ExecutorOptions> = {}): Promise<Executor> {
  const executor = await Executor.create({ tier: 'baseline', threads, ...options });
  open.push(executor);
  return executor;
}

const empty = new GraphBuilder().graph();

async function runOnce(executor: Executor, plan: ExecutionPlan, feeds: readonly Tensor[], graph: Graph = empty) {
  return await (await executor.load(graph, plan)).run(feeds);
}

/** In place of toEqual, which is slow for many numbers. */
function expectSame(actual: Tensor | undefined, expected: Float32Array): void {
  const data = actual!.data as Float32Array;
  expect(data.length).toBe(expected.length);
  const at = expected.findIndex((value, i) => !Object.is(value, data[i]));
  expect(at < 0 ? 'the same' : `${data[at]} at ${at}, not ${expected[at]}`).toBe('the same');
}

function vector(length: number, seed = 7): Tensor<Float32Array> {
  return float32([length], noise(length, seed));
}

describe.each([1, 2, 3])('%i threads', (threads) => {
  it('give what the steps say', async () => {
    const executor = await executorWith(threads);
    expect(executor.threads).toBe(threads);
    expect(executor.reasons).toEqual([]);
    const exchange = { half: 65536, rounds: 8 };
    const feed = vector(2 * exchange.half);
    const [output] = await runOnce(
      executor,
      exchangePlan(exchange, () => true),
      [feed],
    );
    expectSame(output, exchanged(exchange, feed.data));
  });

  it('keep to the barriers, with steps of one thread between shared ones', async () => {
    const executor = await executorWith(threads);
    const exchange = { half: 8192 * 5, rounds: 200 };
    const feed = vector(2 * exchange.half);
    const expected = exchanged(exchange, feed.data);
    for (const isShared of [() => true, (i: number) => i % 3 > 0, (i: number) => i % 4 < 2, () => false]) {
      const program = await executor.load(empty, exchangePlan(exchange, isShared));
      for (let run = 0; run < 3; run++) expectSame((await program.run([feed]))[0], expected);
    }
  });

  it('go through many small steps', async () => {
    const executor = await executorWith(threads);
    const exchange = { half: 64, rounds: 1500 };
    const feed = vector(2 * exchange.half);
    const program = await executor.load(
      empty,
      exchangePlan(exchange, (i) => i % 2 === 0),
    );
    for (let run = 0; run < 5; run++) expectSame((await program.run([feed]))[0], exchanged(exchange, feed.data));
  });

  it('give the same in slices, and step by step', async () => {
    const executor = await executorWith(threads);
    const exchange = { half: 8192 * 3, rounds: 40 };
    const feed = vector(2 * exchange.half);
    const plan = exchangePlan(exchange, (i) => i % 3 > 0);
    const program = await executor.load(empty, plan);
    const expected = exchanged(exchange, feed.data);
    const { signal } = new AbortController();
    expectSame((await program.run([feed], { signal }))[0], expected);
    const steps: number[] = [];
    const times: number[] = [];
    const onStep = (step: number, start: number, end: number) => {
      steps.push(step);
      times.push(start, end);
    };
    expectSame((await program.run([feed], { onStep }))[0], expected);
    expect(steps).toEqual(plan.steps.map((_, i) => i));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('tell when each of them was at a step', async () => {
    const executor = await executorWith(threads);
    const exchange = { half: 8192 * 3, rounds: 20 };
    const feed = vector(2 * exchange.half);
    const isShared = (i: number) => i % 3 > 0;
    const plan = exchangePlan(exchange, isShared);
    const program = await executor.load(empty, plan);
    const shared = plan.steps.flatMap((_, i) => (isShared(i) && threads > 1 ? [i] : []));
    const timedRun = async (signal?: AbortSignal, onFirst?: () => void) => {
      const steps: { start: number; end: number; ownEnd: number | undefined }[] = [];
      const calls: (readonly StepPart[])[] = [];
      const onStep: OnStep = (step, start, end, ownEnd) => {
        steps[step] = { start, end, ownEnd };
        if (steps.length === 10) onFirst?.();
      };
      const run = program.run([feed], { signal, onStep, onParts: (parts) => calls.push(parts) });
      const outputs = await run.catch(() => undefined);
      return { steps, calls, outputs };
    };
    const check = ({ steps, calls }: Awaited<ReturnType<typeof timedRun>>) => {
      const expected = shared.filter((step) => step < steps.length);
      expect(steps.flatMap(({ ownEnd }, i) => (ownEnd === undefined ? [] : [i]))).toEqual(expected);
      expect(calls).toHaveLength(threads === 1 ? 0 : 1);
      for (let thread = 1; thread < threads; thread++) {
        const parts = calls[0]!.filter((part) => part.thread === thread);
        expect(parts.map(({ step }) => step)).toEqual(expected);
        for (const { step, start, end } of parts) {
          const times = [steps[step]!.start, start, end, steps[step]!.end];
          expect(times).toEqual([...times].sort((a, b) => a - b));
        }
      }
      for (const { start, end, ownEnd } of steps) {
        const times = [start, ...(ownEnd === undefined ? [] : [ownEnd]), end];
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }
    };
    for (let round = 0; round < 2; round++) {
      const whole = await timedRun();
      expect(whole.steps).toHaveLength(plan.steps.length);
      check(whole);
      expectSame(whole.outputs?.[0], exchanged(exchange, feed.data));
      // What was noted in a run that is stopped belongs to no other.
      const controller = new AbortController();
      const half = await timedRun(controller.signal, () => controller.abort());
      expect(half.outputs).toBeUndefined();
      expect(half.steps).toHaveLength(10);
      check(half);
    }
    expectSame((await program.run([feed]))[0], exchanged(exchange, feed.data));
  });

  it('stop at a signal, and run again', async () => {
    const executor = await executorWith(threads);
    const exchange = { half: 65536, rounds: 3000 };
    const feed = vector(2 * exchange.half);
    const program = await executor.load(
      empty,
      exchangePlan(exchange, () => true),
    );
    const controller = new AbortController();
    let steps = 0;
    const run = program.run([feed], {
      signal: controller.signal,
      onStep: () => {
        if (++steps === 5) controller.abort(new Error('enough'));
      },
    });
    expect(await diagnosticsOfAsync(() => run)).toMatchObject([{ code: 'US2008', actual: 'enough' }]);
    expect(steps).toBe(5);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), 1);
    expect(await diagnosticsOfAsync(() => program.run([feed], { signal: late.signal }))).toMatchObject([
      { code: 'US2008' },
    ]);
    clearTimeout(timer);
    const small = { half: 8192, rounds: 2 };
    const [output] = await runOnce(
      executor,
      exchangePlan(small, () => true),
      [vector(2 * small.half)],
    );
    expectSame(output, exchanged(small, vector(2 * small.half).data));
  });
});

it('executors work side by side, and runs of one follow one another', async () => {
  const exchange = { half: 8192 * 4, rounds: 60 };
  const executors = await Promise.all([executorWith(2), executorWith(2), executorWith(3)]);
  const programs = await Promise.all(
    executors.map((executor) =>
      executor.load(
        empty,
        exchangePlan(exchange, () => true),
      ),
    ),
  );
  const runs = [1, 2, 3, 4].flatMap((seed) =>
    programs.map(async (program) => {
      const feed = vector(2 * exchange.half, seed);
      const { signal } = new AbortController();
      expectSame((await program.run([feed], { signal }))[0], exchanged(exchange, feed.data));
    }),
  );
  await Promise.all(runs);
});

describe('memory', () => {
  const elements = (value: string, floats: number): PlanConstant => ({
    key: `elements ${value}`,
    floats,
    recipe: { kind: 'elements', value },
  });

  /** y = x + w */
  function addition(length: number, constants = [elements('w', length)]): ExecutionPlan {
    const y = Math.ceil(length / 16) * 16 + 16;
    const sum = binary('add', input(0), input(1));
    const steps = [elementwiseStep(length, sum, [arena(0), { space: 'constant', index: 0, offset: 0 }, arena(y)])];
    return planOf({
      arena: 2 * y,
      steps,
      constants,
      inputs: [vectorPort(length, 0)],
      outputs: [vectorPort(length, y)],
    });
  }

  function graphWith(w: Tensor): Graph {
    return { ...empty, constants: new Map([[new Value('w'), constantFromTensor(w)]]) };
  }

  const sumOf = (a: Tensor, b: Tensor) =>
    Float32Array.from(a.data as Float32Array, (value, i) => value + (b.data as Float32Array)[i]!);

  it('has constants once for all programs', async () => {
    const executor = await executorWith(2);
    const length = 1 << 20;
    const [w, x] = [vector(length, 1), vector(length, 2)];
    const graph = graphWith(w);
    const first = await executor.load(graph, addition(length));
    const bytes = executor.memoryBytes;
    const second = await executor.load(graph, addition(length));
    expect(executor.memoryBytes).toBe(bytes);
    first.dispose();
    expectSame((await second.run([x]))[0], sumOf(x, w));
  });

  it('does not take constants of one name for one another', async () => {
    const executor = await executorWith(1);
    const x = vector(64);
    const weights = [vector(64, 1), vector(64, 2), vector(64, 1)];
    const programs = [];
    for (const w of weights) programs.push(await executor.load(graphWith(w), addition(64)));
    for (const [i, program] of programs.entries()) {
      expectSame((await program.run([x]))[0], sumOf(x, weights[i]!));
    }
  });

  it('is used again when programs are gone', async () => {
    const executor = await executorWith(1);
    const length = 1 << 18;
    const x = vector(length);
    let bytes = 0;
    for (let round = 0; round < 6; round++) {
      const w = vector(length, round);
      const program = await executor.load(graphWith(w), addition(length, [elements('w', length + 40)]));
      expectSame((await program.run([x]))[0], sumOf(x, w));
      program.dispose();
      if (round === 0) bytes = executor.memoryBytes;
    }
    expect(executor.memoryBytes).toBe(bytes);
  });

  it('moves what runs need when constants come', async () => {
    const executor = await executorWith(2);
    const [x, w] = [vector(8192 * 3, 1), vector(8192 * 3, 2)];
    const exchange = { half: 8192, rounds: 3 };
    const program = await executor.load(
      empty,
      exchangePlan(exchange, () => true),
    );
    const other = await executor.load(graphWith(w), addition(8192 * 3));
    const feed = vector(2 * exchange.half);
    for (let round = 0; round < 2; round++) {
      expectSame((await program.run([feed]))[0], exchanged(exchange, feed.data));
      expectSame((await other.run([x]))[0], sumOf(x, w));
    }
  });

  it('that a load has written to before it failed is cleared', async () => {
    const executor = await executorWith(1);
    const length = 4096;
    const [x, w, short] = [vector(length, 1), vector(length, 2), vector(length - 64, 3)];
    const gone: Constant = {
      ...constantFromTensor(w),
      readInto: () => {
        throw new Error('the file is gone');
      },
    };
    const { constants } = graphWith(w);
    const broken: Graph = { ...empty, constants: new Map([...constants, [new Value('v'), gone]]) };
    const plan = addition(length, [elements('w', length), elements('v', length)]);
    await expect(executor.load(broken, plan)).rejects.toThrow('the file is gone');
    // What comes after the elements is zero.
    const [output] = await (await executor.load(graphWith(short), addition(length))).run([x]);
    expectSame(
      output,
      sumOf(
        x,
        float32(
          [length],
          Float32Array.from({ length }, (_, i) => short.data[i] ?? 0),
        ),
      ),
    );
  });

  it('that cannot be had is an error with the sizes, and the executor goes on', async () => {
    const executor = await executorWith(2);
    const plan = planOf({ arena: 1.2e9, steps: [], inputs: [], outputs: [] });
    const [found] = await diagnosticsOfAsync(() => executor.load(empty, plan, 'big.onnx'));
    expect(found).toMatchObject({ code: 'US2011', file: 'big.onnx' });
    expect(found!.message).toContain('it needs 4.47 GiB');
    const exchange = { half: 8192, rounds: 1 };
    const feed = vector(2 * exchange.half);
    expect(
      (
        await runOnce(
          executor,
          exchangePlan(exchange, () => true),
          [feed],
        )
      )[0]!.data,
    ).toEqual(exchanged(exchange, feed.data));
  });

  it('holds outputs as views where that is asked for, copies else', async () => {
    const executor = await executorWith(2);
    const exchange = { half: 8192, rounds: 1 };
    const program = await executor.load(
      empty,
      exchangePlan(exchange, () => true),
    );
    const [a, b] = [vector(2 * exchange.half, 1), vector(2 * exchange.half, 2)];
    const [copy] = await program.run([a]);
    const [view] = await program.run([a], { viewOutputs: true });
    expect(view!.data).toEqual(copy!.data);
    await program.run([b]);
    expect(copy!.data).toEqual(exchanged(exchange, a.data));
    expect((copy!.data as Float32Array).buffer).not.toBeInstanceOf(SharedArrayBuffer);
    expect(view!.data).toEqual(exchanged(exchange, b.data));
  });
});

describe('references', () => {
  const none = { captures: [], releases: [] };
  const reference = (node: number, parts: Pick<ReferenceStep, 'inputs' | 'outputs'> & Partial<ReferenceStep>) =>
    ({ kind: 'reference', algorithm: 'reference', reason: 'a test', nodes: [node], ...none, ...parts }) as const;

  it('work between kernels, on the same memory', async () => {
    const executor = await executorWith(2);
    const length = 8192 * 3;
    const b = new GraphBuilder();
    const x = b.input('x', [length]);
    const graph = b.graph(b.add('CumSum', [x, b.constant(int64([], [0]))]));
    const at = [0, length + 16, 2 * (length + 16)] as const;
    const steps = [
      elementwiseStep(length, unary('neg', input(0)), [arena(at[0]), arena(at[1])]),
      reference(0, {
        inputs: [vectorPort(length, at[1]).operand, { kind: 'weight', value: 'c0' }],
        outputs: [vectorPort(length, at[2]).operand],
      }),
      elementwiseStep(length, binary('mul', input(0), constant(2)), [arena(at[2]), arena(at[0])]),
    ];
    const plan = planOf({
      arena: 3 * (length + 16),
      steps,
      inputs: [vectorPort(length, 0)],
      outputs: [vectorPort(length, 0)],
    });
    const feed = float32([length], new Float32Array(length).fill(1));
    const [output] = await runOnce(executor, plan, [feed], graph);
    expectSame(
      output,
      Float32Array.from({ length }, (_, i) => -2 * (i + 1)),
    );
  });

  it('keep what the host holds out of memory that is used again', async () => {
    const executor = await executorWith(1);
    const b = new GraphBuilder();
    const x = b.input('x', [4]);
    const graph = b.graph(b.add('Reshape', [x, b.constant(int64([2], [2, 2]))]));
    const steps = [
      reference(0, {
        inputs: [vectorPort(8, 0).operand, { kind: 'weight', value: 'c0' }].map((operand) =>
          operand.kind === 'arena' ? { ...operand, dims: [4] } : operand,
        ) as ReferenceStep['inputs'],
        outputs: [{ kind: 'host', index: 0 }],
      }),
      elementwiseStep(8, constant(5), [arena(0)]),
    ];
    const plan = planOf({
      arena: 32,
      steps,
      inputs: [vectorPort(4, 0)],
      outputs: [{ name: 'y', operand: { kind: 'host', index: 0 } }],
    });
    const [output] = await runOnce(executor, plan, [float32([4], [1, 2, 3, 4])], graph);
    expect(output).toEqual(float32([2, 2], [1, 2, 3, 4]));
  });

  it('name the node whose values are wrong', async () => {
    const executor = await executorWith(2);
    const b = new GraphBuilder();
    const graph = b.graph(b.add('Gather', [b.input('x', [4]), b.input('i', [1], 'int64')]));
    const plan = planOf({
      arena: 16,
      steps: [
        reference(0, {
          inputs: [vectorPort(4, 0).operand, { kind: 'host', index: 0 }],
          outputs: [{ kind: 'host', index: 1 }],
        }),
      ],
      inputs: [vectorPort(4, 0), { name: 'i', operand: { kind: 'host', index: 0 } }],
      outputs: [{ name: 'y', operand: { kind: 'host', index: 1 } }],
    });
    const program = await executor.load(graph, plan, 'gather.onnx');
    const x = float32([4], [1, 2, 3, 4]);
    expect(await diagnosticsOfAsync(() => program.run([x, int64([1], [9])]))).toMatchObject([
      { code: 'US2006', file: 'gather.onnx', node: { name: 'n0' } },
    ]);
    expectSame((await program.run([x, int64([1], [3])]))[0], Float32Array.of(4));
  });

  it('give branches what they read from around them', async () => {
    const executor = await executorWith(2);
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const [inner, other] = [new GraphBuilder(), new GraphBuilder()];
    const graph = b.graph(
      b.add('If', [b.input('c', [], 'bool')], {
        then_branch: { kind: 'graph', value: inner.graph(inner.add('Neg', [x])) },
        else_branch: { kind: 'graph', value: other.graph(other.add('Identity', [x])) },
      }),
    );
    const port = vectorPort(2, 0);
    const plan = planOf({
      arena: 32,
      steps: [
        reference(0, {
          inputs: [{ kind: 'host', index: 0 }],
          outputs: [vectorPort(2, 16).operand],
          captures: [{ value: 'x', operand: port.operand }],
        }),
      ],
      inputs: [port, { name: 'c', operand: { kind: 'host', index: 0 } }],
      outputs: [vectorPort(2, 16)],
    });
    const program = await executor.load(graph, plan);
    const feeds = (condition: number) => [float32([2], [1, -2]), new Tensor('bool', [], Uint8Array.of(condition))];
    expectSame((await program.run(feeds(1)))[0], Float32Array.of(-1, 2));
    expectSame((await program.run(feeds(0)))[0], Float32Array.of(1, -2));
  });

  it('returns inputs and constants as they are, in memory of their own', async () => {
    const executor = await executorWith(1);
    const w = int64([2], [5, 6]);
    const graph = { ...empty, constants: new Map([[new Value('w'), constantFromTensor(w)]]) };
    const plan = planOf({
      arena: 0,
      steps: [],
      inputs: [{ name: 'x', operand: { kind: 'host', index: 0 } }],
      outputs: [
        { name: 'x', operand: { kind: 'host', index: 0 } },
        { name: 'w', operand: { kind: 'weight', value: 'w' } },
      ],
    });
    const x = new Tensor('float32', [0, 3], new Float32Array());
    const [first, second] = await runOnce(executor, plan, [x], graph);
    expect(first).toEqual(x);
    expect(second).toEqual(w);
    expect(second!.data).not.toBe(w.data);
    expect(elementCount(first!.dims)).toBe(0);
  });
});

describe('threads that fail', () => {
  const exchange = { half: 65536, rounds: 20 };
  const feed = vector(2 * exchange.half);
  const plan = exchangePlan(exchange, () => true);
  const expected = exchanged(exchange, feed.data);

  it('are replaced', async () => {
    const started: Thread[] = [];
    const startThread: StartThread = (...args) => {
      const thread = nodeThreads.start(...args);
      started.push(thread);
      return thread;
    };
    const executor = await executorWith(3, { startThread });
    const program = await executor.load(empty, plan);
    expect(started).toHaveLength(2);
    await started[1]!.terminate();
    expectSame((await program.run([feed]))[0], expected);
    expect(started).toHaveLength(4);
    expect(executor.threads).toBe(3);
  });

  it('in a run are an error, and the next run has new ones', async () => {
    const executor = await executorWith(2);
    const good = await executor.load(empty, plan);
    // After the end of memory: a trap, in whichever thread comes to it.
    const beyond = elementwiseStep(65536, input(0), [arena(0), arena(2 ** 29)]);
    const bad = await executor.load(empty, planOf({ arena: 65552, steps: [beyond], inputs: [], outputs: [] }));
    for (let round = 0; round < 3; round++) {
      const error = await bad.run([]).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error instanceof ModelError || error instanceof WebAssembly.RuntimeError).toBe(true);
      expectSame((await good.run([feed]))[0], expected);
    }
    expect(executor.threads).toBe(2);
  });

  // Without the question to the host the others wait for half a minute, which is longer than the test may take.
  it('die in a run, which is told at once, and the next run has new ones', async () => {
    let started = 0;
    const startThread: StartThread = (source, ...rest) => {
      // The first one dies at its second program.
      const dying = source.replace('programs.get(program)(', 'if (++dispatches === 2) process.exit(1); $&');
      expect(dying).not.toBe(source);
      return nodeThreads.start(started++ === 0 ? `let dispatches = 0; ${dying}` : source, ...rest);
    };
    const executor = await executorWith(3, { startThread });
    const program = await executor.load(empty, plan);
    const outcomes: unknown[] = [];
    for (let round = 0; round < 4; round++) {
      const outcome = await program.run([feed]).catch((error: unknown) => error);
      outcomes.push(outcome instanceof ModelError ? outcome.diagnostics.map(({ code }) => code) : 'ran');
      if (!(outcome instanceof Error)) expectSame((outcome as Tensor[])[0], expected);
    }
    expect(outcomes).toEqual(['ran', ['US2012'], 'ran', 'ran']);
    expect(executor.threads).toBe(3);
  }, 20_000);

  it('to start leave one thread, and the reason', async () => {
    const startThread: StartThread = () => {
      throw new Error('no workers today');
    };
    const executor = await executorWith(4, { startThread });
    const program = await executor.load(empty, plan);
    expect(executor.threads).toBe(1);
    expect(executor.reasons).toEqual(['one thread: others cannot be started here (no workers today)']);
    expectSame((await program.run([feed]))[0], expected);
    // Steps of so many units that threads would take their parts in several pieces.
    const large = { half: 1 << 20, rounds: 2 };
    const other = await executor.load(
      empty,
      exchangePlan(large, () => true),
    );
    // What the first run counted does not count for the second.
    for (const seed of [1, 2]) {
      const more = vector(2 * large.half, seed);
      expectSame((await other.run([more]))[0], exchanged(large, more.data));
    }
  });

  it('are not asked for where there is no shared memory', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const executor = await executorWith(2);
    expect(executor.threads).toBe(1);
    expect(executor.reasons).toEqual([expect.stringContaining('shared memory')]);
    expectSame((await runOnce(executor, plan, [feed]))[0], expected);
  });
});

describe('threads that wait for work', () => {
  const exchange = { half: 65536, rounds: 4 };
  const light = exchangePlan(exchange, () => true);
  const heavy = { ...light, steps: light.steps.map((step) => ({ ...step, operations: 1e9 })) };
  const feed = vector(2 * exchange.half);
  const expected = exchanged(exchange, feed.data);

  async function waiting(options: Partial<ExecutorOptions> = {}) {
    let started = 0;
    const startThread: StartThread = (...args) => {
      started++;
      return nodeThreads.start(...args);
    };
    const executor = await executorWith(3, { startThread, leastOperations: 4e9, ...options });
    return { executor, started: () => started };
  }

  it('start with the second run, which does not wait for them', async () => {
    const { executor, started } = await waiting();
    const program = await executor.load(empty, light);
    const dispatch = vi.spyOn(Team.prototype, 'dispatch');
    try {
      for (let run = 0; run < 2; run++) {
        expect([started(), dispatch.mock.calls.length]).toEqual([0, 0]);
        expectSame((await program.run([feed]))[0], expected);
      }
      expect(started()).toBe(2);
      await vi.waitFor(
        async () => {
          expectSame((await program.run([feed]))[0], expected);
          expect(dispatch).toHaveBeenCalled();
        },
        { timeout: 20_000, interval: 0 },
      );
    } finally {
      dispatch.mockRestore();
    }
    expect([started(), executor.threads]).toEqual([2, 3]);
  }, 30_000);

  it('have turns to answer in, whatever runs in a row', async () => {
    const { executor } = await waiting();
    const program = await executor.load(empty, light);
    const dispatch = vi.spyOn(Team.prototype, 'dispatch');
    const end = performance.now() + 20_000;
    while (dispatch.mock.calls.length === 0 && performance.now() < end) await program.run([feed]);
    expect(dispatch).toHaveBeenCalled();
    dispatch.mockRestore();
  }, 30_000);

  it('start before the code of a plan with much work, whose first run has them', async () => {
    const { executor, started } = await waiting();
    const program = await executor.load(empty, heavy);
    expect(started()).toBe(2);
    expectSame((await program.run([feed]))[0], expected);
  });

  it('are waited for by a run that is to tell their parts', async () => {
    const { executor } = await waiting();
    const program = await executor.load(empty, light);
    let parts: readonly StepPart[] = [];
    await program.run([feed], {
      onStep: () => {},
      onParts: (told) => {
        parts = told;
      },
    });
    expect(new Set(parts.map(({ thread }) => thread))).toEqual(new Set([1, 2]));
  });

  it('and do not start are no error, and are not tried again', async () => {
    let tries = 0;
    const { executor } = await waiting({
      startThread: () => {
        tries++;
        throw new Error('no workers today');
      },
    });
    const program = await executor.load(empty, light);
    for (let run = 0; run < 4; run++) {
      expect(executor.reasons).toHaveLength(run < 2 ? 0 : 1);
      expectSame((await program.run([feed]))[0], expected);
    }
    expect([tries, executor.threads]).toEqual([1, 1]);
  });

  it('are there for programs that come later, and memory grows only without a start in progress', async () => {
    const { executor, started } = await waiting();
    const programs = [await executor.load(empty, light)];
    for (let round = 0; round < 3; round++) {
      const half = 65536 << round;
      const larger = { half, rounds: 2 };
      const program = await executor.load(
        empty,
        exchangePlan(larger, () => true),
      );
      programs.push(program);
      const more = vector(2 * half, round);
      expectSame((await program.run([more]))[0], exchanged(larger, more.data));
      expectSame((await programs[0]!.run([feed]))[0], expected);
    }
    expect(started()).toBe(2);
  });
});

describe('a queue of runs', () => {
  const exchange = { half: 8192 * 4, rounds: 600 };
  const plan = exchangePlan(exchange, () => true);
  const feeds = [1, 2, 3].map((seed) => vector(2 * exchange.half, seed));

  it.each([1, 2])('loses those that are stopped before their turn, and no others: %i threads', async (threads) => {
    const executor = await executorWith(threads);
    const program = await executor.load(empty, plan);
    const controller = new AbortController();
    const steps: number[] = [];
    const before = program.run([feeds[0]!], {
      signal: AbortSignal.abort(new Error('before')),
      onStep: () => steps.push(0),
    });
    const first = program.run([feeds[0]!], { signal: new AbortController().signal });
    const second = program.run([feeds[1]!], { signal: controller.signal, onStep: () => steps.push(1) });
    const third = program.run([feeds[2]!]);
    controller.abort(new Error('in the queue'));
    expect(await diagnosticsOfAsync(() => before)).toMatchObject([{ code: 'US2008', actual: 'before' }]);
    expect(await diagnosticsOfAsync(() => second)).toMatchObject([{ code: 'US2008', actual: 'in the queue' }]);
    for (const [i, run] of [first, third].entries()) {
      expectSame((await run)[0], exchanged(exchange, feeds[2 * i]!.data));
    }
    expect(steps).toEqual([]);
    // The same signal, too late.
    const late = new AbortController();
    const [output] = await program.run([feeds[1]!], { signal: late.signal });
    late.abort();
    expectSame(output, exchanged(exchange, feeds[1]!.data));
  });
});

describe('disposal', () => {
  const exchange = { half: 8192, rounds: 10 };
  const feed = vector(2 * exchange.half);
  const plan = exchangePlan(exchange, () => true);

  it('lets go of everything, and refuses what comes later', async () => {
    const executor = await executorWith(2);
    const program = await executor.load(empty, plan);
    await program.run([feed]);
    await executor.dispose();
    expect(executor.memoryBytes).toBe(0);
    await expect(program.run([feed])).rejects.toThrow('disposed of');
    await expect(executor.load(empty, plan)).rejects.toThrow('disposed of');
    await executor.dispose();
  });

  it.each([1, 2])('waits for the run in progress, and refuses those after it: %i threads', async (threads) => {
    const running = { started: 0, ended: 0 };
    const startThread: StartThread = (...args) => {
      running.started++;
      const thread = nodeThreads.start(...args);
      return {
        ...thread,
        terminate: async () => {
          await thread.terminate();
          running.ended++;
        },
      };
    };
    const executor = await executorWith(threads, { startThread });
    const program = await executor.load(empty, plan);
    const steps: number[] = [];
    let isBegun: () => void;
    const begun = new Promise<void>((resolve) => {
      isBegun = resolve;
    });
    const run = program.run([feed], {
      onStep: (step) => {
        steps.push(step);
        isBegun();
      },
    });
    const after = program.run([feed]);
    const refused = expect(after).rejects.toThrow('disposed of');
    await begun;
    const disposals = [executor.dispose(), executor.dispose()];
    for (const disposal of disposals.reverse()) {
      await disposal;
      expect(steps).toHaveLength(plan.steps.length);
      expect(running).toEqual({ started: threads - 1, ended: threads - 1 });
      expect(executor.memoryBytes).toBe(0);
    }
    expectSame((await run)[0], exchanged(exchange, feed.data));
    await refused;
  });

  it('ends loads that are under way', async () => {
    const executor = await executorWith(2);
    const { compile } = WebAssembly;
    let disposal: Promise<void> | undefined;
    const spy = vi.spyOn(WebAssembly, 'compile').mockImplementation((bytes) => {
      disposal ??= executor.dispose();
      return compile(bytes);
    });
    const loads = [executor.load(empty, plan), executor.load(empty, plan)];
    const refused = loads.map((load) => expect(load).rejects.toThrow('disposed of'));
    await Promise.all(refused);
    spy.mockRestore();
    await disposal!;
    expect(executor.memoryBytes).toBe(0);
  });

  it('of a program leaves the others', async () => {
    const executor = await executorWith(2);
    const [first, second] = [await executor.load(empty, plan), await executor.load(empty, plan)];
    first.dispose();
    await expect(first.run([feed])).rejects.toThrow('disposed of');
    expectSame((await second.run([feed]))[0], exchanged(exchange, feed.data));
  });
});
