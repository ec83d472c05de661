/** Random nodes of the operators that onnxruntime's quantizer and optimizer write. */
import { type ElementType, elementTypeFacts } from '../../../src/ir/element-type.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { convolutionActivations, productActivations } from '../../../src/ops/microsoft/fused-activation.js';
import { float, floats, type Generator, ints, list64, type Random } from './random.js';

type Byte = 'uint8' | 'int8';

const byte = (random: Random): Byte => random.pick(['uint8', 'int8'] as const);

/** Elements over the whole range of a type of 8 or 16 bits. */
function filled(random: Random, type: ElementType, dims: readonly number[]): Tensor {
  const { bits, kind } = elementTypeFacts(type);
  const least = kind === 'signed' ? -(2 ** (bits - 1)) : 0;
  return random.integers(type, dims, least, least + 2 ** bits - 1);
}

const scaleOf = (random: Random, dims: readonly number[] = []): Tensor => random.floats(dims, 0.01, 0.06);

/** A zero point near the middle of the type; a scalar, or one for each of `dims`. */
function zeroOf(random: Random, type: Byte, dims: readonly number[] = []): Tensor {
  const middle = type === 'uint8' ? 128 : 0;
  return random.integers(type, dims, middle - 20, middle + 20);
}

/** A scale and a zero point. */
const parameters = (random: Random, type: Byte): [scale: Tensor, zeroPoint: Tensor] => [
  scaleOf(random),
  zeroOf(random, type),
];

/** Sizes of at least 1: quantized operators have no meaning of their own for empty tensors. */
const sizes = (random: Random, least: number, most: number): number[] =>
  random.dims(least, most).map((size) => Math.max(1, size));

const binary: Generator = (random) => {
  const type = byte(random);
  const dims = sizes(random, 0, 4);
  const [a, b] = random.shuffled([dims, random.broadcast(dims)]) as [number[], number[]];
  const operand = (of: readonly number[]) => [
    filled(random, type, of),
    scaleOf(random),
    random.maybe(zeroOf(random, type), 0.8),
  ];
  return {
    inputs: [...operand(a), ...operand(b), ...parameters(random, type)],
    mayRoundOtherwise: true,
  };
};

const activation: Generator = (random) => {
  const type = byte(random);
  return {
    inputs: [
      filled(random, type, sizes(random, 0, 4)),
      scaleOf(random),
      random.maybe(zeroOf(random, type), 0.8),
      ...parameters(random, type),
    ],
    attributes: { alpha: random.maybe(float(random.next())) },
    mayRoundOtherwise: true,
  };
};

interface Window {
  readonly dims: readonly number[];
  readonly attributes: Readonly<Record<string, ReturnType<typeof ints> | number | string | undefined>>;
}

/** A picture of one to three axes, and windows that fit it. */
function windowOver(random: Random, hasDilations: boolean, isLast: boolean): Window {
  const rank = random.int(1, 3);
  const kernel = random.list(rank, () => random.int(1, 3));
  const spatial = kernel.map((size) => 2 * size + random.int(0, 3));
  const [batch, channels] = [random.int(1, 2), random.pick([1, 2, 3, 9])];
  const before = kernel.map((size) => random.int(0, size - 1));
  return {
    dims: isLast ? [batch, ...spatial, channels] : [batch, channels, ...spatial],
    attributes: {
      kernel_shape: ints(kernel),
      strides: random.maybe(ints(kernel.map(() => random.int(1, 2)))),
      ...(random.chance(0.3)
        ? { auto_pad: random.pick(['SAME_UPPER', 'SAME_LOWER', 'VALID']) }
        : { pads: random.maybe(ints([...before, ...random.shuffled(before).map((_, i) => before[i]!)])) }),
      dilations: hasDilations ? random.maybe(ints(kernel.map(() => random.int(1, 2)))) : undefined,
    },
  };
}

