/** Random elementwise nodes, and reductions over axes. */
import { elementTypeFacts, isFloat } from '../../../src/ir/element-type.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, float32, type Tensor } from '../../../src/ir/tensor.js';
import {
  float,
  floats,
  type Generator,
  type IntegerType,
  ints,
  list64,
  type Random,
  type RandomNode,
  wholeTypes,
} from './random.js';

function unary(
  low: number,
  high: number,
  attributes: (random: Random) => NonNullable<RandomNode['attributes']> = () => ({}),
) {
  return (random: Random): RandomNode => ({
    inputs: [random.floats(random.dims(), low, high)],
    attributes: attributes(random),
  });
}

const maybeFloat = (random: Random, low: number, high: number) =>
  random.maybe(float(low + (high - low) * random.next()));

/** Two inputs under the broadcasting of the version: before version 7 only where an attribute says so, from an axis on. */
function pair(
  random: Random,
  version: number,
  make: (dims: readonly number[], place: number) => Tensor,
): Pick<RandomNode, 'inputs' | 'attributes'> {
  const dims = random.dims();
  if (version >= 7) {
    const inputs = random.shuffled([dims, random.broadcast(dims)]);
    return { inputs: inputs.map(make) };
  }
  if (random.chance(0.4)) return { inputs: [dims, dims].map(make), attributes: { broadcast: random.maybe(0) } };
  const start = random.int(0, dims.length);
  const end = random.chance(0.5) ? dims.length : random.int(start, dims.length);
  const axis = end < dims.length || random.chance(0.5) ? start : undefined;
  const inner = dims.slice(start, end);
  return { inputs: [dims, inner].map(make), attributes: { broadcast: 1, axis: inner.length === 0 ? undefined : axis } };
}

const arithmetic: Generator = (random, version) => pair(random, version, (dims) => random.floats(dims));

const comparison: Generator = (random, version) =>
  pair(random, version, (dims) => random.integers('float32', dims, -2, 2));

function variadic(random: Random, version: number): RandomNode {
  const dims = random.dims();
  const count = random.int(1, 4);
  return {
    inputs: random.list(count, (i) => random.floats(i === 0 || version < 8 ? dims : random.broadcast(dims))),
  };
}

const reduction: Generator = (random, version, { inputs }) => {
  const dims = random.dims();
  if (dims.length > 0 && random.chance(0.05)) dims[random.int(0, dims.length - 1)] = 0;
  const x = random.floats(dims, 0.1, 2);
  const axes = random.maybe(random.axes(x.dims.length), 0.8);
  const isInput = inputs.some((formal) => formal.name === 'axes' && formal.existsIn(version));
  const keepdims = random.maybe(random.int(0, 1));
  return {
    inputs: isInput ? [x, axes && list64(axes)] : [x],
    attributes: {
      keepdims,
      ...(isInput
        ? { noop_with_empty_axes: random.maybe(random.int(0, 1)) }
        : { axes: axes === undefined || axes.length === 0 ? undefined : ints(axes) }),
    },
    constants: random.chance(0.8) ? [1] : [],
    tolerance: 1e-4,
  };
};

const argExtremum: Generator = (random) => {
  const x = random.integers(random.pick(['float32', 'float32', 'uint8', 'int8']), random.dims(1, 5), 0, 6);
  return {
    inputs: [x],
    attributes: {
      axis: random.maybe(random.axis(x.dims.length)),
      keepdims: random.maybe(random.int(0, 1)),
      select_last_index: random.maybe(random.int(0, 1)),
    },
  };
};

const softmax: Generator = (random) => {
  const x = random.floats(random.dims(1, 5), -4, 4);
  return { inputs: [x], attributes: { axis: random.maybe(random.axis(x.dims.length)) }, tolerance: 1e-4 };
};

/** Types that quantizing has taken since a version. */
const quantizedTypes = [
  ...(['uint8', 'int8'] as const).map((type) => [10, type] as const),
  ...(['float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz'] as const).map((type) => [19, type] as const),
  ...(['uint16', 'int16', 'uint4', 'int4'] as const).map((type) => [21, type] as const),
] as const;

function quantizedType(random: Random, version: number): (typeof quantizedTypes)[number][1] {
  return random.pick(quantizedTypes.flatMap(([since, type]) => (version >= since ? [type] : [])));
}

/** Scale and zero point: of the tensor, or of the indices along an axis. */
function granularity(
  random: Random,
  version: number,
  dims: readonly number[],
  type: (typeof quantizedTypes)[number][1],
) {
  const axis = random.axis(Math.max(1, dims.length));
  const isAlongAxis = version >= 13 && dims.length > 0 && random.chance(0.4);
  const place = dims.length === 1 ? 0 : axis;
  const shape = isAlongAxis ? [dims.at(place)!] : random.pick([[], [1]]);
  const { kind } = elementTypeFacts(type);
  const zeroPoint = random.maybe(
    random.integers(type, shape, kind === 'signed' ? -3 : 0, kind === 'float' ? 0 : 5),
    0.7,
  );
  return { scale: random.floats(shape, 0.05, 0.4), zeroPoint, axis: random.maybe(axis, isAlongAxis ? 1 : 0.3) };
}

