/** Graphs with sizes that only a run shows: what follows is compiled then. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { registerAllParts } from '../../src/compile/all.js';
import { compileForSteps, type PlannedModel } from '../../src/compile.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { bool, float32, int64 } from '../../src/ir/tensor.js';
import { finishInTurns } from '../../src/limits/steps.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';
import { expectClose, expectEqual, type Feeds, noise, outputsOf } from './both-executors.js';

const target = { tier: 'baseline', precision: 'fast', threads: 1 } as const;

/** A convolution, the image resized to sizes that data of another input say, and a second convolution. */
function resizing(): Graph {
  const builder = new GraphBuilder(17);
  const x = builder.input('x', [1, 8, 8, 8]);
  const scale = builder.input('rows', [1, 4], 'float32');
  const w = builder.constant(float32([16, 8, 3, 3], noise(1152)));
  const v = builder.constant(float32([16, 16, 3, 3], noise(2304, 2)));
  const sizes = builder.add('Cast', [builder.add('Squeeze', [scale, builder.constant(int64([1], [0]))])], { to: 7 });
  const y = builder.add('Relu', [builder.add('Conv', [x, w], { pads: [1, 1, 1, 1] })]);
  const large = builder.add('Resize', [y, undefined, undefined, sizes], { mode: 'nearest' });
  const z = builder.add('Conv', [large, v], { pads: [1, 1, 1, 1] });
  return builder.graph(builder.add('ReduceMean', [z], { axes: [2, 3], keepdims: 0 }), y);
}

/** The rows of x that are not zero in m. */
function chosen(builder: GraphBuilder): { readonly x: Value; readonly rows: Value } {
  const x = builder.input('x', [200, 64]);
  const m = builder.input('m', [200]);
  const places = builder.add('Squeeze', [builder.add('NonZero', [m]), builder.constant(int64([1], [0]))]);
  return { x, rows: builder.add('Gather', [x, places], { axis: 0 }) };
}

/** Those rows through two layers; and their norm, which has a known size again. */
function selecting(): Graph {
  const builder = new GraphBuilder(17);
  const { rows } = chosen(builder);
  const w = builder.constant(float32([64, 64], noise(4096)));
  const y = builder.add('Relu', [builder.add('MatMul', [rows, w])]);
  const norm = builder.add('ReduceL2', [builder.add('MatMul', [y, w])], { axes: [0], keepdims: 1 });
  return builder.graph(y, builder.add('Softmax', [builder.add('MatMul', [norm, w])]));
}

const image = new Tensor('float32', noise(512), [1, 8, 8, 8]);
const sized = (height: number, width: number): Feeds => ({
  x: image,
  rows: new Tensor('float32', Float32Array.of(1, 16, height, width), [1, 4]),
});
const selected = (count: number): Feeds => ({
  x: new Tensor('float32', noise(12_800), [200, 64]),
  m: new Tensor(
    'float32',
    Float32Array.from({ length: 200 }, (_, i) => Number(i < count)),
    [200],
  ),
});

registerAllParts();

function planned(graph: Graph): Promise<PlannedModel> {
  return finishInTurns(compileForSteps(modelOf(graph), target), () => Promise.resolve(), undefined);
}

