/** What each operator is said to read, against what it reads; and networks of one, whole and in tiles. */
import { describe, expect, it } from 'vitest';
import type { Graph, Value } from '../../../src/ir/graph.js';
import { float32, int64 } from '../../../src/ir/tensor.js';
import { RandomSource } from '../../../src/ops/random-source.js';
import { fieldAt } from '../../../src/split/fields/receptive-field.js';
import { GraphBuilder } from '../../support/graph.js';
import type { AttributeInput } from '../../support/run-operator.js';
import { tensor } from '../../support/tensors.js';
import { randomFloats } from '../../support/weights.js';
import {
  firstDifference,
  openedGraph,
  runInTiles,
  runStrict,
  runWhole,
  tilingOf,
  tilingOrRefusal,
} from '../tiles/support.js';
import { fieldsAt, readsAlong } from './support.js';

interface Case {
  readonly title: string;
  readonly dims: readonly number[];
  readonly build: (b: GraphBuilder, x: Value) => Value;
  readonly opset?: number;
  /** Zeros of linear weights count as read where taps have them. */
  readonly isTight?: boolean;
  readonly isChannelsLast?: boolean;
}

function graphOf({ dims, build, opset = 18 }: Pick<Case, 'dims' | 'build' | 'opset'>): Graph {
  const b = new GraphBuilder(opset);
  const x = b.input('x', dims);
  const y = build(b, x);
  const { inputs, nodes, outputs, constants, name } = b.graph(y);
  // Sizes are open: windows have others.
  const open = inputs.map((input) => Object.assign(input, { declared: { ...input.declared, shape: undefined } }));
  return { inputs: open, nodes, outputs, constants, name };
}

const weights = (b: GraphBuilder, dims: readonly number[]) => b.constant(randomFloats(dims, new RandomSource(5)));

const conv = (title: string, attributes: Record<string, AttributeInput>, kernel = 3): Case => ({
  title: `Conv ${title}`,
  dims: [1, 2, 24],
  build: (b, x) => b.add('Conv', [x, weights(b, [2, 2, kernel])], attributes),
});

const transposed = (
  title: string,
  attributes: Record<string, AttributeInput>,
  kernel: number,
  isTight = true,
): Case => ({
  title: `ConvTranspose ${title}`,
  dims: [1, 2, 12],
  isTight,
  build: (b, x) => b.add('ConvTranspose', [x, weights(b, [2, 2, kernel])], attributes),
});

const pool = (op: string, title: string, attributes: Record<string, AttributeInput>): Case => ({
  title: `${op} ${title}`,
  dims: [1, 1, 25],
  build: (b, x) => b.add(op, [x], attributes),
});

function resize(mode: string, coordinates: string, scale: number, extra: Record<string, AttributeInput> = {}): Case {
  return {
    title: `Resize ${mode} ${coordinates} by ${scale} ${JSON.stringify(extra)}`,
    dims: [1, 1, 24],
    isTight: mode === 'nearest',
    build: (b, x) =>
      b.add('Resize', [x, undefined, b.constant(float32([3], [1, 1, scale]))], {
        mode,
        coordinate_transformation_mode: coordinates,
        ...extra,
      }),
  };
}

const pad = (mode: string, pads: readonly number[]): Case => ({
  title: `Pad ${mode} ${pads}`,
  dims: [1, 1, 20],
  build: (b, x) => b.add('Pad', [x, b.constant(int64([6], [0, 0, pads[0]!, 0, 0, pads[1]!]))], { mode }),
});

const slice = (start: number, end: number, step: number): Case => ({
  title: `Slice ${start}:${end}:${step}`,
  dims: [1, 1, 24],
  build: (b, x) => b.add('Slice', [x, ...[start, end, 2, step].map((item) => b.constant(int64([1], [item])))]),
});

const end = 2 ** 31 - 1;

