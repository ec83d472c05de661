/** Three spatial axes as plans, against the references: every algorithm, pooling, resizing, normalization, a whole network. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { infer } from '../../src/infer/infer.js';
import { emptyMetadata, type Graph, type Model, type Value } from '../../src/ir/graph.js';
import { elementCount, float32, int64, type Tensor } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import type { ExecutionPlan } from '../../src/plan/execution-plan.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { Executor } from '../../src/runtime/executor.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../support/compare.js';
import {
  type AxisCase,
  attributesOf,
  type ConvTransposeCase,
  expectedSize,
  smallIntegers,
} from '../support/geometry.js';
import { GraphBuilder } from '../support/graph.js';
import { tiers } from '../wasm/kernels/run-kernel.js';
import { addConv, compare, feedsFor, finish, followers, tensor } from './convolution/compare-algorithms.js';
import { executePlan } from './execute-plan.js';

function expectNoReference(plans: readonly ExecutionPlan[]): void {
  for (const { steps } of plans) {
    expect(steps.flatMap((step) => (step.kind === 'reference' ? [step.reason] : []))).toEqual([]);
  }
}

const axis = fc
  .record({
    input: fc.integer({ min: 1, max: 8 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.constantFrom(1, 1, 1, 2, 3),
    dilation: fc.constantFrom(1, 1, 2),
    begin: fc.integer({ min: 0, max: 3 }),
    end: fc.integer({ min: 0, max: 3 }),
  })
  .filter(({ input, kernel, dilation, begin, end }) => input + begin + end >= (kernel - 1) * dilation + 1);

const channelCounts = fc
  .record({
    kind: fc.constantFrom('dense', 'dense', 'grouped', 'depthwise'),
    group: fc.integer({ min: 2, max: 3 }),
    from: fc.integer({ min: 1, max: 20 }),
    to: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ kind, group, from, to }) => {
    if (kind === 'dense') return { group: 1, from, to };
    return kind === 'grouped' ? { group, from: Math.ceil(from / 3), to } : { group: from, from: 1, to: 1 };
  });

const transposedAxis: fc.Arbitrary<AxisCase> = fc.record({
  input: fc.integer({ min: 1, max: 5 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.constantFrom(1, 1, 2),
  padBegin: fc.integer({ min: 0, max: 2 }),
  padEnd: fc.integer({ min: 0, max: 2 }),
  outputPadding: fc.integer({ min: 0, max: 2 }),
  sizeShift: fc.integer({ min: -2, max: 3 }),
});

describe.each(tiers)('$title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('Conv with every attribute', () => {
    const problem = fc.record({
      batch: fc.integer({ min: 1, max: 2 }),
      channels: channelCounts,
      axes: fc.tuple(axis, axis, axis),
      hasBias: fc.boolean(),
      followers,
    });
    fc.assert(
      fc.property(problem, ({ batch, channels: { group, from, to }, axes, hasBias, followers: list }) => {
        const b = new GraphBuilder();
        const y = addConv(b, { batch, group, from, to, axes, hasBias });
        const dims = infer(b.graph(y)).types.get(y)!.shape as number[];
        const graph = finish(b, y, list, dims);
        expectNoReference(compare(graph, feedsFor(graph), tier, 1e-4));
      }),
      { numRuns: 50 },
    );
  });

  it.skipIf(isMissing)('ConvTranspose with every attribute', () => {
    const modes = fc.constantFrom<ConvTransposeCase['mode']>(
      'NOTSET',
      'NOTSET',
      'NOTSET',
      'VALID',
      'SAME_UPPER',
      'SAME_LOWER',
      'output_shape',
      'output_shape, SAME_UPPER',
    );
    const problem = fc
      .record({
        batch: fc.integer({ min: 1, max: 2 }),
        channels: channelCounts,
        axes: fc.tuple(transposedAxis, transposedAxis, transposedAxis),
        mode: modes,
        hasBias: fc.boolean(),
        followers,
      })
      .filter(({ axes, mode }) => axes.every((item) => expectedSize(item, mode) > 0));
    fc.assert(
      fc.property(problem, ({ batch, channels: { group, from, to }, axes, mode, hasBias, followers: list }) => {
        const b = new GraphBuilder();
        const x = b.input('x', [batch, group * from, ...axes.map(({ input }) => input)]);
        const w = b.constant(tensor([group * from, to, ...axes.map(({ kernel }) => kernel)], 2));
        const bias = hasBias ? b.constant(tensor([group * to], 3)) : undefined;
        const item = { batch, group, groupIn: from, groupOut: to, axes, mode, hasBias };
        const y = b.add('ConvTranspose', [x, w, bias], attributesOf(item));
        const dims = infer(b.graph(y)).types.get(y)!.shape as number[];
        const graph = finish(b, y, list, dims);
        expectNoReference(compare(graph, feedsFor(graph), tier, 1e-4));
      }),
      { numRuns: 50 },
    );
  });

  it.skipIf(isMissing)('MaxPool, AveragePool and the global pools', () => {
    const poolAxis = fc
      .record({
        input: fc.integer({ min: 1, max: 8 }),
        kernel: fc.integer({ min: 1, max: 3 }),
        stride: fc.integer({ min: 1, max: 3 }),
        dilation: fc.constantFrom(1, 1, 2),
        begin: fc.integer({ min: 0, max: 2 }),
        end: fc.integer({ min: 0, max: 2 }),
      })
      .filter(({ input, kernel, dilation, begin, end }) => {
        // A window of nothing but padding has no maximum and no average.
        const extent = (kernel - 1) * dilation + 1;
        return dilation * (kernel - 1) < input && begin < kernel && end < kernel && input + begin + end >= extent;
      });
    const problem = fc.record({
      batch: fc.integer({ min: 1, max: 2 }),
      channels: fc.integer({ min: 1, max: 18 }),
      axes: fc.tuple(poolAxis, poolAxis, poolAxis),
      opType: fc.constantFrom('MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'),
      isCeil: fc.boolean(),
      countsPadding: fc.boolean(),
      isAfterConv: fc.boolean(),
    });
    fc.assert(
      fc.property(problem, ({ batch, channels, axes, opType, isCeil, countsPadding, isAfterConv }) => {
        const b = new GraphBuilder();
        const x = b.input('x', [batch, channels, ...axes.map(({ input }) => input)]);
        // The halo that its reader wants lies around what is pooled.
        const kernel = b.constant(tensor([channels, channels, 1, 1, 1], 2));
        const value = isAfterConv ? b.add('Conv', [x, kernel]) : x;
        const attributes = {
          kernel_shape: axes.map(({ kernel: size }) => size),
          strides: axes.map(({ stride }) => stride),
          dilations: axes.map(({ dilation }) => dilation),
          pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
          ceil_mode: isCeil ? 1 : 0,
          ...(opType === 'AveragePool' ? { count_include_pad: countsPadding ? 1 : 0 } : {}),
        };
        const y = b.add(opType, [value], opType.startsWith('Global') ? {} : attributes);
        const wide = b.constant(tensor([2, channels, 3, 3, 3], 4));
        const outputs = isAfterConv ? [y, b.add('Conv', [value, wide], { pads: [1, 2, 1, 2, 1, 1] })] : [y];
        const graph = b.graph(...outputs);
        expectNoReference(compare(graph, feedsFor(graph), tier, 1e-4));
      }),
      { numRuns: 40 },
    );
  });

  it.skipIf(isMissing)('Resize and Upsample', () => {
    const problem = fc.record({
      batch: fc.integer({ min: 1, max: 2 }),
      channels: fc.integer({ min: 1, max: 11 }),
      input: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 5 }))),
      output: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 9 }))),
      mode: fc.constantFrom('nearest', 'linear'),
      transformation: fc.constantFrom('half_pixel', 'asymmetric', 'align_corners'),
      isAntialiased: fc.boolean(),
    });
    fc.assert(
      fc.property(problem, ({ batch, channels, input, output, mode, transformation, isAntialiased }) => {
        const b = new GraphBuilder();
        const x = b.input('x', [batch, channels, ...input]);
        const isSmaller = mode === 'linear' && isAntialiased && input.some((size, i) => output[i]! < size);
        const y = b.add('Resize', [x, undefined, undefined, b.constant(sizes([batch, channels, ...output]))], {
          mode,
          coordinate_transformation_mode: transformation,
          antialias: isSmaller ? 1 : 0,
        });
        const graph = b.graph(y, b.add('Neg', [y]));
        const plans = compare(graph, feedsFor(graph), tier, 1e-4);
        if (!isSmaller) expectNoReference(plans);
      }),
      { numRuns: 30 },
    );
    const b = new GraphBuilder(9);
    const x = b.input('x', [1, 3, 2, 3, 2]);
    const graph = b.graph(b.add('Upsample', [x, b.constant(float32([5], [1, 1, 2, 1, 3]))], { mode: 'nearest' }));
    expectNoReference(compare(graph, feedsFor(graph), tier, 1e-6));
  });

  it.skipIf(isMissing)('what goes over all elements, in slices joined by channels and cut by axes', () => {
    const problem = fc.record({
      batch: fc.integer({ min: 1, max: 2 }),
      widths: fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 2, maxLength: 3 }),
      axes: fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 2, max: 6 }))),
      pads: fc.array(fc.nat(2), { minLength: 6, maxLength: 6 }),
      mode: fc.constantFrom('constant', 'edge'),
    });
    fc.assert(
      fc.property(problem, ({ batch, widths, axes, pads, mode }) => {
        const b = new GraphBuilder();
        const x = b.input('x', [batch, 3, ...axes]);
        let seed = 1;
        const weights = (dims: readonly number[]) =>
          b.constant(
            float32(
              dims,
              smallIntegers(elementCount(dims), seed++).map((v) => v / 8),
            ),
          );
        const conv = (value: Value, from: number, to: number) =>
          b.add('Conv', [value, weights([to, from, 3, 3, 3])], { pads: [1, 1, 1, 1, 1, 1] });
        const branches = widths.map((width) => conv(x, 3, width));
        const whole = b.add('Concat', branches, { axis: 1 });
        const channels = widths.reduce((sum, width) => sum + width);
        const positive = (value: number) => Float32Array.from({ length: channels }, (_, i) => value + (i % 3));
        const parameters = [1, 2].map((value) => b.constant(float32([channels], positive(value))));
        const instance = b.add('InstanceNormalization', [whole, ...parameters]);
        const moments = [0, 1].map((value) => b.constant(float32([channels], positive(value + 1))));
        const batched = b.add('BatchNormalization', [whole, ...parameters, ...moments]);
        const scale = b.constant(tensor([channels, 1, 1, 1], 8));
        const along = b.constant(tensor([axes[0]!, 1, 1], 9));
        const gated = b.add('Add', [b.add('Mul', [instance, scale]), b.add('Mul', [batched, along])]);
        const softmax = b.add('Softmax', [instance], { axis: 1 });
        const padding = b.constant(sizes([0, 0, ...pads.slice(0, 3), 0, 0, ...pads.slice(3)]));
        const padded = b.add('Pad', [whole, padding], { mode });
        const cut = b.add('Slice', [
          gated,
          ...[[1, 0], axes.slice(0, 2), [2, 3]].map((list) => b.constant(sizes(list))),
        ]);
        const mean = b.add('ReduceMean', [gated, b.constant(sizes([2, 4]))]);
        const last = b.add('Transpose', [conv(gated, channels, 5)], { perm: [0, 2, 3, 4, 1] });
        const back = conv(b.add('Transpose', [last], { perm: [0, 4, 1, 2, 3] }), 5, 2);
        const graph = b.graph(softmax, conv(padded, channels, 3), cut, mean, last, back);
        expectNoReference(compare(graph, feedsFor(graph), tier, 1e-4, 1e-5));
      }),
      { numRuns: 12 },
    );
  });
});

function sizes(list: readonly number[]): Tensor {
  return int64([list.length], list);
}

/** Down twice by pooling, up again by transposed convolutions of stride 2, with what was on the way joined in. */
function unet(size: readonly [number, number, number], width: number): Graph {
  const b = new GraphBuilder();
  let seed = 1;
  const noise = (dims: readonly number[], scale: number, shift = 0) =>
    b.constant(
      float32(
        dims,
        smallIntegers(elementCount(dims), seed++).map((value) => value * scale + shift),
      ),
    );
  const block = (value: Value, from: number, to: number) => {
    const weights = noise([to, from, 3, 3, 3], 0.25 / Math.sqrt(27 * from));
    const y = b.add('Conv', [value, weights, noise([to], 0.1)], { pads: [1, 1, 1, 1, 1, 1] });
    const moments = [noise([to], 0.1, 1), noise([to], 0.1), noise([to], 0.1), noise([to], 0.1, 1)];
    return b.add('Relu', [b.add('BatchNormalization', [y, ...moments])]);
  };
  const double = (value: Value, from: number, to: number) => block(block(value, from, to), to, to);
  const pool = (value: Value) => b.add('MaxPool', [value], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] });
  const up = (value: Value, from: number, to: number) =>
    b.add('ConvTranspose', [value, noise([from, to, 2, 2, 2], 0.5 / Math.sqrt(from)), noise([to], 0.1)], {
      strides: [2, 2, 2],
    });
  const join = (...values: Value[]) => b.add('Concat', values, { axis: 1 });
  const first = double(b.input('x', [1, 1, ...size]), 1, width);
  const second = double(pool(first), width, 2 * width);
  const third = double(pool(second), 2 * width, 4 * width);
  const back = double(join(up(third, 4 * width, 2 * width), second), 4 * width, 2 * width);
  const last = double(join(up(back, 2 * width, width), first), 2 * width, width);
  return b.graph(b.add('Sigmoid', [b.add('Conv', [last, noise([2, width, 1, 1, 1], 0.5)])]));
}

