/** Random nodes of windows and matrices: convolutions, pools, resampling, products, normalizations, recurrent layers. */
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { float, floats, type Generator, ints, list64, type Random } from './random.js';

const autoPads = ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] as const;

/** An image, and windows that fit into it. */
function windows(random: Random, channels: number) {
  const rank = random.pick([1, 2, 2, 2, 3]);
  const kernel = random.list(rank, () => random.pick([1, 2, 3, 3, 4]));
  const strides = random.list(rank, () => random.pick([1, 1, 2, 3]));
  const dilations = random.list(rank, () => random.pick([1, 1, 2]));
  const autoPad = random.pick(autoPads);
  const pads = random.list(2 * rank, (i) => random.int(0, Math.min(2, kernel[i % rank]! - 1)));
  const dims = [
    random.pick([1, 1, 2]),
    channels,
    ...kernel.map((size, i) => (size - 1) * dilations[i]! + 1 + random.int(0, rank === 3 ? 3 : 7)),
  ];
  const isPlain = (list: readonly number[]) => list.every((value) => value === 1);
  return {
    dims,
    kernel,
    strides,
    attributes: {
      strides: isPlain(strides) ? random.maybe(ints(strides)) : ints(strides),
      dilations: isPlain(dilations) ? random.maybe(ints(dilations)) : ints(dilations),
      auto_pad: autoPad === 'NOTSET' ? random.maybe(autoPad) : autoPad,
      pads: autoPad === 'NOTSET' ? random.maybe(ints(pads), 0.7) : undefined,
    },
  };
}

/** Channels of the input and of the output, by groups. */
function channelsOf(random: Random) {
  const group = random.pick([1, 1, 1, 2, 3]);
  const isDepthwise = random.chance(0.15);
  const count = random.pick([3, 8, 9]);
  return isDepthwise
    ? { group: count, input: count, output: count }
    : { group, input: group * random.pick([1, 2, 3, 8]), output: group * random.pick([1, 2, 4, 8, 17]) };
}

const groupOf = (random: Random, group: number) => (group === 1 ? random.maybe(1) : group);

const conv: Generator = (random) => {
  const { group, input, output } = channelsOf(random);
  const { dims, kernel, attributes } = windows(random, input);
  const w = random.floats([output, input / group, ...kernel]);
  return {
    inputs: [random.floats(dims), w, random.maybe(random.floats([output]))],
    attributes: { ...attributes, kernel_shape: random.maybe(ints(kernel)), group: groupOf(random, group) },
    constants: random.chance(0.6) ? [1, 2] : [],
    tolerance: 1e-3,
  };
};

const causalConv: Generator = (random) => {
  const [batch, channels, length] = [random.size(), random.size(1), random.size()];
  const taps = random.pick([1, 2, 3, 4, 9, 12]);
  return {
    inputs: [
      random.floats([batch, channels, length]),
      random.floats([channels, 1, taps]),
      random.maybe(random.floats([channels])),
      random.maybe(random.floats([batch, channels, taps - 1])),
    ],
    attributes: { activation: random.maybe(random.pick(['none', 'silu', 'swish'])) },
    outputs: 2,
    tolerance: 1e-4,
  };
};

const convTranspose: Generator = (random) => {
  const { group, input, output } = channelsOf(random);
  const { dims, kernel, strides, attributes } = windows(random, input);
  const small = dims.map((size, i) => (i < 2 ? size : Math.min(size, 6)));
  const w = random.floats([input, output / group, ...kernel]);
  const outputPadding = random.maybe(ints(strides.map((stride) => random.int(0, stride - 1))), 0.3);
  return {
    inputs: [random.floats(small), w, random.maybe(random.floats([output]))],
    attributes: {
      ...attributes,
      kernel_shape: random.maybe(ints(kernel)),
      group: groupOf(random, group),
      output_padding: outputPadding,
    },
    constants: random.chance(0.6) ? [1, 2] : [],
    tolerance: 1e-3,
  };
};

function pool(more: Generator): Generator {
  return (random, version, schema) => {
    const { dims, kernel, attributes } = windows(random, random.size(1));
    const node = more(random, version, schema);
    return {
      inputs: [random.floats(dims)],
      attributes: {
        ...attributes,
        kernel_shape: ints(kernel),
        ceil_mode: random.maybe(random.int(0, 1)),
        ...node.attributes,
      },
      outputs: node.outputs ?? 1,
    };
  };
}

const maxPool = pool((random, version) => ({
  inputs: [],
  attributes: { storage_order: random.maybe(random.int(0, 1)) },
  outputs: version >= 8 && random.chance(0.2) ? 2 : 1,
}));

