/** Random nodes that choose, count or place elements: by order, by indices, along diagonals, at positions of a grid. */
import { elementTypeFacts } from '../../../src/ir/element-type.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { type Generator, list64, type Random, wholeTypes } from './random.js';

/** Few different numbers, so that some are equal; now and then NaN. */
function ranked(random: Random, dims: readonly number[]): Tensor {
  const number = () => (random.chance(0.05) ? Number.NaN : random.int(-4, 4));
  return float32(dims, random.list(elementCount(dims), number));
}

const cumulative: Generator = (random) => {
  const x = random.floats(random.dims(1, 4));
  return {
    inputs: [x, int64([], [random.axis(x.dims.length)])],
    attributes: { exclusive: random.maybe(random.int(0, 1)), reverse: random.maybe(random.int(0, 1)) },
    constants: random.chance(0.9) ? [1] : [],
  };
};

/** Some zeros among numbers or bits of a type. */
function marks(random: Random, dims: readonly number[]): Tensor {
  const type = random.pick(['float32', 'bool', 'int8', 'int32', 'int64'] as const);
  const share = random.pick([0, 0.3, 0.9]);
  return tensorFromNumbers(
    type,
    dims,
    random.list(elementCount(dims), () => Number(random.chance(share)) * (type === 'bool' ? 1 : random.pick([1, 2]))),
  );
}

export const selectionNodes: Readonly<Record<string, Generator>> = {
  Compress: (random) => {
    const dims = random.dims(1, 4);
    const axis = random.maybe(random.axis(dims.length));
    const size = axis === undefined ? elementCount(dims) : dims.at(axis)!;
    const length = Math.max(1, random.chance(0.7) ? size : random.int(1, size + 3));
    const x = random.chance(0.5) ? random.floats(dims) : random.wholes(random.pick(wholeTypes), dims);
    return { inputs: [x, random.integers('bool', [length], 0, 1)], attributes: { axis } };
  },
  Unique: (random) => {
    const dims = random.dims(1, 4);
    const type = random.pick([...wholeTypes, 'float32', 'bool'] as const);
    const x = random.integers(type, dims, 0, type === 'bool' ? 1 : 2);
    return {
      inputs: [x],
      attributes: { axis: random.maybe(random.axis(dims.length)), sorted: random.maybe(random.int(0, 1)) },
      outputs: random.int(1, 4),
    };
  },
  NonZero: (random) => ({ inputs: [marks(random, random.dims(0, 4))] }),
  CumProd: cumulative,
  CumSum: cumulative,
  EyeLike: (random) => {
    const dims = [random.size(), random.size()];
    const dtype = random.maybe(elementTypeFacts(random.pick([...wholeTypes, 'float32'])).code);
    return { inputs: [random.floats(dims)], attributes: { dtype, k: random.maybe(random.int(-3, 3)) } };
  },
  GridSample: (random, version) => {
    const rank = random.pick([1, 2, 2, 2, 3]);
    const [batch, channels] = [random.int(1, 2), random.pick([1, 3, 8, 9])];
    const spatial = random.list(rank, () => random.int(1, 5));
    const outputs = random.list(rank, () => random.int(1, 4));
    const modes = version < 20 ? ['bilinear', 'nearest', 'bicubic'] : ['linear', 'nearest', 'cubic'];
    return {
      inputs: [random.floats([batch, channels, ...spatial]), random.floats([batch, ...outputs, rank], -1.6, 1.6)],
      attributes: {
        align_corners: random.maybe(random.int(0, 1)),
        mode: random.maybe(random.pick(modes)),
        padding_mode: random.maybe(random.pick(['zeros', 'border', 'reflection'])),
      },
      tolerance: 1e-4,
    };
  },
  OneHot: (random) => {
    const dims = random.dims(0, 3);
    const depth = random.int(1, 6);
    const type = random.pick(['int64', 'int32', 'float32', 'uint8'] as const);
    return {
      inputs: [random.integers(type, dims, type === 'uint8' ? 0 : -8, 8), int64([], [depth]), float32([2], [-1, 2.5])],
      attributes: { axis: random.maybe(random.axis(dims.length + 1)) },
      constants: [1],
    };
  },
  TopK: (random, version) => {
    const dims = random.dims(1, 4).map((size) => Math.max(1, size));
    const axis = random.axis(dims.length);
    const k = random.int(1, dims.at(axis)!);
    const x = ranked(random, dims);
    const attributes = {
      axis: random.maybe(axis) === undefined && axis === -1 ? undefined : axis,
      largest: random.maybe(random.int(0, 1)),
      sorted: random.maybe(1),
    };
    return version < 10
      ? { inputs: [x], attributes: { ...attributes, k }, outputs: 2 }
      : { inputs: [x, list64([k])], attributes, outputs: random.int(1, 2), constants: [1] };
  },
  Trilu: (random) => ({
    inputs: [random.floats(random.dims(2, 4)), random.maybe(int64([], [random.int(-4, 4)]))],
    attributes: { upper: random.maybe(random.int(0, 1)) },
  }),
};