describe.each([1, 2, 3])('a 3-D U-Net on %i threads', (threads) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await Executor.create({ tier: 'baseline', threads });
  });
  afterAll(() => executor.dispose());

  it.each([
    { precision: 'strict', size: [8, 12, 16], width: 5 },
    { precision: 'fast', size: [8, 12, 16], width: 16 },
    { precision: 'fast', size: [4, 20, 8], width: 8, prefer: { name: 'winograd', outputs: 2 } },
    { precision: 'fast', size: [4, 8, 20], width: 8, prefer: { name: 'winograd steps', outputs: 4 } },
  ] as const)('$precision, $size, $width channels', async ({ precision, size, width, ...options }) => {
    const source = unet(size, width);
    const model: Model = {
      graph: source,
      irVersion: 10,
      opsets: new Map([['', 22]]),
      producer: { name: '', version: '' },
      metadata: emptyMetadata,
    };
    const { graph } = compile(model);
    const plan = lower(graph, infer(graph), { tier: 'baseline', precision, threads, ...options });
    expectNoReference([plan]);
    const feeds = feedsFor(source);
    const [expected] = execute(scheduleReferences(source), feeds).outputs;
    const program = await executor.load(graph, plan);
    const [actual] = await program.run(feeds);
    expect(largestMagnitude(precision === 'strict' ? 1e-6 : 1e-4)(actual!, expected!)).toBeUndefined();
    const [onOne] = executePlan(graph, plan, 'baseline', feeds);
    expect(actual!.data).toEqual(onOne!.data);
  });
});