const averagePool = pool((random) => ({
  inputs: [],
  attributes: { count_include_pad: random.maybe(random.int(0, 1)) },
}));

const maxUnpool: Generator = (random) => {
  const kernel = random.list(random.int(1, 2), () => random.int(2, 3));
  const pooled = kernel.map(() => random.int(1, 3));
  const dims = [1, random.int(1, 3), ...pooled];
  const natural = [dims[0]!, dims[1]!, ...pooled.map((size, i) => size * kernel[i]!)];
  const strides = natural.map((_, axis) => natural.slice(axis + 1).reduce((product, size) => product * size, 1));
  const x = random.floats(dims);
  const indices = Array.from({ length: x.size }, (_, i) => {
    let rest = i;
    let index = 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const place = rest % dims[axis]!;
      rest = Math.floor(rest / dims[axis]!);
      index += (axis < 2 ? place : place * kernel[axis - 2]! + random.int(0, kernel[axis - 2]! - 1)) * strides[axis]!;
    }
    return index;
  });
  return {
    inputs: [x, int64(dims, indices)],
    attributes: { kernel_shape: ints(kernel), strides: ints(kernel) },
  };
};

const globalPool: Generator = (random) => ({
  inputs: [random.floats(random.dims(3, 5).map((size) => Math.max(1, size)))],
});

function scalesFor(random: Random, dims: readonly number[]): number[] {
  return dims.map((_, axis) => (axis < 2 && random.chance(0.95) ? 1 : random.pick([1, 2, 3, 1.5, 0.5, 2.3])));
}

