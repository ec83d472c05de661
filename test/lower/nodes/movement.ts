/** Random nodes that move elements. */
import { elementCount, float32, int64 } from '../../../src/ir/tensor.js';
import { float, type Generator, ints, list64, type Random, wholeTypes } from './random.js';

/** Factors whose product is `count`. */
function factors(random: Random, count: number): number[] {
  const result: number[] = [];
  for (let rest = count; rest > 1 && result.length < 5; ) {
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => d > 1 && rest % d === 0);
    const divisor = random.pick(divisors);
    result.push(divisor);
    rest /= divisor;
    if (random.chance(0.2)) result.push(1);
  }
  const missing = result.length === 0 ? 1 : count / elementCount(result);
  return missing === 1 ? result : [...result, missing];
}

const pad: Generator = (random, version) => {
  const mode = random.pick(['constant', 'constant', 'reflect', 'edge', ...(version >= 19 ? ['wrap'] : [])]);
  const dims = random.dims(1, 5).map((size) => Math.max(1, size));
  const isSparse = version >= 18 && random.chance(0.3);
  const axes = isSparse ? random.axes(dims.length, 1) : dims.map((_, axis) => axis);
  const isSpatial = mode !== 'constant' && random.chance(0.7);
  const amount = (axis: number) => {
    const size = dims.at(axis)!;
    if (isSpatial && (axis + dims.length) % dims.length < 2) return 0;
    return mode === 'constant' ? random.int(random.chance(0.1) ? -1 : 0, 3) : random.int(0, Math.min(3, size - 1));
  };
  const begins = axes.map(amount);
  const ends = axes.map((axis, i) => {
    const end = amount(axis);
    return dims.at(axis)! + begins[i]! + end < 0 ? 0 : end;
  });
  const pads = [...begins, ...ends];
  const modeAttribute = mode === 'constant' ? random.maybe(mode) : mode;
  const x = random.floats(dims);
  if (version < 11) {
    const value = random.maybe(float(random.next()));
    return { inputs: [x], attributes: { mode: modeAttribute, value, [version < 2 ? 'paddings' : 'pads']: ints(pads) } };
  }
  const value = random.maybe(float32([], [random.next()]));
  return {
    inputs: [x, list64(pads), value, ...(isSparse ? [list64(axes)] : [])],
    attributes: { mode: modeAttribute },
    constants: random.chance(0.8) ? (random.chance(0.7) ? [1, 2, 3] : [1, 3]) : [],
  };
};

const slice: Generator = (random, version) => {
  const dims = random.dims(1, 5);
  const axes = random.chance(0.4) ? undefined : random.axes(dims.length, 1);
  const count = axes?.length ?? random.int(1, dims.length);
  const bound = (i: number) => {
    const size = dims.at(axes?.[i] ?? i)!;
    return random.chance(0.1) ? 2 ** 31 - 1 : random.int(-size - 1, size + 1);
  };
  const starts = random.list(count, bound);
  // Half of them are to the end: of other bounds many are in no order that leaves elements.
  const ends = random.list(count, (i) => (random.chance(0.5) ? 2 ** 31 - 1 : bound(i)));
  const x = random.floats(dims);
  if (version < 10) {
    return { inputs: [x], attributes: { starts: ints(starts), ends: ints(ends), axes: axes && ints(axes) } };
  }
  const steps = random.maybe(random.list(count, () => random.pick([1, 1, 2, 3, -1, -2])));
  return {
    inputs: [x, list64(starts), list64(ends), axes && list64(axes), steps && list64(steps)],
    constants: random.chance(0.85) ? [1, 2, 3, 4] : [],
  };
};