describe('sections', () => {
  it('are what sizes end in that are known before, rows that are independent of one another apart', async () => {
    const { plan, graph } = await planned(selecting());
    const controls = plan.steps.filter(({ kind }) => kind === 'control');
    const sections = graph.nodes.filter(({ opType }) => opType === 'Section');
    expect(controls).toHaveLength(2);
    // The first is given rows, of which the second makes the norm.
    expect(sections.map(({ inputs }) => inputs.length)).toEqual([1, 0]);
    // What follows the norm is compiled as ever.
    const after = plan.steps.slice(plan.steps.indexOf(controls[0]!) + 1);
    expect(after.some(({ kind }) => kind === 'kernel')).toBe(true);
  });

  it('begin with counts that kernels make', async () => {
    const { plan } = await planned(selecting());
    const kinds = plan.steps.map(({ kind }) => kind);
    expect(kinds).not.toContain('reference');
    expect(kinds.slice(0, 4)).toEqual(['kernel', 'kernel', 'kernel', 'counted']);
  });

  it('run with sizes that data give', () => expectEqual(resizing(), sized(16, 16), sized(12, 20), sized(16, 16)));

  it('run with counts that data give, none among them', () =>
    expectEqual(selecting(), selected(150), selected(7), selected(0), selected(150)));

  it('have few programs for rows that are independent of one another', async () => {
    const builder = new GraphBuilder(17);
    const { x, rows } = chosen(builder);
    const w = builder.constant(float32([64, 64], noise(4096)));
    const y = builder.add('Softmax', [builder.add('MatMul', [rows, w])], { axis: -1 });
    const graph = builder.graph(builder.add('Add', [y, builder.add('ReduceMean', [x], { axes: [0], keepdims: 1 })]));
    const compile = vi.spyOn(WebAssembly, 'compile');
    const session = await InferenceSession.create(modelOf(graph), { threads: 1 });
    try {
      const programs: number[] = [];
      for (const count of [100, 70, 128, 129, 200, 90]) {
        compile.mockClear();
        const [made] = Object.values(await session.run(selected(count)));
        expect(made!.dims).toEqual([count, 64]);
        programs.push(compile.mock.calls.length);
      }
      // The first is the one around it, and that of up to 128 rows.
      expect(programs.slice(1)).toEqual([0, 0, 1, 0, 0]);
    } finally {
      await session.release();
      compile.mockRestore();
    }
  });

  it('give rows the bits that they have where their number is known, in strict', async () => {
    const w = float32([64, 64], noise(4096));
    const layers = (builder: GraphBuilder, rows: Value) => {
      const y = builder.add('Relu', [builder.add('MatMul', [rows, builder.constant(w)])]);
      return builder.graph(builder.add('LayerNormalization', [y, builder.constant(float32([64], noise(64, 3)))]));
    };
    const open = new GraphBuilder(17);
    const known = new GraphBuilder(17);
    const count = 77;
    const graphs = [layers(open, chosen(open).rows), layers(known, known.input('x', [count, 64]))];
    const feeds: Feeds[] = [
      selected(count),
      { x: new Tensor('float32', noise(12_800).slice(0, count * 64), [count, 64]) },
    ];
    const results: unknown[] = [];
    for (const [i, graph] of graphs.entries()) {
      const session = await InferenceSession.create(modelOf(graph), { threads: 1, precision: 'strict' });
      results.push(Object.values(await session.run(feeds[i]!))[0]!.data);
      await session.release();
    }
    expect(results[0]).toEqual(results[1]);
  });

  it('compute rows by any operators, those that mix them as well', async () => {
    const steps: readonly ((builder: GraphBuilder, x: Value) => Value)[] = [
      // Small numbers: Softmax makes much of the rounding of large ones.
      (b, x) =>
        b.add('MatMul', [
          x,
          b.constant(
            float32(
              [64, 64],
              noise(4096).map((w) => w / 8),
            ),
          ),
        ]),
      (b, x) => b.add('Softmax', [x], { axis: -1 }),
      (b, x) => b.add('Softmax', [x], { axis: 0 }),
      (b, x) => b.add('Transpose', [b.add('Relu', [b.add('Transpose', [x], { perm: [1, 0] })])], { perm: [1, 0] }),
      (b, x) => b.add('Add', [x, b.add('ReduceMax', [x], { axes: [1], keepdims: 1 })]),
      // The sum: of alike rows nothing but rounding would be left of a difference.
      (b, x) => b.add('Add', [x, b.add('ReduceMean', [x], { axes: [0], keepdims: 1 })]),
      (b, x) => {
        const whole = b.add('Reshape', [x, b.constant(int64([3], [-1, 8, 8]))]);
        return b.add('Reshape', [b.add('Sigmoid', [whole]), b.add('Shape', [x])]);
      },
      (b, x) => b.add('Concat', [b.add('Slice', [x, at(b, 32), at(b, 64), at(b, 1)]), head(b, x)], { axis: 1 }),
      (b, x) => b.add('Tanh', [b.add('CumSum', [x, b.constant(int64([], [0]))])]),
      (b, x) => b.add('Div', [x, b.add('Cast', [b.add('Gather', [b.add('Shape', [x]), at(b, 0)])], { to: 1 })]),
      (b, x) => {
        // One reader of the size is among the rows, the other is not.
        const shape = b.add('Shape', [x]);
        const same = b.add('Reshape', [b.add('Relu', [x]), shape]);
        return b.add('Mul', [same, b.add('Cast', [b.add('Gather', [shape, at(b, 0)])], { to: 1 })]);
      },
      (b, x) => b.add('Tanh', [b.add('MatMul', [b.add('MatMul', [x, b.add('Transpose', [x], { perm: [1, 0] })]), x])]),
    ];
    const at = (b: GraphBuilder, place: number) => b.constant(int64([1], [place]));
    const head = (b: GraphBuilder, x: Value) => b.add('Slice', [x, at(b, 0), at(b, 32), at(b, 1)]);
    const lists = fc.array(fc.nat(steps.length - 1), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(lists, fc.nat(199), async (list, count) => {
        const builder = new GraphBuilder(17);
        const { rows } = chosen(builder);
        const last = list.reduce((x, place) => steps[place]!(builder, x), rows);
        const graph = builder.graph(last);
        const [expected] = await outputsOf(graph, [selected(count)], { executor: 'reference' });
        const [actual] = await outputsOf(graph, [selected(count)], { threads: 1 });
        expectClose(actual!, expected!);
      }),
      { numRuns: 6 },
    );
  });

  it('have a program for each size, and it is made once', async () => {
    const compile = vi.spyOn(WebAssembly, 'compile');
    const session = await InferenceSession.create(modelOf(resizing()), { threads: 1 });
    try {
      const made = async (...sizes: number[]) => {
        compile.mockClear();
        for (const size of sizes) await session.run(sized(size, 16));
        return compile.mock.calls.length;
      };
      expect(await made(16, 17, 16)).toBe(2);
      // Eight are kept, those that were used last.
      expect(await made(18, 19, 20, 21, 22, 23, 24)).toBe(7);
      expect(await made(16, 24)).toBe(0);
      expect(await made(17)).toBe(1);
    } finally {
      await session.release();
      compile.mockRestore();
    }
  });

  it('have their steps in profiles, also in those of the run that compiles them', async () => {
    const session = await InferenceSession.create(modelOf(resizing()), { threads: 1 });
    try {
      for (const height of [16, 17, 16]) {
        let operators: readonly string[] = [];
        await session.run(sized(height, 16), {
          profile: ({ traceEvents }) => {
            operators = traceEvents.filter(({ cat }) => cat === 'step').map(({ name }) => name);
          },
        });
        // A convolution may take more steps than one.
        const own = [...new Set(operators.filter((name) => /^[A-Z]/.test(name)))];
        expect(own).toEqual(['Cast', 'Conv + Relu', 'Resize', 'Conv', 'ReduceMean']);
      }
    } finally {
      await session.release();
    }
  });

  it('are stopped by limits and signals', async () => {
    const session = await InferenceSession.create(modelOf(resizing()), { threads: 1, memoryLimit: 4e6 });
    try {
      await expect(session.run(sized(800, 800))).rejects.toMatchObject({ diagnostics: [{ code: 'US2011' }] });
      const signal = AbortSignal.abort();
      await expect(session.run(sized(16, 16), { signal })).rejects.toMatchObject({
        diagnostics: [{ code: 'US2008' }],
      });
      expect(Object.values(await session.run(sized(16, 16)))).toHaveLength(2);
    } finally {
      await session.release();
    }
  });
});

describe('loops whose states change their sizes', () => {
  /** The state doubles in each round. */
  function growing(): Graph {
    const builder = new GraphBuilder(17);
    const x = builder.input('x', [symbol('N'), 64]);
    const w = builder.constant(float32([64, 64], noise(4096)));
    const body = new GraphBuilder();
    body.input('i', [], 'int64');
    const going = body.input('going', [], 'bool');
    const state = body.input('state', undefined);
    const wide = body.add('Concat', [body.add('MatMul', [state, w]), state], { axis: 0 });
    const value = body.graph(body.add('Identity', [going]), wide);
    const inputs = [builder.constant(int64([], [4])), builder.constant(bool([], [true])), x];
    return builder.graph(builder.add('Loop', inputs, { body: { kind: 'graph', value } }));
  }

  it('take a program for each', () =>
    expectEqual(
      growing(),
      { x: new Tensor('float32', noise(64 * 40), [40, 64]) },
      { x: new Tensor('float32', noise(64 * 2), [2, 64]) },
    ));
});