/** The dims of two factors, each transposed as flagged. */
function factors(random: Random, transA: boolean, transB: boolean, batch: readonly number[] = []) {
  const [rows, inner, columns] = [random.int(1, 6), random.int(1, 9), random.int(1, 9)];
  return {
    rows,
    columns,
    a: [...batch, ...(transA ? [inner, rows] : [rows, inner])],
    b: transB ? [columns, inner] : [inner, columns],
  };
}

const product: Generator = (random) => {
  const [transA, transB] = [random.chance(0.4), random.chance(0.4)];
  const batch = sizes(random, 0, 2).map((size) => Math.min(size, 3));
  const { a, b } = factors(random, transA, transB, batch);
  return {
    inputs: [random.floats(a), random.floats(random.chance(0.5) ? b : [...batch, ...b])],
    attributes: { alpha: random.maybe(float(2 * random.next())), transA: Number(transA), transB: Number(transB) },
  };
};

const bytesTimesBytes = (random: Random) => {
  const { a, b, columns } = factors(random, false, false, sizes(random, 0, 1));
  const type = byte(random);
  return {
    a,
    weights: filled(random, type, b),
    scale: scaleOf(random, random.chance(0.5) ? [] : [columns]),
    zero: random.maybe(zeroOf(random, type)),
    bias: random.maybe(random.floats([columns])),
  };
};

const gelu =
  (hasBias: 'always' | 'sometimes' | 'never'): Generator =>
  (random) => {
    const dims = sizes(random, 1, 4);
    const bias = hasBias === 'always' || (hasBias === 'sometimes' && random.chance(0.5));
    return {
      inputs: [random.floats(dims, -4, 4), ...(bias ? [random.floats(dims.slice(-1))] : [])],
      attributes: { alpha: random.maybe(float(1 + random.next())) },
    };
  };

/** What normalizes the sum of a tensor and a skip; `hasBeta` says whether there is a beta before the bias. */
const skipNormalization =
  (hasBeta: boolean): Generator =>
  (random) => {
    const rank = random.pick([2, 3, 3]);
    const dims = random.list(rank, () => random.int(1, 6)).with(-1, random.int(2, 20));
    const last = dims.slice(-1);
    return {
      inputs: [
        random.floats(dims),
        random.floats(dims),
        random.floats(last),
        ...(hasBeta ? [random.maybe(random.floats(last))] : []),
        random.maybe(random.floats(last)),
      ],
      attributes: { epsilon: float(1e-5) },
      tolerance: 1e-4,
    };
  };

const parameterCounts: Readonly<Record<string, number>> = { LeakyRelu: 1, Clip: 2, HardSigmoid: 2 };

