/** Random nodes that fold, pool regions, normalize responses, or eliminate. */
import { elementCount, float32, int64 } from '../../../src/ir/tensor.js';
import { float, type Generator, ints, list64, type Random } from './random.js';

const boxes = (random: Random, count: number): number[] =>
  random
    .list(count, () => {
      const [x, y] = [random.int(-2, 9), random.int(-2, 9)];
      return [x, y, x + random.int(0, 8), y + random.int(0, 8)].map((value) => value + random.next() / 2);
    })
    .flat();

export const regionNodes: Readonly<Record<string, Generator>> = {
  Col2Im: (random) => {
    const rank = random.int(1, 3);
    const axes = random.list(rank, () => {
      const [kernel, stride, dilation] = [random.int(1, 3), random.int(1, 2), random.int(1, 2)];
      const pads = [random.int(0, 2), random.int(0, 2)] as const;
      const extent = (kernel - 1) * dilation + 1;
      const image = Math.max(1, extent - pads[0] - pads[1]) + random.int(0, 4);
      return {
        kernel,
        stride,
        dilation,
        pads,
        image,
        count: Math.floor((image + pads[0] + pads[1] - extent) / stride) + 1,
      };
    });
    const list = (of: (axis: (typeof axes)[number]) => number) => axes.map(of);
    const block = list((axis) => axis.kernel);
    const dims = [random.int(1, 2), random.int(1, 3) * elementCount(block), elementCount(list((axis) => axis.count))];
    return {
      inputs: [
        random.chance(0.3)
          ? random.integers(random.pick(['int64', 'uint8', 'int32']), dims, 0, 99)
          : random.floats(dims),
        list64(list((axis) => axis.image)),
        list64(block),
      ],
      attributes: {
        strides: ints(list((axis) => axis.stride)),
        dilations: ints(list((axis) => axis.dilation)),
        pads: ints([...list((axis) => axis.pads[0]), ...list((axis) => axis.pads[1])]),
      },
      constants: [1, 2],
    };
  },
  Det: (random) => {
    const size = random.int(1, 6);
    return { inputs: [random.floats([...random.dims(0, 2), size, size])] };
  },
  GroupNormalization: (random, version) => {
    const [groups, each] = [random.int(1, 4), random.int(1, 5)];
    const parameters = [version < 21 ? groups : groups * each];
    return {
      inputs: [
        random.floats([random.int(1, 2), groups * each, ...random.dims(0, 3)]),
        random.floats(parameters),
        random.floats(parameters),
      ],
      attributes: { num_groups: groups, epsilon: random.maybe(float(1e-3)) },
      tolerance: 1e-4,
    };
  },
  LRN: (random) => ({
    inputs: [random.floats(random.dims(2, 5))],
    attributes: {
      size: random.int(1, 7),
      alpha: random.maybe(float(random.next())),
      beta: random.maybe(float(random.pick([0, 0.5, 0.75, 1, 1.2, 2]))),
      bias: random.maybe(float(0.5 + random.next())),
    },
  }),
  MaxRoiPool: (random) => {
    const [batch, regions] = [random.int(1, 2), random.int(1, 3)];
    const corners = boxes(random, regions);
    const rows = random.list(regions, (i) => [random.int(0, batch - 1), ...corners.slice(4 * i, 4 * i + 4)]).flat();
    return {
      inputs: [
        random.floats([batch, random.pick([1, 3, 8, 9]), random.int(1, 9), random.int(1, 9)]),
        float32([regions, 5], rows),
      ],
      attributes: {
        pooled_shape: ints([random.int(1, 3), random.int(1, 3)]),
        spatial_scale: random.maybe(float(random.pick([0.5, 1, 1.25]))),
      },
    };
  },
  RoiAlign: (random) => {
    const [batch, regions] = [random.int(1, 2), random.int(1, 3)];
    return {
      inputs: [
        random.floats([batch, random.pick([1, 3, 8, 9]), random.int(1, 9), random.int(1, 9)]),
        float32([regions, 4], boxes(random, regions)),
        int64(
          [regions],
          random.list(regions, () => random.int(0, batch - 1)),
        ),
      ],
      attributes: {
        coordinate_transformation_mode: random.maybe(random.pick(['half_pixel', 'output_half_pixel'])),
        mode: random.maybe(random.pick(['avg', 'max'])),
        output_height: random.maybe(random.int(1, 3)),
        output_width: random.maybe(random.int(1, 3)),
        sampling_ratio: random.maybe(random.int(0, 3)),
        spatial_scale: random.maybe(float(random.pick([0.5, 1, 1.25]))),
      },
    };
  },
  RMSNormalization: (random) => {
    const dims = random.dims(1, 4).map((size) => Math.max(1, size));
    const axis = random.axis(dims.length);
    const over = dims.slice(axis);
    const scale = random.chance(0.2) ? [1] : over;
    return {
      inputs: [random.floats(dims), random.floats(scale)],
      attributes: { axis: axis === -1 ? random.maybe(axis) : axis, epsilon: random.maybe(float(1e-3)) },
    };
  },
};
