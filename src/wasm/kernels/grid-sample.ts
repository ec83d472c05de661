/** Reads images or volumes at positions that a grid names, by taps around each: lanes are channels. */
import { add, loadVector, multiply, repeat } from '../arithmetic.js';
import { f32x4Const, type Local, load, type Operand, op, select } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Kernel, type KernelTarget, multiplyAdd } from './kernel.js';
import { rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import { sliceAxes, type View } from './views.js';

export interface GridSampleParams {
  readonly input: View;
  readonly output: View;
  /** Spatial axes: the last of depth, height and width. */
  readonly rank: number;
  readonly method: 'nearest' | 'linear' | 'cubic';
  readonly padding: 'zeros' | 'border' | 'reflection';
  readonly alignsCorners: boolean;
}

const step = 8;

/** An index along an axis as a word offset, and its weight. */
interface Tap {
  readonly offset: Local;
  readonly weight: Local;
}

/** Arguments: input, grid (row-major, the coordinate of the last axis first), output. Units are rows of the output. */
export function gridSample(target: KernelTarget, params: GridSampleParams): Kernel {
  const { input, output, rank } = params;
  const { images, depth, height, width, channels } = output;
  const rowGrid = width * rank;
  const groups = Math.ceil(channels / step);
  const lastRoom = Math.min(output.writable - (groups - 1) * step, step);
  const sizes = [input.depth, input.height, input.width].slice(3 - rank);
  const strides = [input.sliceStride, input.rowStride, input.pixelStride].slice(3 - rank);
  const grid = { imageStride: depth * height * rowGrid, sliceStride: height * rowGrid };
  const still = { imageStride: input.imageStride, sliceStride: 0 };
  return rowKernel(target, {
    name: 'grid sample',
    axes: [...sliceAxes(output, [still, grid, output]), { size: height, strides: [0, rowGrid, output.rowStride] }],
    pointers: 3,
    operations: images * depth * height * width * channels * tapsOf(params) ** rank * 2,
    body: (f, [from, positions, into]) => {
      const [at, to] = [f.local('i32', positions), f.local('i32', into)];
      repeat(f, width, () => {
        let taps: Tap[] | undefined;
        for (let axis = 0; axis < rank; axis++) {
          const normalized = f.local('f32', load('f32.load', at, (rank - 1 - axis) * 4));
          const own = axisTaps(f, params, normalized, sizes[axis]!, strides[axis]!);
          taps = taps === undefined ? own : combined(f, taps, own);
        }
        const weights = taps!.map(({ weight }) => f.local('v128', op('f32x4.splat', weight)));
        // What lies in zero padding, or counts for nothing, may be no number.
        const masks = weights.map((weight) => f.local('v128', op('f32x4.ne', weight, f32x4Const(0))));
        const channel = f.local('i32', from);
        const target8 = f.local('i32', to);
        const emit = (room: number) => {
          const vectors = Math.ceil(room / 4);
          const sums = Array.from({ length: vectors }, () => f.local('v128', f32x4Const(0)));
          for (const [i, { offset }] of taps!.entries()) {
            const address = f.local('i32', add(channel, offset));
            for (const [j, sum] of sums.entries()) {
              const value = op('v128.and', loadVector(address, j * 16), masks[i]!);
              f.set(sum, multiplyAdd(target.tier, value, weights[i]!, sum));
            }
          }
          storeColumns(f, target8, 0, sums, room);
        };
        repeat(f, lastRoom === step ? groups : groups - 1, () => {
          emit(step);
          f.increase(channel, step * 4);
          f.increase(target8, step * 4);
        });
        if (lastRoom < step) emit(lastRoom);
        f.increase(at, rank * 4);
        f.increase(to, output.pixelStride * 4);
      });
    },
  });
}

/** Taps along an axis. */
export function tapsOf({ method }: Pick<GridSampleParams, 'method'>): number {
  return { nearest: 1, linear: 2, cubic: 4 }[method];
}

function combined(f: FunctionBuilder, outer: readonly Tap[], inner: readonly Tap[]): Tap[] {
  return outer.flatMap((a) =>
    inner.map((b) => ({
      offset: f.local('i32', add(a.offset, b.offset)),
      weight: f.local('f32', op('f32.mul', a.weight, b.weight)),
    })),
  );
}

function axisTaps(
  f: FunctionBuilder,
  { method, padding, alignsCorners }: GridSampleParams,
  normalized: Local,
  size: number,
  stride: number,
): Tap[] {
  const shifted = op('f32.add', normalized, 1);
  const place = f.local(
    'f32',
    alignsCorners
      ? op('f32.mul', op('f32.mul', shifted, 0.5), size - 1)
      : op('f32.mul', op('f32.sub', op('f32.mul', shifted, size), 1), 0.5),
  );
  const first = f.local('f32', op(method === 'nearest' ? 'f32.nearest' : 'f32.floor', place));
  const rest = f.local('f32', op('f32.sub', place, first));
  return weightsOf(f, method, rest).map(({ distance, weight }) => {
    const index = f.local('f32', op('f32.add', first, distance));
    const isInside = op('i32.and', op('f32.ge', index, 0), op('f32.lt', index, size));
    const read = padding === 'reflection' ? reflected(f, index, size, alignsCorners) : index;
    // Of NaN the conversion makes 0, so that no position is outside of the tensor.
    const bounded = op('f32.min', op('f32.max', read, 0), size - 1);
    return {
      offset: f.local('i32', multiply(op('i32.trunc_sat_f32_s', bounded), stride * 4)),
      weight: padding === 'zeros' ? f.local('f32', select('f32', weight, 0, isInside)) : weight,
    };
  });
}

interface WeightedDistance {
  readonly distance: number;
  readonly weight: Local;
}

/** Cubic convolution's coefficient. */
const a = -0.75;

/** Weights of the elements around a position, which lies `rest` after the first. */
function weightsOf(f: FunctionBuilder, method: GridSampleParams['method'], rest: Local): WeightedDistance[] {
  const keep = (value: Operand) => f.local('f32', value);
  if (method === 'nearest') return [{ distance: 0, weight: keep(1) }];
  const before = keep(op('f32.sub', 1, rest));
  if (method === 'linear') {
    return [
      { distance: 0, weight: before },
      { distance: 1, weight: rest },
    ];
  }
  /** (a + 2) x³ - (a + 3) x² + 1 */
  const near = (x: Local) =>
    keep(op('f32.add', op('f32.mul', op('f32.mul', op('f32.sub', op('f32.mul', x, a + 2), a + 3), x), x), 1));
  /** a x³ - 5 a x² + 8 a x - 4 a */
  const far = (x: Local) => {
    const slope = op('f32.add', op('f32.mul', op('f32.sub', op('f32.mul', x, a), 5 * a), x), 8 * a);
    return keep(op('f32.sub', op('f32.mul', slope, x), 4 * a));
  };
  const beyond = keep(op('f32.add', rest, 1));
  const opposite = keep(op('f32.add', before, 1));
  return [
    { distance: -1, weight: far(beyond) },
    { distance: 0, weight: near(rest) },
    { distance: 1, weight: near(before) },
    { distance: 2, weight: far(opposite) },
  ];
}

/** Mirrored at both borders until it is between them. */
function reflected(f: FunctionBuilder, index: Local, size: number, alignsCorners: boolean): Operand {
  const [low, span] = alignsCorners ? [0, size - 1] : [-0.5, size];
  if (span === 0) return low;
  const distance = f.local('f32', op('f32.abs', op('f32.sub', index, low)));
  const turns = op('f32.floor', op('f32.div', distance, 2 * span));
  const left = f.local('f32', op('f32.sub', distance, op('f32.mul', turns, 2 * span)));
  const inside = select('f32', left, op('f32.sub', 2 * span, left), op('f32.ge', span, left));
  return op('f32.nearest', op('f32.add', inside, low));
}