export const microsoftNodes: Readonly<Record<string, Generator>> = {
  BiasGelu: gelu('always'),
  ConvTransposeWithDynamicPads: (random) => {
    const kernel = random.list(2, () => random.int(1, 3));
    const [channels, outputs, group] = [random.int(1, 3), random.int(1, 3), random.int(1, 2)];
    return {
      inputs: [
        random.floats([random.int(1, 2), channels * group, 3, 4]),
        random.floats([channels * group, outputs, ...kernel]),
        list64(random.list(4, (i) => random.int(0, Math.min(1, kernel[i % 2]! - 1)))),
        random.maybe(random.floats([outputs * group])),
      ],
      attributes: { group, strides: ints([random.int(1, 2), random.int(1, 2)]) },
      constants: random.chance(0.8) ? [2] : [],
    };
  },
  DequantizeLinear: (random) => {
    const type = random.pick(['uint8', 'int8', 'uint16', 'int16'] as const);
    const dims = sizes(random, 1, 4);
    const axis = random.int(0, dims.length - 1);
    const shape = random.chance(0.5) ? [] : [dims[axis]!];
    return {
      inputs: [filled(random, type, dims), scaleOf(random, shape), random.maybe(random.integers(type, shape, 0, 9))],
      attributes: { axis },
    };
  },
  DynamicQuantizeMatMul: (random) => {
    const { a, weights, scale, zero, bias } = bytesTimesBytes(random);
    return { inputs: [random.floats(a), weights, scale, zero, bias], tolerance: 0.02 };
  },
  FastGelu: gelu('sometimes'),
  FusedConv: (random) => {
    const { dims, attributes } = windowOver(random, true, false);
    const outputs = random.int(1, 5);
    const name = random.maybe(random.pick(convolutionActivations), 0.8);
    const count = parameterCounts[name ?? ''] ?? 0;
    const kernel = attributes['kernel_shape'] as { readonly value: readonly bigint[] };
    return {
      inputs: [
        random.floats(dims),
        random.floats([outputs, dims[1]!, ...kernel.value.map(Number)]),
        random.maybe(random.floats([outputs])),
      ],
      attributes: {
        ...attributes,
        activation: name,
        activation_params: count === 0 ? undefined : floats([0.2, 0.7].slice(0, count)),
      },
      tolerance: 1e-4,
    };
  },
  FusedGemm: (random) => {
    const [transA, transB] = [random.chance(0.4), random.chance(0.4)];
    const { a, b, rows, columns } = factors(random, transA, transB);
    return {
      inputs: [random.floats(a), random.floats(b), random.maybe(random.floats(random.broadcast([rows, columns])))],
      attributes: {
        activation: random.pick(productActivations),
        activation_alpha: float(0.3),
        activation_beta: float(0.4),
        activation_gamma: float(1.2),
        alpha: random.maybe(float(2 * random.next())),
        beta: random.maybe(float(2 * random.next())),
        transA: Number(transA),
        transB: Number(transB),
      },
    };
  },
  FusedMatMul: product,
  Gelu: gelu('never'),
  MatMulIntegerToFloat: (random) => {
    const { a, weights, scale, zero, bias } = bytesTimesBytes(random);
    const type = byte(random);
    const inputs = [filled(random, type, a), weights, scaleOf(random), scale];
    return { inputs: [...inputs, random.maybe(zeroOf(random, type)), zero, bias] };
  },
  NhwcMaxPool: (random) => {
    const { dims, attributes } = windowOver(random, true, true);
    return { inputs: [filled(random, byte(random), dims)], attributes: { ...attributes, ceil_mode: random.maybe(1) } };
  },
  QGemm: (random) => {
    const [transA, transB] = [random.chance(0.4), random.chance(0.4)];
    const { a, b, rows, columns } = factors(random, transA, transB);
    const [typeA, typeB] = [byte(random), byte(random)];
    const each = random.chance(0.5) ? [] : [columns];
    const [yScale, yZero] = parameters(random, typeA);
    return {
      inputs: [
        filled(random, typeA, a),
        ...parameters(random, typeA),
        filled(random, typeB, b),
        scaleOf(random, each),
        zeroOf(random, typeB, each),
        random.maybe(random.integers('int32', random.pick([[columns], [rows, columns], [1]]), -999, 999)),
        ...(random.chance(0.7) ? [yScale, yZero] : []),
      ],
      attributes: { alpha: random.maybe(float(random.next())), transA: Number(transA), transB: Number(transB) },
      mayRoundOtherwise: true,
    };
  },
  QLinearAdd: binary,
  QLinearAveragePool: (random) => {
    const isLast = random.chance(0.4);
    const { dims, attributes } = windowOver(random, false, isLast);
    const type = byte(random);
    return {
      inputs: [filled(random, type, dims), ...parameters(random, type), ...parameters(random, type)],
      attributes: {
        ...attributes,
        ceil_mode: random.maybe(1, 0.3),
        channels_last: Number(isLast),
        count_include_pad: random.maybe(1, 0.3),
      },
      mayRoundOtherwise: true,
    };
  },
  QLinearConcat: (random) => {
    const type = byte(random);
    const dims = sizes(random, 1, 4);
    const axis = random.int(0, dims.length - 1);
    const parts = random.list(random.int(1, 3), () => [
      filled(random, type, dims.with(axis, random.int(1, 4))),
      ...parameters(random, type),
    ]);
    return { inputs: [...parameters(random, type), ...parts.flat()], attributes: { axis }, mayRoundOtherwise: true };
  },
  QLinearConv: (random) => {
    const isLast = random.chance(0.5);
    const { dims, attributes } = windowOver(random, true, isLast);
    const { kernel_shape, ...others } = attributes;
    const kernel = kernel_shape as { readonly value: readonly bigint[] };
    const [type, weights] = [byte(random), byte(random)];
    const outputs = random.int(1, 5);
    const channels = isLast ? dims.at(-1)! : dims[1]!;
    const each = random.chance(0.5) ? [] : [outputs];
    return {
      inputs: [
        filled(random, type, dims),
        ...parameters(random, type),
        filled(random, weights, [outputs, channels, ...kernel.value.map(Number)]),
        scaleOf(random, each),
        tensorFromNumbers(weights, each, new Array<number>(each[0] ?? 1).fill(weights === 'uint8' ? 128 : 0)),
        float32([], [0.3]),
        zeroOf(random, type),
        random.maybe(random.integers('int32', [outputs], -2000, 2000)),
      ],
      attributes: { ...others, kernel_shape, channels_last: Number(isLast) },
      mayRoundOtherwise: true,
    };
  },
  QLinearGlobalAveragePool: (random) => {
    const isLast = random.chance(0.5);
    const { dims } = windowOver(random, false, isLast);
    const type = byte(random);
    return {
      inputs: [filled(random, type, dims), ...parameters(random, type), ...parameters(random, type)],
      attributes: { channels_last: Number(isLast) },
      mayRoundOtherwise: true,
    };
  },
  QLinearLeakyRelu: activation,
  QLinearMul: binary,
  QLinearSigmoid: activation,
  QLinearSoftmax: (random) => {
    const type = byte(random);
    const dims = sizes(random, 1, 4);
    return {
      inputs: [
        filled(random, type, dims),
        scaleOf(random),
        random.maybe(zeroOf(random, type)),
        float32([], [1 / 256]),
        tensorFromNumbers(type, [], [type === 'uint8' ? 0 : -128]),
      ],
      attributes: { axis: random.maybe(random.axis(dims.length)), opset: random.pick([11, 13]) },
      mayRoundOtherwise: true,
    };
  },
  QLinearWhere: (random) => {
    const type = byte(random);
    const dims = sizes(random, 0, 4);
    const operand = () => [filled(random, type, random.broadcast(dims)), ...parameters(random, type)];
    return {
      inputs: [random.integers('bool', dims, 0, 1), ...operand(), ...operand(), ...parameters(random, type)],
      mayRoundOtherwise: true,
    };
  },
  QuantizeLinear: (random) => {
    const type = random.pick(['uint8', 'int8', 'uint16', 'int16'] as const);
    const dims = sizes(random, 1, 4);
    const axis = random.int(0, dims.length - 1);
    const shape = random.chance(0.5) ? [] : [dims[axis]!];
    return {
      inputs: [random.floats(dims), scaleOf(random, shape), random.maybe(random.integers(type, shape, 0, 9))],
      attributes: { axis },
      mayRoundOtherwise: true,
    };
  },
  QuickGelu: gelu('never'),
  MatMulNBits: (random) => {
    const bits = random.pick([2, 4, 8]);
    const [k, n, size] = [random.int(1, 40), random.int(1, 9), random.pick([16, 32])];
    const blocks = Math.ceil(k / size);
    const packed = (dims: readonly number[]) => random.integers('uint8', dims, 0, 255);
    return {
      inputs: [
        random.floats([...random.dims(0, 2).map((count) => Math.max(1, count)), k]),
        packed([n, blocks, (size * bits) / 8]),
        random.floats(random.pick([[n, blocks], [n * blocks]]), 0.01, 0.1),
        random.maybe(packed([n * Math.ceil((blocks * bits) / 8)])),
        undefined,
        random.maybe(random.floats([n])),
      ],
      attributes: { K: k, N: n, bits, block_size: size },
      constants: [1, 2, 3],
    };
  },
  SkipLayerNormalization: skipNormalization(true),
  SkipSimplifiedLayerNormalization: skipNormalization(false),
  TransposeMatMul: product,
};