const cases: readonly Case[] = [
  conv('with padding', { pads: [1, 1] }),
  conv('valid', {}),
  conv('strided', { strides: [2], pads: [1, 1] }),
  conv('dilated', { dilations: [3], pads: [2, 4] }),
  conv('strided, SAME_UPPER', { strides: [3], auto_pad: 'SAME_UPPER' }, 4),
  conv('strided, SAME_LOWER', { strides: [3], auto_pad: 'SAME_LOWER' }, 4),
  conv('with gaps', { strides: [3] }, 2),
  transposed('by 2', { strides: [2] }, 2),
  transposed('by 2, cropped', { strides: [2], pads: [1, 1] }, 4),
  transposed('by 2, more at the end', { strides: [2], pads: [1, 1], output_padding: [1] }, 3),
  transposed('by 3, dilated', { strides: [3], dilations: [2], pads: [1, 2] }, 3, false),
  transposed('by 2, SAME_UPPER', { strides: [2], auto_pad: 'SAME_UPPER' }, 5),
  transposed('by 3, SAME_LOWER', { strides: [3], auto_pad: 'SAME_LOWER' }, 4),
  transposed('by 1', { pads: [1, 1] }, 3),
  pool('MaxPool', 'by 2', { kernel_shape: [2], strides: [2] }),
  pool('MaxPool', 'ceil', { kernel_shape: [3], strides: [2], ceil_mode: 1, pads: [1, 1] }),
  pool('AveragePool', 'without pads', { kernel_shape: [3], strides: [2], pads: [1, 1] }),
  pool('AveragePool', 'SAME', { kernel_shape: [4], strides: [3], auto_pad: 'SAME_UPPER' }),
  pool('LpPool', 'of 3', { kernel_shape: [3], p: 1 }),
  { ...pool('MaxPool', 'of version 8, without dilations', { kernel_shape: [3], dilations: [2] }), opset: 8 },
  { ...pool('AveragePool', 'of version 11, without dilations', { kernel_shape: [3], dilations: [2] }), opset: 11 },
  {
    title: 'PRelu of version 6, with slopes of channels',
    dims: [1, 3, 8],
    build: (b, x) => b.add('PRelu', [x, weights(b, [3])]),
    opset: 6,
  },
  {
    title: 'Add of version 6, from the channels on',
    dims: [1, 3, 8],
    build: (b, x) => b.add('Add', [x, weights(b, [3])], { broadcast: 1, axis: 1 }),
    opset: 6,
  },
  resize('nearest', 'asymmetric', 2, { nearest_mode: 'floor' }),
  resize('nearest', 'asymmetric', 0.5, { nearest_mode: 'ceil' }),
  resize('nearest', 'half_pixel', 1.5),
  resize('nearest', 'half_pixel', 0.75, { nearest_mode: 'round_prefer_ceil' }),
  resize('nearest', 'pytorch_half_pixel', 3),
  resize('nearest', 'tf_half_pixel_for_nn', 2, { nearest_mode: 'floor' }),
  resize('linear', 'half_pixel', 2),
  resize('linear', 'half_pixel', 3),
  resize('linear', 'half_pixel', 0.5),
  resize('linear', 'pytorch_half_pixel', 1.5),
  resize('linear', 'asymmetric', 2),
  resize('linear', 'half_pixel', 0.25, { antialias: 1 }),
  resize('linear', 'half_pixel', 0.375, { antialias: 1 }),
  resize('cubic', 'half_pixel', 2),
  resize('cubic', 'half_pixel', 2, { exclude_outside: 1 }),
  resize('cubic', 'asymmetric', 0.5),
  pad('constant', [3, 2]),
  pad('constant', [-3, 2]),
  pad('reflect', [3, 2]),
  pad('edge', [2, 4]),
  slice(2, -3, 1),
  slice(1, end, 2),
  slice(0, end, 3),
  {
    title: 'DepthToSpace',
    dims: [1, 8, 6, 5],
    build: (b, x) => b.add('DepthToSpace', [x], { blocksize: 2 }),
  },
  {
    title: 'SpaceToDepth',
    dims: [1, 2, 12, 8],
    build: (b, x) => b.add('SpaceToDepth', [x], { blocksize: 2 }),
  },
  {
    title: 'pixel shuffle by Reshape and Transpose',
    dims: [1, 4, 6, 5],
    build: (b, x) => {
      const parts = b.add('Reshape', [x, b.constant(int64([6], [1, 1, 2, 2, -1, 5]))]);
      const turned = b.add('Transpose', [parts], { perm: [0, 1, 4, 2, 5, 3] });
      return b.add('Reshape', [turned, b.constant(int64([4], [1, 1, -1, 10]))]);
    },
  },
  {
    title: 'Upsample of old models',
    dims: [1, 1, 12, 10],
    opset: 9,
    build: (b, x) => b.add('Upsample', [x, b.constant(float32([4], [1, 1, 2, 3]))], { mode: 'nearest' }),
  },
  {
    title: 'channels last: Transpose, Conv, a layer of the channels, BatchNormalization',
    dims: [1, 14, 12, 2],
    isChannelsLast: true,
    build: (b, x) => {
      const first = b.add('Transpose', [x], { perm: [0, 3, 1, 2] });
      const y = b.add('Conv', [first, weights(b, [3, 2, 3, 3])], { pads: [1, 1, 1, 1] });
      const stats = [1, 2, 3, 4].map((seed) => b.constant(float32([3], [seed, 1, 2])));
      const normal = b.add('BatchNormalization', [y, ...stats]);
      const last = b.add('Transpose', [normal], { perm: [0, 2, 3, 1] });
      const dense = b.add('MatMul', [last, weights(b, [3, 4])]);
      return b.add('LayerNormalization', [dense, weights(b, [4]), weights(b, [4])]);
    },
  },
  {
    title: 'activations, one after another',
    dims: [1, 3, 11, 9],
    build: (b, x) => {
      const names = [
        'Sigmoid',
        'Tanh',
        'Elu',
        'Softplus',
        'HardSwish',
        'Erf',
        'LeakyRelu',
        'HardSigmoid',
        'Exp',
        'Gelu',
      ];
      const y = b.add('Conv', [x, weights(b, [5, 3, 3, 3])], { pads: [1, 1, 1, 1] });
      const made = names.map((name) => b.add(name, [y]));
      const slope = b.add('PRelu', [y, weights(b, [5, 1, 1])]);
      return b.add('Clip', [
        b.add('Sum', [...made, slope]),
        b.constant(float32([], [-3])),
        b.constant(float32([], [9])),
      ]);
    },
    opset: 20,
  },
  {
    title: 'channels: LRN, Softmax, ReduceMean, Concat, Split',
    dims: [1, 4, 16],
    build: (b, x) => {
      const pooled = b.add('MaxPool', [x], { kernel_shape: [3], pads: [1, 1] });
      const soft = b.add('Softmax', [b.add('LRN', [pooled], { size: 3 })], { axis: 1 });
      const mean = b.add('ReduceMean', [soft, b.constant(int64([1], [1]))]);
      const [head] = b.addMany('Split', [b.add('Concat', [soft, mean], { axis: 1 })], 2, { axis: 1, num_outputs: 2 });
      return head!;
    },
  },
  {
    title: 'a skip around a pooling, with a crop to what it had',
    dims: [1, 2, 27],
    build: (b, x) => {
      const down = b.add('MaxPool', [x], { kernel_shape: [2], strides: [2], ceil_mode: 1 });
      const up = b.add('ConvTranspose', [down, weights(b, [2, 2, 2])], { strides: [2] });
      const ends = b.add('Slice', [b.add('Shape', [x]), b.constant(int64([1], [2])), b.constant(int64([1], [3]))]);
      const cropped = b.add('Slice', [up, b.constant(int64([1], [0])), ends, b.constant(int64([1], [2]))]);
      return b.add('Concat', [x, cropped], { axis: 1 });
    },
  },
  {
    title: 'Resize to what the skip has',
    dims: [1, 2, 24],
    build: (b, x) => {
      const down = b.add('AveragePool', [x], { kernel_shape: [4], strides: [4] });
      const attributes = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
      const up = b.add('Resize', [down, undefined, undefined, b.add('Shape', [x])], attributes);
      return b.add('Add', [x, up]);
    },
    isTight: false,
  },
  {
    title: 'FusedConv, with a sum and an activation',
    dims: [1, 2, 24],
    build: (b, x) => {
      const pooled = b.add('MaxPool', [x], { kernel_shape: [2], strides: [2] });
      const attributes = { strides: [2], pads: [1, 1], activation: 'Relu' };
      return b.addMicrosoft('FusedConv', [x, weights(b, [2, 2, 3]), weights(b, [2]), pooled], attributes);
    },
  },
  {
    title: 'ConvTransposeWithDynamicPads',
    dims: [1, 2, 12],
    build: (b, x) =>
      b.addMicrosoft('ConvTransposeWithDynamicPads', [x, weights(b, [2, 2, 4]), b.constant(int64([2], [1, 1]))], {
        strides: [2],
      }),
  },
  {
    title: 'quantized: sums, products, activations, a choice, pooling, QLinearConcat',
    dims: [1, 2, 24],
    build: (b, x) => {
      const [scale, zero] = [b.constant(float32([], [1 / 32])), b.constant(tensor('uint8', [120], []))];
      const own = [scale, zero] as const;
      const q = b.addMicrosoft('QuantizeLinear', [x, ...own]);
      const sum = b.addMicrosoft('QLinearAdd', [q, ...own, q, ...own, ...own]);
      const product = b.addMicrosoft('QLinearMul', [sum, ...own, q, ...own, ...own]);
      const soft = b.addMicrosoft('QLinearSigmoid', [product, ...own, ...own]);
      const leaky = b.addMicrosoft('QLinearLeakyRelu', [soft, ...own, ...own]);
      const isLarge = b.add('Greater', [x, b.constant(float32([], [0.25]))]);
      const chosen = b.addMicrosoft('QLinearWhere', [isLarge, leaky, ...own, q, ...own, ...own]);
      const coarse = [b.constant(float32([], [1 / 16])), zero] as const;
      const pool = { kernel_shape: [3], pads: [1, 1] };
      const averages = b.addMicrosoft('QLinearAveragePool', [chosen, ...own, ...coarse], pool);
      const all = b.addMicrosoft('QLinearConcat', [...own, averages, ...coarse, q, ...own], { axis: 1 });
      const shares = b.addMicrosoft('QLinearSoftmax', [all, ...own, ...own], { axis: 1, opset: 13 });
      return b.addMicrosoft('DequantizeLinear', [shares, ...own]);
    },
  },
  {
    title: 'quantized, channels last: QLinearConv, NhwcMaxPool',
    dims: [1, 14, 12, 2],
    isChannelsLast: true,
    build: (b, x) => {
      const [scale, zero] = [b.constant(float32([], [1 / 32])), b.constant(tensor('uint8', [120], []))];
      const own = [scale, zero] as const;
      const q = b.addMicrosoft('QuantizeLinear', [x, ...own]);
      const w = b.constant(
        tensor(
          'uint8',
          Array.from({ length: 54 }, (_, i) => (i * 37) % 240),
          [3, 2, 3, 3],
        ),
      );
      const y = b.addMicrosoft('QLinearConv', [q, ...own, w, ...own, ...own], {
        channels_last: 1,
        pads: [1, 1, 1, 1],
      });
      const pooled = b.addMicrosoft('NhwcMaxPool', [y], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
      return b.addMicrosoft('DequantizeLinear', [pooled, ...own]);
    },
  },
  {
    title: 'channels last: products, normalizations and activations of com.microsoft',
    dims: [1, 14, 4],
    isChannelsLast: true,
    build: (b, x) => {
      const product = b.addMicrosoft('FusedMatMul', [x, weights(b, [3, 4])], {
        transB: 1,
        alpha: { kind: 'float', value: 2 },
      });
      const gelus = [
        b.addMicrosoft('Gelu', [product]),
        b.addMicrosoft('FastGelu', [product, weights(b, [3])]),
        b.addMicrosoft('BiasGelu', [product, weights(b, [3])]),
        b.addMicrosoft('QuickGelu', [product]),
      ];
      return b.addMicrosoft('SkipLayerNormalization', [b.add('Sum', gelus), product, weights(b, [3]), weights(b, [3])]);
    },
  },
];

describe.each(cases)('$title', ({ title, dims, isTight = true, isChannelsLast = false, ...item }) => {
  const graph = graphOf({ dims, ...item });
  const isRepeating = /reflect|edge/.test(title);
  const isBetween = (position: number, size: number) => position >= 0 && position < size;

  it('reads what it is said to read', () => {
    const fields = fieldsAt(graph, dims, isChannelsLast);
    expect(fields.refusals).toEqual([]);
    const [output] = graph.outputs;
    const axes = fields.axes.get(output!)!;
    axes.forEach((place, outputAxis) => {
      if (place === undefined) return;
      const inputAxis = place.picture + (isChannelsLast ? 1 : 2);
      const size = dims[inputAxis]!;
      readsAlong(graph, dims, inputAxis, outputAxis).forEach((read, position) => {
        const field = fieldAt(fields, { value: output!, axis: outputAxis, position });
        const isInside = isBetween(field.first, size) && isBetween(field.last, size);
        // What is mirrored at the border is beside the field.
        if (read.length === 0 || (!isInside && isRepeating)) return;
        const [first, last] = [Math.min(...read), Math.max(...read)];
        expect([first >= field.first || first === 0, last <= field.last || last === size - 1]).toEqual([true, true]);
        if (isTight && isInside) expect([first, last]).toEqual([field.first, field.last]);
      });
    });
  });

  it('gives in tiles what it gives of the whole', async () => {
    // The width of the shuffle is written into its shapes.
    const isRows = title.includes('shuffle');
    const first = isChannelsLast ? 1 : 2;
    const last = isRows ? first + 1 : first + dims.length - 2;
    const large = dims.map((size, axis) => (axis >= first && axis < last ? size * 3 : size));
    const inputs = new Map([['x', randomFloats(large, new RandomSource(2))]]);
    const whole = runWhole(graph, inputs)!;
    const free = tilingOf(graph, inputs, new Array(dims.length - 2).fill('whole'), isChannelsLast);
    for (const times of [1, 2, 3]) {
      const tile = free.plan.axes.map(({ stride }, axis) => (isRows && axis === 1 ? 'whole' : stride * times));
      const tiling = tilingOf(graph, inputs, tile, isChannelsLast);
      if (times === 1) expect(tiling.plan.axes[0]!.starts.length).toBeGreaterThan(1);
      expect(firstDifference(await runInTiles(graph, inputs, tiling), whole)).toBeUndefined();
      if (times !== 2) continue;
      const compiled = await runStrict(openedGraph(graph), inputs, tiling);
      expect(firstDifference(compiled.tiled, compiled.whole)).toBeUndefined();
    }
  });
});

describe('what sees more than a part', () => {
  const refused: readonly (Pick<Case, 'title' | 'build'> & {
    readonly codes: readonly string[];
    readonly opset?: number;
  })[] = [
    {
      title: 'global pooling',
      build: (b, x) => b.add('Mul', [x, b.add('GlobalAveragePool', [x])]),
      codes: ['US2201 GlobalAveragePool'],
    },
    {
      title: 'global pooling of quantized pictures',
      build: (b, x) => {
        const own = [b.constant(float32([], [1 / 32])), b.constant(tensor('uint8', [120], []))] as const;
        const q = b.addMicrosoft('QuantizeLinear', [x, ...own]);
        return b.addMicrosoft('QLinearMul', [
          q,
          ...own,
          b.addMicrosoft('QLinearGlobalAveragePool', [q, ...own, ...own]),
          ...own,
          ...own,
        ]);
      },
      codes: ['US2201 QLinearGlobalAveragePool'],
    },
    {
      title: 'instance normalization',
      build: (b, x) => b.add('InstanceNormalization', [x, weights(b, [2]), weights(b, [2])]),
      codes: ['US2201 InstanceNormalization'],
    },
    {
      title: 'a mean over rows',
      build: (b, x) => b.add('Sub', [x, b.add('ReduceMean', [x], { axes: [2] })]),
      opset: 13,
      codes: ['US2201 ReduceMean'],
    },
    {
      title: 'a mean of all, by a version that always has one',
      build: (b, x) => b.add('Sub', [x, b.add('ReduceMean', [x], { noop_with_empty_axes: 1 })]),
      opset: 13,
      codes: ['US2201 ReduceMean'],
    },
    {
      title: 'all sizes, by a version of Shape that gives no part of them',
      build: (b, x) => {
        const sizes = b.add('Cast', [b.add('Shape', [x], { start: 0, end: 2 })], { to: 1 });
        return b.add('Mul', [x, b.add('ReduceProd', [sizes])]);
      },
      opset: 13,
      codes: ['US2201 Mul'],
    },
    { title: 'softmax over the width', build: (b, x) => b.add('Softmax', [x], { axis: 3 }), codes: ['US2201 Softmax'] },
    {
      title: 'softmax of old models, which is over all after the channels',
      build: (b, x) => b.add('Softmax', [x], { axis: 1 }),
      opset: 11,
      codes: ['US2201 Softmax'],
    },
    { title: 'flattening', build: (b, x) => b.add('Flatten', [x]), codes: ['US2201 Flatten'] },
    {
      title: 'attention',
      build: (b, x) => b.add('MatMul', [x, b.add('Transpose', [x], { perm: [0, 1, 3, 2] })]),
      codes: ['US2201 MatMul'],
    },
    {
      title: 'a value for each position',
      build: (b, x) => b.add('Add', [x, weights(b, [1, 1, 24, 20])]),
      codes: ['US2201 Add'],
    },
    {
      title: 'the size of the picture as a number',
      build: (b, x) =>
        b.add('Mul', [
          x,
          b.add(
            'Cast',
            [b.add('Slice', [b.add('Shape', [x]), b.constant(int64([1], [2])), b.constant(int64([1], [3]))])],
            { to: 1 },
          ),
        ]),
      codes: ['US2201 Mul'],
    },
    {
      title: 'aligned corners',
      build: (b, x) =>
        b.add('Resize', [x, undefined, b.constant(float32([4], [1, 1, 2, 2]))], {
          mode: 'linear',
          coordinate_transformation_mode: 'align_corners',
        }),
      codes: ['US2201 Resize'],
    },
    {
      title: 'a fixed size',
      build: (b, x) =>
        b.add('Resize', [x, undefined, undefined, b.constant(int64([4], [1, 2, 48, 40]))], { mode: 'nearest' }),
      codes: ['US2201 Resize'],
    },
    {
      title: 'turning round',
      build: (b, x) => b.add('Slice', [x, ...[-1, -end, 2, -1].map((item) => b.constant(int64([1], [item])))]),
      codes: ['US2201 Slice'],
    },
    {
      title: 'wrapping round',
      build: (b, x) => b.add('Pad', [x, b.constant(int64([8], [0, 0, 2, 0, 0, 0, 2, 0]))], { mode: 'wrap' }),
      opset: 19,
      codes: ['US2201 Pad'],
    },
    {
      title: 'sums along',
      build: (b, x) => b.add('CumSum', [x, b.constant(int64([1], [3]))]),
      codes: ['US2201 CumSum'],
    },
    {
      title: 'noise',
      build: (b, x) => b.add('Add', [x, b.add('RandomNormalLike', [x])]),
      codes: ['US2201 RandomNormalLike'],
    },
    {
      title: 'indices that are returned',
      build: (b, x) => b.addMany('MaxPool', [x], 2, { kernel_shape: [2, 2] })[1]!,
      codes: ['US2201 MaxPool'],
    },
    { title: 'rows joined to rows', build: (b, x) => b.add('Concat', [x, x], { axis: 2 }), codes: ['US2201 Concat'] },
    {
      title: 'scales that do not fit together',
      build: (b, x) =>
        b.add('MatMul', [
          b.add('MaxPool', [x], { kernel_shape: [2, 1], strides: [2, 1] }),
          b.add('Transpose', [x], { perm: [0, 1, 3, 2] }),
        ]),
      codes: ['US2201 MatMul'],
    },
    {
      title: 'MaxUnpool of a pooling with dilations, which it does not have',
      build: (b, x) => {
        const window = { kernel_shape: [2, 2], strides: [2, 2] };
        const [values, indices] = b.addMany('MaxPool', [x], 2, { ...window, dilations: [2, 2], pads: [0, 0, 1, 1] });
        return b.add('MaxUnpool', [values, indices], window);
      },
      codes: ['US2201 MaxUnpool'],
    },
  ];
  it.each(refused)('is refused: $title', ({ codes, ...item }) => {
    const dims = [1, 2, 24, 20];
    const graph = graphOf({ dims, ...item });
    const inputs = new Map([['x', randomFloats(dims, new RandomSource(2))]]);
    expect(tilingOrRefusal(graph, inputs, [8, 8])).toEqual(codes);
  });

  it('is no pooling and unpooling that belong together', async () => {
    const dims = [1, 2, 24, 20];
    const graph = graphOf({
      dims,
      build: (b, x) => {
        const window = { kernel_shape: [2, 2], strides: [2, 2] };
        const [values, indices] = b.addMany('MaxPool', [x], 2, window);
        return b.add('MaxUnpool', [values, indices], window);
      },
    });
    const inputs = new Map([['x', randomFloats(dims, new RandomSource(2))]]);
    const tiling = tilingOf(graph, inputs, [4, 6]);
    expect(tiling.plan.axes.map(({ starts }) => starts.length)).toEqual([6, 4]);
    expect(firstDifference(await runInTiles(graph, inputs, tiling), runWhole(graph, inputs)!)).toBeUndefined();
  });
});
