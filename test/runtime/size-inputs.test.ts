/** Models with inputs that decide shapes: compiled for what is in them. */
import { describe, expect, it } from 'vitest';
import { compileForSteps } from '../../src/compile.js';
import { symbol } from '../../src/ir/dim.js';
import type { ElementType } from '../../src/ir/element-type.js';
import { emptyMetadata, type Graph, type Model, type Value } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { finishInTurns } from '../../src/limits/steps.js';
import { tellFedSettings } from '../../src/plan/fed-settings.js';
import { nextTurn } from '../../src/runtime/host.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import type { RunReport } from '../../src/runtime/session-options.js';
import { sizeInputsOf } from '../../src/runtime/small-inputs.js';
import { GraphBuilder } from '../support/graph.js';

function modelOf(graph: Graph): Model {
  const producer = { name: '', version: '' };
  return { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
}

const zero = (builder: GraphBuilder) => builder.constant(float32([], [0]));
const one = (builder: GraphBuilder) => builder.constant(float32([], [1]));

/** Resizes x to the last two of `shape`, scales it by `step`, and convolves. */
function network(): Graph {
  const builder = new GraphBuilder(18);
  const x = builder.input('x', [1, 1, symbol('H'), symbol('W')]);
  const shape = builder.input('shape', [4], 'int64');
  const step = builder.input('step', [1], 'int64');
  const spatial = builder.add('Slice', [shape, builder.constant(int64([1], [2])), builder.constant(int64([1], [4]))]);
  const sizes = builder.add('Concat', [builder.constant(int64([2], [1, 1])), spatial], { axis: 0 });
  const resized = builder.add('Resize', [x, undefined, undefined, sizes], { mode: 'nearest' });
  const scaled = builder.add('Mul', [resized, builder.add('Cast', [step], { to: 1 })]);
  return builder.graph(builder.add('Conv', [scaled, builder.constant(float32([1, 1, 1, 1], [2]))]));
}

describe('inputs of sizes', () => {
  it('are told from other integers', async () => {
    expect([...(await sizeInputsOf(network(), new Map()))]).toEqual(['shape']);
    const plain = new GraphBuilder(18);
    const x = plain.input('x', [2], 'int64');
    expect((await sizeInputsOf(plain.graph(plain.add('Neg', [x])), new Map())).size).toBe(0);
  });

  it.each<[string, readonly unknown[], (x: Value, given: Value, builder: GraphBuilder) => Value, boolean]>([
    ['axes', ['axes', [1], 'int64'], (x, axes, b) => b.add('ReduceSum', [x, axes]), true],
    ['axes of open length', ['axes', [symbol('A')], 'int64'], (x, axes, b) => b.add('ReduceSum', [x, axes]), true],
    ['an axis', ['axis', [], 'int32'], (x, axis, b) => b.add('CumSum', [x, axis]), true],
    ['scales', ['scales', [2], 'float32'], (x, scales, b) => b.add('Resize', [x, undefined, scales]), true],
    ['a depth in floats', ['n', [], 'float32'], (_, n, b) => b.add('Range', [zero(b), n, one(b)]), true],
    [
      'bounds that are computed',
      ['bound', [1], 'int32'],
      (x, bound, b) => b.add('Slice', [x, b.constant(int64([1], [0])), b.add('Abs', [bound])]),
      true,
    ],
    ['scales of a row', ['row', [5], 'float32'], (x, row, b) => b.add('QuantizeLinear', [x, row]), true],
    ['one scale', ['scale', [], 'float32'], (x, scale, b) => b.add('QuantizeLinear', [x, scale]), false],
    [
      'what sums of integers are multiplied by',
      ['scale', [], 'float32'],
      (x, scale, b) => {
        const bytes = b.add('QuantizeLinear', [x, one(b)]);
        const matrix = b.constant(new Tensor('uint8', [5, 1], Uint8Array.of(1, 2, 3, 4, 5)));
        const none = b.constant(new Tensor('uint8', [], Uint8Array.of(0)));
        return b.add('QLinearMatMul', [bytes, one(b), none, matrix, scale, none, one(b), none]);
      },
      true,
    ],
    // A size alone decides: the places may be others in each run.
    [
      'a place',
      ['place', [1], 'int64'],
      (x, place, b) => b.add('Slice', [x, place, b.add('Add', [place, b.constant(int64([1], [1]))])]),
      false,
    ],
    ['indices', ['indices', [2], 'int64'], (x, indices, b) => b.add('Gather', [x, indices]), false],
    ['numbers', ['factor', [1], 'float32'], (x, factor, b) => b.add('Mul', [x, factor]), false],
    ['many axes', ['axes', [17], 'int64'], (x, axes, b) => b.add('ReduceSum', [x, axes]), false],
    [
      'what data have a part in',
      ['axes', [1], 'int64'],
      (x, axes, b) => b.add('ReduceSum', [x, b.add('Mul', [axes, b.add('ArgMax', [x], { axis: 1, keepdims: 0 })])]),
      false,
    ],
  ])('are told by what operators do with them: %s', async (_, [name, shape, type], make, isOne) => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 5]);
    const given = builder.input(name as string, shape as Shape, type as ElementType);
    const found = await sizeInputsOf(builder.graph(make(x, given, builder)), new Map());
    expect([...found]).toEqual(isOne ? [name] : []);
  });

  it('leave nothing to references', async () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [2, 3]);
    const axes = builder.input('axes', [symbol('A')], 'int64');
    const session = await InferenceSession.create(modelOf(builder.graph(builder.add('ReduceSum', [x, axes]))));
    try {
      const sum = async (...given: bigint[]) => {
        let steps: number | undefined;
        const feeds = {
          x: new Tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
          axes: new Tensor('int64', [given.length], BigInt64Array.from(given)),
        };
        const { v0 } = await session.run(feeds, {
          onReport: ({ references }) => {
            ({ steps } = references);
          },
        });
        return { dims: v0!.dims, data: [...(v0!.data as Float32Array)], steps };
      };
      expect(await sum(0n)).toEqual({ dims: [1, 3], data: [5, 7, 9], steps: 0 });
      expect(await sum(-1n)).toEqual({ dims: [2, 1], data: [6, 15], steps: 0 });
      expect(await sum(0n, 1n)).toEqual({ dims: [1, 1], data: [21], steps: 0 });
    } finally {
      await session.release();
    }
  });

  it('are told of in a plan that is made without them', async () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 1, 4, 4]);
    const given = ['pads', 'axes'].map((name, i) => builder.input(name, [i === 0 ? 8 : 1], 'int64'));
    const padded = builder.add('Pad', [builder.add('Relu', [x]), given[0]]);
    const graph = builder.graph(builder.add('SequenceConstruct', [x, builder.add('ReduceSum', [x, given[1]])]), padded);
    const target = { tier: 'baseline', precision: 'fast', threads: 1 } as const;
    const planned = await finishInTurns(compileForSteps(modelOf(graph), target), nextTurn, undefined);
    const names = await sizeInputsOf(graph, new Map());
    const { steps } = tellFedSettings(planned.plan, planned.graph, names);
    const reasons = steps.flatMap((step) => (step.kind === 'reference' ? [step.reason] : []));
    const waiting = (name: string) => `elements of '${name}', for which a session compiles it once they are fed`;
    expect(reasons.sort()).toEqual([waiting('axes'), waiting('pads'), 'sequences or optional values']);
  });

  it('are compiled for, once for what is in them', async () => {
    const session = await InferenceSession.create(modelOf(network()));
    try {
      const run = async (height: number, width: number, factor: bigint) => {
        let report: RunReport | undefined;
        const shape = new Tensor('int64', [4], BigInt64Array.of(9n, 9n, BigInt(height), BigInt(width)));
        const x = new Tensor('float32', [1, 1, 1, 2], Float32Array.of(1, 3));
        const { v5 } = await session.run(
          { x, shape, step: new Tensor('int64', [1], BigInt64Array.of(factor)) },
          {
            onReport: (given) => {
              report = given;
            },
          },
        );
        // Nothing that was fed is held on to.
        shape.data.fill(0n);
        return { dims: v5!.dims, data: [...(v5!.data as Float32Array)], compiled: report!.compileMilliseconds > 0 };
      };
      expect(await run(1, 4, 1n)).toEqual({ dims: [1, 1, 1, 4], data: [2, 2, 6, 6], compiled: true });
      expect(await run(1, 4, 5n)).toEqual({ dims: [1, 1, 1, 4], data: [10, 10, 30, 30], compiled: false });
      expect(await run(2, 2, 1n)).toEqual({ dims: [1, 1, 2, 2], data: [2, 6, 2, 6], compiled: true });
    } finally {
      await session.release();
    }
  });
});