const resize: Generator = (random, version) => {
  const rank = random.pick([3, 4, 4, 4, 5]);
  const dims = [1, random.pick([1, 3, 8]), ...random.list(rank - 2, () => random.int(2, 6))];
  const x = random.floats(dims);
  const scales = scalesFor(random, dims);
  const isSizes = version >= 11 && random.chance(0.4);
  const sizes = dims.map((size, axis) => (axis < 2 ? size : random.int(1, 9)));
  const mode = random.pick(['nearest', 'linear', ...(version >= 11 ? ['cubic'] : [])]);
  const axes = version >= 18 && random.chance(0.3) ? random.list(rank - 2, (i) => i + 2) : undefined;
  const ofAxes = (list: readonly number[]) => (axes === undefined ? list : axes.map((axis) => list[axis]!));
  const scaled = float32([ofAxes(scales).length], [...ofAxes(scales)]);
  const modes = ['half_pixel', 'asymmetric', 'pytorch_half_pixel', 'align_corners'];
  return {
    inputs:
      version < 11
        ? [x, scaled]
        : isSizes
          ? [x, undefined, undefined, list64(ofAxes(sizes))]
          : [x, random.chance(0.3) && version < 13 ? float32([0], []) : undefined, scaled],
    attributes: {
      mode: mode === 'nearest' ? random.maybe(mode) : mode,
      ...(version >= 11
        ? {
            coordinate_transformation_mode: random.maybe(random.pick(modes)),
            nearest_mode: random.maybe(random.pick(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'])),
            cubic_coeff_a: random.maybe(float(-0.5)),
            exclude_outside: mode === 'cubic' ? random.maybe(1) : undefined,
          }
        : {}),
      ...(version >= 18
        ? { axes: axes && ints(axes), antialias: mode === 'nearest' ? undefined : random.maybe(1, 0.2) }
        : {}),
    },
    constants: [1, 2, 3],
    tolerance: 1e-3,
  };
};

const upsample: Generator = (random, version) => {
  const rank = version < 7 ? 4 : random.pick([3, 4, 5]);
  const dims = [1, random.pick([1, 3, 8]), ...random.list(rank - 2, () => random.int(2, 5))];
  const scales = dims.map((_, axis) => (axis < 2 ? 1 : random.pick([1, 2, 3, 1.5])));
  const mode = random.maybe(random.pick(['nearest', version < 7 ? 'bilinear' : 'linear']));
  const x = random.floats(dims);
  if (version < 7) {
    const [height, width] = [float(scales[2]!), float(scales[3]!)];
    return { inputs: [x], attributes: { mode, height_scale: height, width_scale: width } };
  }
  if (version < 9) return { inputs: [x], attributes: { mode, scales: floats(scales) }, tolerance: 1e-3 };
  return { inputs: [x, float32([scales.length], scales)], attributes: { mode }, constants: [1], tolerance: 1e-3 };
};

const gemm: Generator = (random, version) => {
  const [rows, inner, columns] = [random.int(1, 9), random.size(1), random.size(1)];
  const [transA, transB] = [random.chance(0.4), random.chance(0.4)];
  const broadcast = version < 7 ? random.int(0, 1) : undefined;
  const shapes = [[rows, columns], [columns], [1, columns], [rows, 1], [1]];
  const c =
    version >= 11 && random.chance(0.3) ? undefined : random.floats(broadcast === 0 ? shapes[0]! : random.pick(shapes));
  return {
    inputs: [
      random.floats(transA ? [inner, rows] : [rows, inner]),
      random.floats(transB ? [columns, inner] : [inner, columns]),
      c,
    ],
    attributes: {
      alpha: random.maybe(float(random.next())),
      beta: random.maybe(float(random.next())),
      transA: transA ? 1 : random.maybe(0),
      transB: transB ? 1 : random.maybe(0),
      broadcast,
    },
    constants: random.pick([[], [1], [1, 2]]),
    tolerance: 1e-4,
  };
};

/** Shapes of two factors: stacks of matrices that broadcast, or vectors. */
function factorShapes(random: Random) {
  const [rows, inner, columns] = [random.int(1, 9), random.size(1), random.size(1)];
  const batches = random.list(random.pick([0, 0, 1, 2]), () => random.int(1, 3));
  const of = () => random.broadcast(batches);
  const a = random.chance(0.1) ? [inner] : [...of(), rows, inner];
  const b = random.chance(0.1) ? [inner] : random.chance(0.4) ? [inner, columns] : [...of(), inner, columns];
  return { a, b };
}

const matMul: Generator = (random) => {
  const { a, b } = factorShapes(random);
  return { inputs: [random.floats(a), random.floats(b)], tolerance: 1e-4 };
};

const batchNormalization: Generator = (random, version) => {
  const isSpatial = version >= 9 || random.chance(0.8);
  const x = random.floats(random.dims(2, 5).map((size) => Math.max(1, size)));
  const shape = isSpatial ? [x.dims[1]!] : version < 7 ? [x.size / x.dims[0]!] : x.dims.slice(1);
  const [scale, bias, mean] = random.list(3, () => random.floats(shape));
  return {
    inputs: [x, scale!, bias!, mean!, random.floats(shape, 0.5, 2)],
    attributes: {
      epsilon: random.maybe(float(1e-3)),
      momentum: random.maybe(float(0.5)),
      spatial: version >= 9 ? undefined : isSpatial ? random.maybe(1) : 0,
      is_test: 1,
      training_mode: random.maybe(0),
    },
    constants: random.chance(0.9) ? [1, 2, 3, 4] : [],
    tolerance: 1e-4,
  };
};

const instanceNormalization: Generator = (random) => {
  const x = random.floats(random.dims(3, 5).map((size) => Math.max(2, size)));
  const shape = [x.dims[1]!];
  return {
    inputs: [x, random.floats(shape), random.floats(shape)],
    attributes: { epsilon: random.maybe(float(1e-3)) },
    constants: random.chance(0.9) ? [1, 2] : [],
    tolerance: 1e-3,
  };
};

const layerNormalization: Generator = (random) => {
  const x = random.floats(random.dims(1, 5).map((size) => Math.max(2, size)));
  const axis = random.maybe(random.axis(x.dims.length));
  const start = (axis ?? -1) < 0 ? x.dims.length + (axis ?? -1) : axis!;
  const shape = random.chance(0.8) ? x.dims.slice(start) : random.broadcast(x.dims.slice(start));
  return {
    inputs: [x, random.floats(shape), random.maybe(random.floats(shape))],
    attributes: { axis, epsilon: random.maybe(float(1e-3)), stash_type: random.maybe(1) },
    outputs: random.pick([1, 1, 2, 3]),
    tolerance: 1e-3,
  };
};

const functions = ['Relu', 'tanh', 'Sigmoid', 'Affine', 'LeakyRelu', 'ThresholdedRelu', 'ScaledTanh', 'HardSigmoid'];

/** @param count functions of a direction */
function recurrent(gates: number, states: number, count: number): Generator {
  return (random, version) => {
    const [steps, batch, input, hidden] = [random.int(1, 4), random.int(1, 3), random.int(1, 6), random.int(1, 9)];
    const direction = random.maybe(random.pick(['forward', 'reverse', 'bidirectional']));
    const directions = direction === 'bidirectional' ? 2 : 1;
    const layout = version >= 14 ? random.maybe(random.int(0, 1), 0.3) : undefined;
    const state = layout === 1 ? [batch, directions, hidden] : [directions, batch, hidden];
    const first = (share: number): Tensor | undefined => random.maybe(random.floats(state, -1, 1), share);
    const hasFirst = random.chance(0.5);
    const named = random.maybe(true, 0.3);
    return {
      inputs: [
        random.floats(layout === 1 ? [batch, steps, input] : [steps, batch, input], -1, 1),
        random.floats([directions, gates * hidden, input], -0.5, 0.5),
        random.floats([directions, gates * hidden, hidden], -0.5, 0.5),
        random.maybe(random.floats([directions, 2 * gates * hidden], -0.5, 0.5)),
        random.maybe(random.integers('int32', [batch], random.pick([1, steps]), steps), 0.2),
        ...(hasFirst ? random.list(states, () => first(0.9)) : []),
      ],
      attributes: {
        hidden_size: random.maybe(hidden),
        direction,
        layout,
        clip: random.maybe(float(0.8), 0.2),
        activations: named && random.list(count * directions, () => random.pick(functions)),
        activation_alpha: named && random.maybe(floats([0.5, 0.25])),
        linear_before_reset: random.maybe(random.int(0, 1)),
        input_forget: random.maybe(random.int(0, 1), 0.2),
      },
      outputs: 1 + states,
      constants: random.chance(0.6) ? [1, 2, 3, 4] : [4],
      tolerance: 1e-3,
    };
  };
}

const bytes = ['uint8', 'int8'] as const;

/** 8-bit integers; `spread` keeps sums short. */
function integers(random: Random, type: (typeof bytes)[number], dims: readonly number[]): Tensor {
  return type === 'uint8' ? random.integers(type, dims, 0, 255) : random.integers(type, dims, -128, 127);
}

function convolved(random: Random) {
  const { group, input, output } = channelsOf(random);
  const { dims, kernel, attributes } = windows(random, input);
  const [xType, wType] = [random.pick(bytes), random.pick(bytes)];
  return {
    x: integers(random, xType, dims),
    w: integers(random, wType, [output, input / group, ...kernel]),
    xZero: integers(random, xType, random.pick([[], [1]])),
    wZero: integers(random, wType, random.pick([[], [output]])),
    output,
    attributes: { ...attributes, kernel_shape: random.maybe(ints(kernel)), group: groupOf(random, group) },
  };
}

const convInteger: Generator = (random) => {
  const { x, w, xZero, wZero, attributes } = convolved(random);
  return {
    inputs: [x, w, random.maybe(xZero), random.maybe(wZero)],
    attributes,
    constants: random.pick([
      [1, 2, 3],
      [1, 3],
    ]),
  };
};

const qLinearConv: Generator = (random) => {
  const { x, w, xZero, wZero, output, attributes } = convolved(random);
  const scale = () => random.floats([], 0.02, 0.1);
  const wScale = random.floats(random.pick([[], [output]]), 0.02, 0.1);
  const zero = integers(random, random.pick(bytes), []);
  const bias = random.maybe(random.integers('int32', [output], -500, 500));
  return {
    inputs: [x, scale(), xZero, w, wScale, wZero, random.floats([], 0.5, 2), zero, bias],
    attributes,
    constants: [1, 2, 3, 4, 5, 6, 7, 8],
    mayRoundOtherwise: true,
  };
};

const matMulInteger: Generator = (random) => {
  const { a, b } = factorShapes(random);
  const [aType, bType] = [random.pick(bytes), random.pick(bytes)];
  const zero = (type: (typeof bytes)[number]) => random.maybe(integers(random, type, []));
  return {
    inputs: [integers(random, aType, a), integers(random, bType, b), zero(aType), zero(bType)],
    constants: random.pick([[1, 2, 3], [2, 3], []]),
  };
};

const qLinearMatMul: Generator = (random) => {
  const { a, b } = factorShapes(random);
  const [aType, bType] = [random.pick(bytes), random.pick(bytes)];
  const scale = (low: number, high: number) => random.floats([], low, high);
  return {
    inputs: [
      integers(random, aType, a),
      scale(0.02, 0.1),
      integers(random, aType, []),
      integers(random, bType, b),
      scale(0.02, 0.1),
      integers(random, bType, []),
      scale(0.5, 2),
      integers(random, random.pick(bytes), []),
    ],
    constants: random.pick([
      [1, 2, 3, 4, 5, 6, 7],
      [1, 2, 4, 5, 6, 7],
    ]),
    mayRoundOtherwise: true,
  };
};

export const windowNodes: Readonly<Record<string, Generator>> = {
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  CausalConvWithState: causalConv,
  Conv: conv,
  ConvInteger: convInteger,
  ConvTranspose: convTranspose,
  GRU: recurrent(3, 1, 2),
  RNN: recurrent(1, 1, 1),
  Gemm: gemm,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  InstanceNormalization: instanceNormalization,
  LSTM: recurrent(4, 2, 3),
  LayerNormalization: layerNormalization,
  MatMul: matMul,
  MatMulInteger: matMulInteger,
  MaxPool: maxPool,
  MaxUnpool: maxUnpool,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  Resize: resize,
  Upsample: upsample,
};