const split: Generator = (random, version) => {
  const dims = random.dims(1, 5);
  const axis = random.axis(dims.length);
  const outputs = random.int(1, 3);
  const sizes = random.list(outputs, () => random.int(0, 3));
  const isEven = random.chance(0.4);
  dims[axis < 0 ? axis + dims.length : axis] = isEven ? outputs * sizes[0]! : elementCount([1]) * sum(sizes);
  const attributes = { axis: axis === 0 ? random.maybe(0) : axis };
  const x = random.floats(dims);
  if (version < 13)
    return { inputs: [x], attributes: { ...attributes, split: isEven ? undefined : ints(sizes) }, outputs };
  const isCounted = version >= 18 && isEven;
  return {
    inputs: isEven ? [x] : [x, list64(sizes)],
    attributes: { ...attributes, num_outputs: isCounted ? outputs : undefined },
    constants: [1],
    outputs,
  };
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const squeeze: Generator = (random, version) => {
  const dims = random.dims(0, 5).map((size) => (random.chance(0.4) ? 1 : size));
  const ones = dims.flatMap((size, axis) => (size === 1 ? [random.pick([axis, axis - dims.length])] : []));
  const axes = random.chance(0.3) ? undefined : ones.filter(() => random.chance(0.7));
  const x = random.floats(dims);
  const given = axes === undefined || axes.length === 0 ? undefined : axes;
  if (version < 13) return { inputs: [x], attributes: { axes: given && ints(given) } };
  return { inputs: [x, given && list64(given)], constants: [1] };
};

const unsqueeze: Generator = (random, version) => {
  const dims = random.dims(0, 4);
  const count = random.int(1, 2);
  const rank = dims.length + count;
  const axes = random.axes(rank, count).slice(0, count);
  const x = random.floats(dims);
  if (version < 13) return { inputs: [x], attributes: { axes: ints(axes) } };
  return { inputs: [x, list64(axes)], constants: [1] };
};

const reshape: Generator = (random, version) => {
  const dims = random.dims(0, 5);
  const count = elementCount(dims);
  const target = count === 0 ? [...dims] : factors(random, count);
  if (count > 0 && target.length > 0 && random.chance(0.4)) target[random.int(0, target.length - 1)] = -1;
  const x = random.floats(dims);
  if (version < 5) return { inputs: [x], attributes: { shape: ints(target) } };
  const allowzero = version >= 14 ? (count === 0 ? 1 : random.maybe(0)) : undefined;
  return { inputs: [x, list64(target)], attributes: { allowzero }, constants: [1] };
};

const concat: Generator = (random, version) => {
  const dims = random.dims(1, 5);
  const axis = random.axis(dims.length);
  const place = axis < 0 ? axis + dims.length : axis;
  const inputs = random.list(random.int(1, 4), () =>
    random.floats(dims.map((size, i) => (i === place ? random.size() : size))),
  );
  return { inputs, attributes: { axis: version < 4 && place === 1 ? random.maybe(1) : axis } };
};

const depthToSpace: Generator = (random, version) => {
  const block = random.int(1, 3);
  const dims = [random.int(1, 2), random.int(1, 4) * block * block, random.size(), random.size()];
  const mode = version >= 11 ? random.maybe(random.pick(['DCR', 'CRD'])) : undefined;
  return { inputs: [random.floats(dims)], attributes: { blocksize: block, mode } };
};

const gather: Generator = (random) => {
  const dims = random.dims(1, 4).map((size) => Math.max(1, size));
  const axis = random.axis(dims.length);
  const size = dims.at(axis)!;
  const shape = random.dims(0, 2).map((length) => Math.min(4, length));
  const indices = random.chance(0.5)
    ? random.integers('int64', shape, -size, size - 1)
    : int64(
        shape,
        random.list(elementCount(shape), (i) => i % size),
      );
  return {
    inputs: [random.floats(dims), indices],
    attributes: { axis: axis === 0 ? random.maybe(0) : axis },
    constants: random.chance(0.8) ? [1] : [],
  };
};

const gatherNd: Generator = (random, version) => {
  const dims = random.dims(1, 4).map((size) => Math.max(1, size));
  const batch = version >= 12 ? random.int(0, Math.min(2, dims.length - 1)) : 0;
  const depth = random.int(1, dims.length - batch);
  const tuples = random.list(random.int(0, 2), () => random.int(1, 5));
  const count = elementCount([...dims.slice(0, batch), ...tuples]);
  const isLine = random.chance(0.3);
  const indices = random
    .list(count, (i) =>
      dims.slice(batch, batch + depth).map((size) => (isLine ? i % size : random.int(-size, size - 1))),
    )
    .flat();
  return {
    inputs: [random.floats(dims), int64([...dims.slice(0, batch), ...tuples, depth], indices)],
    attributes: { batch_dims: batch === 0 ? random.maybe(0) : batch },
    constants: random.chance(0.8) ? [1] : [],
  };
};

const reductionOf = (random: Random, version: number) =>
  version < 16
    ? undefined
    : random.maybe(random.pick(version < 18 ? ['none', 'add', 'mul'] : ['none', 'add', 'mul', 'max', 'min']));

const scatterNd: Generator = (random, version) => {
  const dims = random.dims(1, 4).map((size) => Math.max(1, size));
  const depth = random.int(1, dims.length);
  const count = random.int(1, Math.min(3, dims[0]!));
  const first = random.int(0, dims[0]! - count);
  const isInOrder = random.chance(0.6);
  const indices = random
    .list(count, (i) => [
      isInOrder ? first + i : random.int(-dims[0]!, dims[0]! - 1),
      ...dims.slice(1, depth).map((size) => random.int(-size, size - 1)),
    ])
    .flat();
  const reduction = reductionOf(random, version);
  return {
    inputs: [random.floats(dims), int64([count, depth], indices), random.floats([count, ...dims.slice(depth)])],
    attributes: { reduction },
    constants: random.chance(0.8) ? [1] : [],
  };
};

/** Data, indices along an axis that are no larger elsewhere, and the axis. */
function elements(random: Random) {
  const dims = random.dims(1, 4).map((size) => Math.max(1, size));
  const axis = random.axis(dims.length);
  const size = dims.at(axis)!;
  const shape = dims.map((length, i) =>
    i === (axis + dims.length) % dims.length ? random.int(1, 6) : random.int(1, length),
  );
  const indices = random.integers(random.pick(['int64', 'int32']), shape, -size, size - 1);
  return { x: random.floats(dims), indices, axis, shape };
}

const scatterElements: Generator = (random, version) => {
  const { x, indices, axis, shape } = elements(random);
  return {
    inputs: [x, indices, random.floats(shape)],
    attributes: { axis: axis === 0 ? random.maybe(0) : axis, reduction: reductionOf(random, version) },
  };
};

export const movementNodes: Readonly<Record<string, Generator>> = {
  Concat: concat,
  ConstantOfShape: (random) => {
    const type = random.pick([...wholeTypes, 'float32', 'bool'] as const);
    const value = random.maybe(random.integers(type, [1], 0, type === 'bool' ? 1 : 9), 0.8);
    return { inputs: [list64(random.dims(1))], attributes: { value }, constants: random.chance(0.9) ? [0] : [] };
  },
  Crop: (random) => {
    const [height, width] = [random.int(4, 9), random.int(4, 9)];
    const border = random.list(4, () => random.int(0, 1));
    const scale = random.chance(0.4) ? [random.int(1, 3), random.int(1, 3)] : undefined;
    return {
      inputs: [random.floats([random.int(1, 2), random.size(1), height, width])],
      attributes: { border: ints(border), scale: scale && ints(scale) },
    };
  },
  DepthToSpace: depthToSpace,
  Expand: (random) => {
    const onto = random.dims(0, 5);
    const dims = random.broadcast(onto);
    return { inputs: [random.floats(dims), list64(onto)], constants: random.chance(0.8) ? [1] : [] };
  },
  Flatten: (random, version) => {
    const x = random.floats(random.dims(version < 9 ? 1 : 0, 5));
    const rank = x.dims.length;
    return {
      inputs: [x],
      attributes: { axis: rank < 1 ? 0 : random.maybe(random.int(version < 11 ? 0 : -rank, rank)) },
    };
  },
  Gather: gather,
  GatherElements: (random) => {
    const { x, indices, axis } = elements(random);
    return { inputs: [x, indices], attributes: { axis: axis === 0 ? random.maybe(0) : axis } };
  },
  GatherND: gatherNd,
  Pad: pad,
  Reshape: reshape,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  Slice: slice,
  SpaceToDepth: (random) => {
    const block = random.int(1, 3);
    const dims = [random.int(1, 2), random.size(1), block * random.int(1, 4), block * random.int(1, 4)];
    return { inputs: [random.floats(dims)], attributes: { blocksize: block } };
  },
  Split: split,
  Squeeze: squeeze,
  Tile: (random, version) => {
    const dims = random.dims(1, 4);
    if (version < 6) {
      const axis = random.int(0, dims.length - 1);
      return { inputs: [random.floats(dims), float32([], [random.int(1, 3)]), float32([], [axis])], constants: [1, 2] };
    }
    return { inputs: [random.floats(dims), list64(dims.map(() => random.int(1, 3)))], constants: [1] };
  },
  Transpose: (random) => {
    const x = random.floats(random.dims(0, 6));
    return {
      inputs: [x],
      attributes: { perm: random.maybe(ints(random.shuffled(x.dims.map((_, axis) => axis))), 0.8) },
    };
  },
  Unsqueeze: unsqueeze,
};
