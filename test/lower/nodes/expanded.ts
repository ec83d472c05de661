/** Random nodes of ONNX's own operators that become nodes of others. */
import { elementCount, float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { type Generator, ints, list64, type Random, wholeTypes } from './random.js';

const sizes = (random: Random, least: number, most: number): number[] =>
  random.dims(least, most).map((size) => Math.max(1, size));

const loss: Generator = (random) => {
  const [batch, classes, ...rest] = [random.int(1, 3), random.int(1, 5), ...random.dims(0, 2)] as [number, number];
  const dims = [batch, ...(rest as number[])];
  const ignored = random.maybe(random.int(-1, classes - 1));
  const label = () => (ignored !== undefined && random.chance(0.3) ? ignored : random.int(0, classes - 1));
  return {
    inputs: [
      random.floats([batch, classes, ...(rest as number[])]),
      int64(dims, random.list(elementCount(dims), label)),
      random.maybe(random.floats([classes], 0.5, 2)),
    ],
    attributes: { ignore_index: ignored, reduction: random.maybe(random.pick(['none', 'sum', 'mean'])) },
  };
};

/** Few different numbers, so that some are equal; now and then NaN. */
function ranked(random: Random, dims: readonly number[]): Tensor {
  const number = () => (random.chance(0.05) ? Number.NaN : random.int(-3, 3));
  return float32(dims, random.list(elementCount(dims), number));
}

/** By the version: as many as there are differences that matter. */
export const expandedNodes: Readonly<Record<string, Generator>> = {
  AffineGrid: (random) => {
    const rank = random.int(2, 3);
    const batch = random.int(1, 3);
    const size = [batch, 1, ...random.list(rank, () => random.int(1, 5))];
    return {
      inputs: [random.floats([batch, rank, rank + 1]), list64(size)],
      attributes: { align_corners: random.maybe(random.int(0, 1)) },
      constants: [1],
    };
  },
  CastLike: (random) => ({
    inputs: [
      random.wholes(random.pick(wholeTypes), random.dims()),
      random.integers(random.pick([...wholeTypes, 'float32', 'bool']), [], 0, 1),
    ],
  }),
  CenterCropPad: (random) => {
    const dims = sizes(random, 1, 4);
    const axes = random.maybe(random.axes(dims.length, 1));
    const target = random.list(axes?.length ?? dims.length, () => random.int(1, 8));
    const x = random.chance(0.3) ? random.integers('int64', dims, -9, 9) : random.floats(dims);
    return { inputs: [x, list64(target)], attributes: { axes: axes && ints(axes) }, constants: [1] };
  },
  DeformConv: (random) => {
    const rank = random.pick([1, 2, 2]);
    const [group, offsetGroups] = [random.int(1, 2), random.int(1, 2)];
    const [batch, channels, outputs] = [random.int(1, 2), 2 * random.int(1, 2), 2 * random.int(1, 2)];
    const axes = random.list(rank, () => {
      const [kernel, stride, dilation] = [random.int(1, 3), random.int(1, 2), random.int(1, 2)];
      const [begin, end] = [random.int(0, 2), random.int(0, 2)];
      const size = Math.max(random.int(1, 6), (kernel - 1) * dilation + 1 - begin - end);
      const output = Math.floor((size + begin + end - (kernel - 1) * dilation - 1) / stride) + 1;
      return { kernel, stride, dilation, begin, end, size, output };
    });
    const list = (of: (axis: (typeof axes)[number]) => number) => axes.map(of);
    const kernel = list((axis) => axis.kernel);
    const planes = elementCount(kernel) * offsetGroups;
    const output = list((axis) => axis.output);
    return {
      inputs: [
        random.floats([batch, channels, ...list((axis) => axis.size)]),
        random.floats([outputs, channels / group, ...kernel]),
        random.floats([batch, planes * rank, ...output], -2, 2),
        random.maybe(random.floats([outputs])),
        random.maybe(random.floats([batch, planes, ...output])),
      ],
      attributes: {
        group,
        offset_group: offsetGroups,
        kernel_shape: random.maybe(ints(kernel)),
        strides: ints(list((axis) => axis.stride)),
        dilations: ints(list((axis) => axis.dilation)),
        pads: ints([...list((axis) => axis.begin), ...list((axis) => axis.end)]),
      },
      constants: random.chance(0.8) ? [1] : [],
    };
  },
  GlobalLpPool: (random, version) => ({
    inputs: [random.floats(sizes(random, 2, 5))],
    attributes: { p: version < 2 ? undefined : random.maybe(random.int(1, 3)) },
  }),
  Hardmax: (random) => {
    const x = ranked(random, sizes(random, 1, 4));
    return { inputs: [x], attributes: { axis: random.axis(x.dims.length) } };
  },
  LpNormalization: (random) => {
    const x = random.integers('float32', sizes(random, 1, 4), -1, 1);
    return {
      inputs: [x],
      attributes: { axis: random.maybe(random.axis(x.dims.length)), p: random.maybe(random.int(1, 2)) },
    };
  },
  LpPool: (random, version) => {
    const rank = random.int(1, 3);
    const dims = [random.int(1, 2), random.pick([1, 3, 8, 9]), ...random.list(rank, () => random.int(4, 6))];
    return {
      inputs: [random.floats(dims)],
      attributes: {
        kernel_shape: ints(random.list(rank, () => random.int(1, 3))),
        strides: random.maybe(ints(random.list(rank, () => random.int(1, 3)))),
        pads: random.maybe(ints(random.list(2 * rank, () => random.int(0, 1)))),
        dilations: random.maybe(ints(random.list(rank, () => random.int(1, 2)))),
        ceil_mode: random.maybe(random.int(0, 1)),
        p: version < 2 ? undefined : random.maybe(random.int(1, 3)),
      },
    };
  },
  MeanVarianceNormalization: (random) => {
    const x = random.floats(sizes(random, 4, 4));
    return { inputs: [x], attributes: { axes: random.maybe(ints(random.axes(4, 1))) } };
  },
  NegativeLogLikelihoodLoss: loss,
  ReverseSequence: (random) => {
    const [time, batch] = [random.int(1, 5), random.int(1, 4)];
    const first = random.int(0, 1);
    const dims = [...(first === 0 ? [time, batch] : [batch, time]), ...random.dims(0, 2)];
    const x = random.chance(0.3) ? random.integers('uint8', dims, 0, 9) : random.floats(dims);
    const lengths = random.list(batch, () => random.int(0, time));
    return { inputs: [x, list64(lengths)], attributes: { time_axis: first, batch_axis: 1 - first } };
  },
  SoftmaxCrossEntropyLoss: (random, version, schema) => ({
    ...loss(random, version, schema),
    outputs: random.int(1, 2),
  }),
};
