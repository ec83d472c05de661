/** A signal ends what comes before a run, stage by stage. Nothing is timed: the tests abort at a step that they count to. */
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import { ConstantStore } from '../../src/codegen/constant-store.js';
import { compileForSteps, linkSteps } from '../../src/compile.js';
import { ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { zeros } from '../../src/ir/tensor.js';
import { finish, finishInTurns, type Steps } from '../../src/limits/steps.js';
import { nextTurn } from '../../src/runtime/host.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { compile } from '../../src/runtime/stages.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { diagnosticsOf, diagnosticsOfAsync } from '../support/errors.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';

const target = { tier: 'baseline', precision: 'fast', threads: 1 } as const;

/** Products of constants that are folded, and products that are not. */
function products(count: number, height: number | 'H' = 4): Graph {
  const builder = new GraphBuilder();
  let weights: Value = builder.constant(zeros('float32', [70, 70]));
  for (let i = 0; i < count; i++) weights = builder.add('MatMul', [weights, weights]);
  let x: Value = builder.input('x', [typeof height === 'number' ? height : 4, 70]);
  for (let i = 0; i < count; i++) x = builder.add('MatMul', [x, weights]);
  return builder.graph(x);
}

/** Says that it is aborted from the `count`-th time on that it is asked. */
function abortedAfter(count: number): AbortSignal & { readonly asked: number } {
  let asked = 0;
  return {
    get aborted() {
      return ++asked > count;
    },
    get asked() {
      return asked;
    },
    reason: new Error('enough'),
  } as unknown as AbortSignal & { readonly asked: number };
}

describe('stages', () => {
  const graph = products(10);
  const model = modelOf(graph);
  const stopped = [expect.objectContaining({ code: 'US2008', data: expect.objectContaining({ reason: 'enough' }) })];

  it.each([
    ['inference', (signal: AbortSignal) => infer(graph, { signal })],
    ['a check', (signal: AbortSignal) => checkModel(model, { signal })],
    ['compiling', (signal: AbortSignal) => compile(model, { signal })],
  ])('of %s ask between steps', (_, work) => {
    const unharmed = abortedAfter(Number.POSITIVE_INFINITY);
    work(unharmed);
    expect(unharmed.asked).toBeGreaterThanOrEqual(graph.nodes.length);
    for (const count of [0, 1, 10, unharmed.asked - 1]) {
      const signal = abortedAfter(count);
      expect(diagnosticsOf(() => work(signal))).toEqual(stopped);
      expect(signal.asked).toBe(count + 1);
    }
  });

  it('for an engine have steps for each node that is inferred, folded and lowered, and each kernel that is emitted', () => {
    const steps = (work: Steps<unknown>) => {
      let count = 0;
      while (!work.next().done) count++;
      return count;
    };
    const compiling = (count: number) => steps(compileForSteps(modelOf(products(count)), target));
    // Inferred and folded: 20 nodes more. Lowered and placed: 10 at least.
    expect(compiling(20) - compiling(10)).toBeGreaterThanOrEqual(20 + 20 + 10 + 10);
    const planned = finish(compileForSteps(model, target));
    const linking = linkSteps(planned, {
      tier: 'baseline',
      threads: 1,
      mainMaySleep: true,
      maximumPages: 65536,
      store: new ConstantStore(),
      reserve: () => {},
    });
    expect(steps(linking)).toBe(planned.plan.steps.length);
  });
});

describe('steps', () => {
  function* counting(count: number, seen: number[]): Steps<string> {
    for (let i = 0; i < count; i++) {
      seen.push(i);
      yield;
    }
    return 'done';
  }

  it('are gone through at once without a signal', async () => {
    const seen: number[] = [];
    const turns = () => Promise.reject(new Error('no turn is needed'));
    expect(await finishInTurns(counting(5, seen), turns, undefined)).toBe('done');
    expect(seen).toHaveLength(5);
  });

  it('give others a turn with a signal, in which it is aborted', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    function* slow(): Steps<string> {
      for (;;) {
        for (const until = performance.now() + 5; performance.now() < until; );
        seen.push(0);
        yield;
      }
    }
    setImmediate(() => controller.abort(new Error('enough')));
    const error = await finishInTurns(slow(), nextTurn, controller.signal, 'm.onnx').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).cause).toBe(controller.signal.reason);
    expect((error as ModelError).message).toContain('compiling the model was stopped by its signal');
    expect(seen.length).toBeLessThan(100);
  });
});

describe.each(['compiled', 'reference'] as const)('a session, %s', (executor) => {
  const options = { executor, threads: 1 } as const;

  it('is not made once its signal is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const found = await diagnosticsOfAsync(() => InferenceSession.create(modelOf(products(3)), { ...options, signal }));
    expect(found).toMatchObject([{ code: 'US2008', data: { reason: 'enough' } }]);
  });

  it('is not made when the signal is aborted while it compiles', async () => {
    const controller = new AbortController();
    const creating = InferenceSession.create(modelOf(products(300)), { ...options, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    expect(await diagnosticsOfAsync(() => creating)).toMatchObject([{ code: 'US2008' }]);
  });

  it('is made with a signal that is not, and runs after a run that was stopped while it compiled', async () => {
    const builder = new GraphBuilder();
    let x: Value = builder.input('x', undefined);
    for (let i = 0; i < 2000; i++) x = builder.add(i % 2 === 0 ? 'Neg' : 'Softmax', [x]);
    const { signal } = new AbortController();
    const session = await InferenceSession.create(modelOf(builder.graph(x)), { ...options, signal });
    const feeds = { x: new Tensor('float32', new Float32Array(8), [2, 4]) };
    const controller = new AbortController();
    const running = session.run(feeds, { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await diagnosticsOfAsync(() => running)).toMatchObject([{ code: 'US2008' }]);
    const [output] = Object.values(await session.run(feeds));
    expect([...output!.data]).toEqual(new Array(8).fill(0.25));
    await session.release();
  });
});