const quantizeLinear: Generator = (random, version) => {
  const x = random.floats(random.dims(), -20, 20);
  const type = quantizedType(random, version);
  const { scale, zeroPoint, axis } = granularity(random, version, x.dims, type);
  return {
    inputs: [x, scale, zeroPoint],
    attributes: {
      ...(version >= 13 && x.dims.length > 1 ? { axis } : {}),
      saturate: random.maybe(random.int(0, 1)),
    },
    constants: random.chance(0.7) ? [1, 2] : [],
  };
};

const dequantizeLinear: Generator = (random, version) => {
  const type = quantizedType(random, version);
  const dims = random.dims();
  const most = type.endsWith('int4') ? 7 : 100;
  const x = random.integers(type, dims, type.startsWith('u') ? 0 : -most, most);
  const { scale, zeroPoint, axis } = granularity(random, version, dims, type);
  return {
    inputs: [x, scale, zeroPoint],
    attributes: version >= 13 && dims.length > 1 ? { axis } : {},
    constants: random.chance(0.7) ? [1, 2] : [],
  };
};

const dynamicQuantizeLinear: Generator = (random) => ({
  inputs: [random.floats(random.dims(), random.pick([-3, 0, 1]), 4)],
  outputs: 3,
  mayRoundOtherwise: true,
});

const clip: Generator = (random, version) => {
  const x = random.floats(random.dims());
  const [low, high] = [random.maybe(-1 + random.next()), random.maybe(random.next())];
  if (version >= 11) {
    const bounds = [low, high].map((bound) => (bound === undefined ? undefined : float32([], [bound])));
    return { inputs: [x, ...bounds], constants: random.chance(0.7) ? [1, 2] : [] };
  }
  return { inputs: [x], attributes: { min: low && float(low), max: high && float(high) } };
};

const prelu: Generator = (random, version) => {
  const dims = random.dims(1, 5);
  if (version >= 7) return { inputs: [random.floats(dims), random.floats(random.broadcast(dims))] };
  const slope = random.pick([[1], dims, ...(dims.length >= 2 ? [[dims[1]!]] : [])]);
  return { inputs: [random.floats(dims), random.floats(slope)] };
};

/** Types that Cast has taken since a version. */
const narrowTypes = [
  ...(['float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz'] as const).map((type) => [19, type] as const),
  ...(['int4', 'uint4'] as const).map((type) => [21, type] as const),
  [23, 'float4e2m1'],
  [24, 'float8e8m0'],
  ...(['int2', 'uint2'] as const).map((type) => [25, type] as const),
] as const;

export const elementwiseNodes: Readonly<Record<string, Generator>> = {
  Identity: unary(-2, 2),
  Cast: (random, version) => {
    const dims = random.dims();
    const narrow = narrowTypes.flatMap(([since, type]) => (version >= since ? [type] : []));
    const from = random.pick(['float32', 'bool', ...wholeTypes, ...narrow] as const);
    const to = random.pick(['float32', 'bool', 'float16', ...wholeTypes, ...narrow] as const);
    const x =
      from === 'float32'
        ? random.floats(
            dims,
            ...random.pick([
              [-5, 5],
              [-1e12, 1e12],
              [-1e30, 1e30],
            ] as const),
          )
        : from === 'float8e8m0'
          ? tensorFromNumbers(
              from,
              dims,
              random.list(elementCount(dims), () => 2 ** random.int(-9, 9)),
            )
          : isFloat(from)
            ? tensorFromNumbers(from, dims, random.floats(dims, -8, 8).data as Float32Array)
            : from === 'bool' || elementTypeFacts(from).bits < 8
              ? random.integers(from, dims, from.startsWith('int') ? -2 : 0, from === 'uint4' ? 15 : 1)
              : random.wholes(from as IntegerType, dims);
    return {
      inputs: [x],
      attributes: {
        to: elementTypeFacts(to).code,
        saturate: random.maybe(random.int(0, 1)),
        round_mode: random.maybe(random.pick(['up', 'down', 'nearest'])),
      },
    };
  },
  Dropout: (random, version) => ({
    inputs:
      version < 12
        ? [random.floats(random.dims())]
        : [random.floats(random.dims()), random.maybe(float32([], [0.25])), undefined],
    attributes: {
      is_test: 1,
      ratio: random.maybe(float(0.25)),
      seed: random.maybe(3),
    },
    outputs: random.int(1, 2),
  }),
  Relu: unary(-2, 2),
  Sigmoid: unary(-8, 8),
  Tanh: unary(-4, 4),
  Exp: unary(-4, 4),
  Log: unary(0.1, 8),
  Sqrt: unary(0, 8),
  Abs: unary(-2, 2),
  Neg: unary(-2, 2),
  Floor: unary(-5, 5),
  Ceil: unary(-5, 5),
  Round: (random) => ({ inputs: [random.integers('float32', random.dims(), -9, 9)] }),
  Reciprocal: unary(0.2, 3),
  Erf: unary(-3, 3),
  Sin: unary(-30, 30),
  Cos: unary(-30, 30),
  Tan: unary(-1.4, 1.4),
  Sinh: unary(-5, 5),
  Cosh: unary(-5, 5),
  Asin: unary(-1, 1),
  Acos: unary(-1, 1),
  Atan: unary(-30, 30),
  Asinh: unary(-30, 30),
  Acosh: unary(1, 30),
  Atanh: unary(-0.99, 0.99),
  Softplus: unary(-8, 8),
  Add: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: (random, version) =>
    pair(random, version, (dims, place) => (place === 1 ? random.floats(dims, 0.3, 2) : random.floats(dims, 0.3, 2))),
  Sum: variadic,
  Min: variadic,
  Max: variadic,
  Mean: variadic,
  Affine: unary(-2, 2, (random) => ({ alpha: maybeFloat(random, -2, 2), beta: maybeFloat(random, -2, 2) })),
  ScaledTanh: unary(-2, 2, (random) => ({ alpha: float(2 * random.next()), beta: float(3 * random.next()) })),
  LeakyRelu: unary(-2, 2, (random) => ({ alpha: maybeFloat(random, 0, 1) })),
  PRelu: prelu,
  ThresholdedRelu: unary(-2, 3, (random) => ({ alpha: maybeFloat(random, 0, 2) })),
  Elu: unary(-2, 2, (random) => ({ alpha: maybeFloat(random, 0, 2) })),
  Selu: unary(-2, 2, (random) => ({ alpha: maybeFloat(random, 0, 2), gamma: maybeFloat(random, 0, 2) })),
  Shrink: unary(-2, 2, (random) => ({ bias: maybeFloat(random, -1, 1), lambd: maybeFloat(random, -0.5, 1) })),
  SwiGLU: (random) => {
    const dims = random.dims();
    return { inputs: [random.floats(dims), random.floats(dims)], attributes: { alpha: maybeFloat(random, 0, 2) } };
  },
  Celu: unary(-2, 2, (random) => ({ alpha: maybeFloat(random, 0.1, 2) })),
  HardSigmoid: unary(-4, 4, (random) => ({ alpha: maybeFloat(random, 0, 1), beta: maybeFloat(random, 0, 1) })),
  HardSwish: unary(-4, 4),
  Softsign: unary(-4, 4),
  Mish: unary(-4, 4),
  Swish: unary(-4, 4, (random) => ({ alpha: maybeFloat(random, 0, 2) })),
  Gelu: unary(-4, 4, (random) => ({ approximate: random.maybe(random.pick(['none', 'tanh'])) })),
  Clip: clip,
  Pow: (random, version) => {
    if (version >= 12 && random.chance(0.3)) {
      const dims = random.dims();
      const whole = random.integers(random.pick(wholeTypes), random.broadcast(dims), 0, 4);
      return { inputs: [random.floats(dims), whole], tolerance: 1e-4 };
    }
    const exponent = random.pick([0, 0.5, 1, 2, 3, -1, -0.5, 1.7, 5]);
    const node = pair(random, version, (dims, place) =>
      place === 1 && random.chance(0.6) ? random.floats(dims, exponent, exponent) : random.floats(dims, 0.2, 2),
    );
    return { ...node, tolerance: 1e-4 };
  },
  Less: comparison,
  Greater: comparison,
  Equal: comparison,
  GreaterOrEqual: comparison,
  LessOrEqual: comparison,
  Where: (random) => {
    const dims = random.dims();
    return {
      inputs: [
        random.integers('bool', random.broadcast(dims), 0, 1),
        random.floats(random.broadcast(dims)),
        random.floats(dims),
      ],
    };
  },
  Not: (random) => ({ inputs: [random.integers('bool', random.dims(), 0, 1)] }),
  ImageScaler: (random) => {
    const x = random.floats(random.dims(2, 5));
    const bias = random.maybe(floats(random.list(x.dims[1]!, () => random.next())));
    return { inputs: [x], attributes: { bias, scale: maybeFloat(random, -2, 2) } };
  },
  ReduceL1: reduction,
  ReduceL2: reduction,
  ReduceLogSum: reduction,
  ReduceLogSumExp: reduction,
  ReduceProd: reduction,
  ArgMax: argExtremum,
  ArgMin: argExtremum,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceSum: reduction,
  ReduceSumSquare: reduction,
  Softmax: softmax,
  LogSoftmax: softmax,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
};
