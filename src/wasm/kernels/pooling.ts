/** Max and average pooling: windows are cut at the borders of the input, so it needs no halo. */
import { add, divide, forRange, loadVector, minimum, multiply, repeat, subtract } from '../arithmetic.js';
import { f32x4Const, type Local, type Operand, op, select } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import { type Pair, sliceAxes, type View } from './views.js';

export interface PoolingParams {
  readonly input: View;
  readonly output: View;
  /** Of bytes four channels are a word, and views count words. */
  readonly kind: 'max' | 'average' | 'max of bytes';
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Before the first row and column, and after the last: the latter count for averages that include padding. */
  readonly pads: Pair;
  readonly padsEnd: Pair;
  /** Averages divide by the taps inside of the input, or inside of the padded input. */
  readonly countsPadding: boolean;
  /** The window along the depth of a volume; without, every slice is pooled by itself. */
  readonly depth?: PoolAxis;
  /**
   * A second output of a max pooling, of the output's size: the argmax offsets, each the index (f32) of the largest tap,
   * counted along the rows of the window. Of equal taps the first counts.
   */
  readonly argmax?: View;
}

export interface PoolAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
  readonly padEnd: number;
}

/** An axis with its sizes. */
interface SizedAxis extends PoolAxis {
  readonly size: number;
  readonly outputs: number;
}

function axesOf({ input, output, kernel, strides, dilations, pads, padsEnd, depth }: PoolingParams) {
  const planar = (axis: 0 | 1, size: number, outputs: number): SizedAxis => ({
    size,
    outputs,
    kernel: kernel[axis],
    stride: strides[axis],
    dilation: dilations[axis],
    pad: pads[axis],
    padEnd: padsEnd[axis],
  });
  return {
    slices: depth && { ...depth, size: input.depth, outputs: output.depth },
    rows: planar(0, input.height, output.height),
    columns: planar(1, input.width, output.width),
  };
}

const combinations = { max: 'f32x4.max', average: 'f32x4.add', 'max of bytes': 'i8x16.max_u' } as const;

/** Taps that are written out where the whole window is inside: of planes, of volumes. */
const longestStraightLine = 16;
const longestStraightVolume = 27;
const step = 8;
const vectors = step / 4;

/** The range [first, end) of outputs whose windows lie in the input whole. */
function interior({ size, outputs, kernel, stride, dilation, pad }: SizedAxis): readonly [number, number] {
  const extent = (kernel - 1) * dilation + 1;
  const first = Math.ceil(pad / stride);
  const end = Math.floor((size - extent + pad) / stride) + 1;
  const from = Math.min(first, outputs);
  return [from, Math.max(from, Math.min(end, outputs))];
}

/** Eight channels of an output, and their argmax offsets where those are wanted. */
interface Reduced {
  readonly values: readonly Operand[];
  readonly argmax?: readonly Operand[] | undefined;
}

/** Arguments: input, output, argmax offsets where there are such (their first elements). Units are rows of the output. */
export function pooling(target: KernelTarget, params: PoolingParams): Kernel {
  const { input, output, kind, kernel, strides, dilations, pads } = params;
  const argmaxView = params.argmax;
  if (argmaxView !== undefined && kind !== 'max') throw new RangeError('only a maximum is from one tap');
  if (argmaxView !== undefined && params.depth !== undefined) throw new RangeError('argmax offsets are of planes');
  const axes = axesOf(params);
  const { kernel: deep, dilation: deepDilation, pad: deepPad, stride: deepStride } = axes.slices ?? singleSlice;
  const tapCount = deep * kernel[0] * kernel[1];
  const isShort = tapCount <= (deep === 1 ? longestStraightLine : longestStraightVolume);
  const rows = interior(axes.rows);
  const columns = interior(axes.columns);
  const groups = Math.ceil(output.channels / step);
  const views = [
    {
      imageStride: input.imageStride,
      sliceStride: deepStride * input.sliceStride,
      rowStride: strides[0] * input.rowStride,
    },
    output,
    ...(argmaxView === undefined ? [] : [argmaxView]),
  ];
  return rowKernel(target, {
    name: `${kind} pooling ${kernel.join('x')}${argmaxView === undefined ? '' : ' with argmax offsets'}`,
    axes: [...sliceAxes(output, views), { size: output.height, strides: views.map(({ rowStride }) => rowStride) }],
    pointers: argmaxView === undefined ? 2 : 3,
    operations: output.images * output.depth * output.height * output.width * output.channels * tapCount,
    body: (f, pointers, indices) => {
      const row = indices.at(-1)!;
      const slice = output.depth > 1 ? indices.at(-2)! : 0;
      // At the first tap of the first window, which may lie outside.
      const before = deepPad * input.sliceStride + pads[0] * input.rowStride + pads[1] * input.pixelStride;
      const start = f.local('i32', add(pointers[0]!, -before * 4));
      const into = pointers[1]!;
      const argmaxInto = pointers[2];
      const { countsPadding } = params;
      const clippedSlices = axes.slices && clippedTaps(f, axes.slices, countsPadding, slice);
      const high = clippedTaps(f, axes.rows, countsPadding, row);

      /** The channels of one output, eight at a time. */
      const channelsOf = (reduce: (from: Local) => Reduced) => {
        const from = f.local('i32', start);
        const to = f.local('i32', into);
        const argmaxTo = argmaxInto && f.local('i32', argmaxInto);
        const emit = (room: number, argmaxRoom: number) => {
          const { values, argmax } = reduce(from);
          storeColumns(f, to, 0, values, room);
          if (argmax !== undefined) storeColumns(f, argmaxTo!, 0, argmax, argmaxRoom);
        };
        const roomOf = (view: View) => Math.min(view.writable - (groups - 1) * step, step);
        const [lastRoom, lastArgmaxRoom] = [roomOf(output), argmaxView === undefined ? step : roomOf(argmaxView)];
        const isWhole = lastRoom === step && lastArgmaxRoom === step;
        repeat(f, isWhole ? groups : groups - 1, () => {
          emit(step, step);
          f.increase(from, step * 4);
          f.increase(to, step * 4);
          if (argmaxTo !== undefined) f.increase(argmaxTo, step * 4);
        });
        if (!isWhole) emit(lastRoom, lastArgmaxRoom);
      };
      const next = () => {
        f.increase(start, strides[1] * input.pixelStride * 4);
        f.increase(into, output.pixelStride * 4);
        if (argmaxInto !== undefined) f.increase(argmaxInto, argmaxView!.pixelStride * 4);
      };
      const combine = (a: Operand, b: Operand) => op(combinations[kind], a, b);
      const initial = f32x4Const(kind === 'max' ? Number.NEGATIVE_INFINITY : 0);
      /** Notes `tap` in the lanes where its values are above all before, or NaN; to be called before `combine`. */
      const count = (argmax: readonly Local[], sums: readonly Local[], values: readonly Local[], tap: Operand) => {
        const isAbove = values.map((value, j) =>
          f.local('v128', op('v128.or', op('f32x4.gt', value, sums[j]!), op('f32x4.ne', value, value))),
        );
        for (const [j, mask] of isAbove.entries()) f.set(argmax[j]!, op('v128.bitselect', tap, argmax[j]!, mask));
      };

      const whole = () =>
        channelsOf((from) => {
          let sums: Local[] | undefined;
          const argmax = argmaxView && Array.from({ length: vectors }, () => f.local('v128', f32x4Const(0)));
          for (let tap = 0; tap < tapCount; tap++) {
            const x = tap % kernel[1];
            const y = Math.floor(tap / kernel[1]) % kernel[0];
            const z = Math.floor(tap / (kernel[0] * kernel[1]));
            const distance =
              z * deepDilation * input.sliceStride +
              y * dilations[0] * input.rowStride +
              x * dilations[1] * input.pixelStride;
            const at = distance * 4;
            const before: Local[] | undefined = sums;
            if (argmax === undefined) {
              sums = Array.from({ length: vectors }, (_, j) => {
                const value = loadVector(from, at + j * 16);
                return f.local('v128', before === undefined ? value : combine(before[j]!, value));
              });
            } else {
              const values = Array.from({ length: vectors }, (_, j) => f.local('v128', loadVector(from, at + j * 16)));
              if (before !== undefined) count(argmax, before, values, f32x4Const(tap));
              sums = before === undefined ? values : before.map((sum, j) => f.local('v128', combine(sum, values[j]!)));
            }
          }
          return {
            values: kind !== 'average' ? sums! : sums!.map((sum) => op('f32x4.mul', sum, f32x4Const(1 / tapCount))),
            argmax,
          };
        });

      /** By loops over the taps that are inside. */
      const clipped = (column: Operand) => {
        const wide = clippedTaps(f, axes.columns, countsPadding, column);
        const scale = f.local('v128');
        if (kind === 'average') {
          const plane = op('i32.mul', high.count, wide.count);
          const inside = clippedSlices === undefined ? plane : op('i32.mul', clippedSlices.count, plane);
          f.set(scale, op('f32x4.splat', op('f32.div', 1, op('f32.convert_i32_s', inside))));
        }
        const numberOf = (y: Operand, x: Operand) =>
          op('f32x4.splat', op('f32.convert_i32_s', add(multiply(y, kernel[1]), x)));
        channelsOf((from) => {
          const sums = Array.from({ length: vectors }, () => f.local('v128', initial));
          const argmax =
            argmaxView && Array.from({ length: vectors }, () => f.local('v128', numberOf(high.first, wide.first)));
          const plane = (corner: Operand) =>
            forRange(f, high.first, high.end, 1, (y) => {
              const at = f.local(
                'i32',
                add(
                  corner,
                  multiply(y, dilations[0] * input.rowStride * 4),
                  multiply(wide.first, dilations[1] * input.pixelStride * 4),
                ),
              );
              forRange(f, wide.first, wide.end, 1, (x) => {
                if (argmax === undefined) {
                  for (const [j, sum] of sums.entries()) f.set(sum, combine(sum, loadVector(at, j * 16)));
                } else {
                  const values = sums.map((_, j) => f.local('v128', loadVector(at, j * 16)));
                  count(argmax, sums, values, f.local('v128', numberOf(y, x)));
                  for (const [j, sum] of sums.entries()) f.set(sum, combine(sum, values[j]!));
                }
                f.increase(at, dilations[1] * input.pixelStride * 4);
              });
            });
          if (clippedSlices === undefined) plane(from);
          else {
            forRange(f, clippedSlices.first, clippedSlices.end, 1, (z) =>
              plane(f.local('i32', add(from, multiply(z, deepDilation * input.sliceStride * 4)))),
            );
          }
          return { values: kind !== 'average' ? sums : sums.map((sum) => op('f32x4.mul', sum, scale)), argmax };
        });
      };
      const clippedRange = (from: number, to: number) =>
        forRange(f, from, to, 1, (column) => {
          clipped(column);
          next();
        });
      // Padding that is counted changes nothing in the interior, where there is none.
      const byLoops = () => clippedRange(0, output.width);
      const isAmong = (index: Operand, [first, end]: readonly [number, number]) =>
        op('i32.lt_u', subtract(index, first), end - first);
      const slices = axes.slices && interior(axes.slices);
      const isEmpty = [rows, columns, slices ?? [0, 1]].some(([first, end]) => first! >= end!);
      if (!isShort || isEmpty) byLoops();
      else {
        const isRowWhole = isAmong(row, rows);
        f.if(
          slices === undefined ? isRowWhole : op('i32.and', isRowWhole, isAmong(slice, slices)),
          () => {
            clippedRange(0, columns[0]);
            forRange(f, columns[0], columns[1], 1, () => {
              whole();
              next();
            });
            clippedRange(columns[1], output.width);
          },
          byLoops,
        );
      }
    },
  });
}

/** The taps of an output's window that lie in the input, and how many count for an average. */
function clippedTaps(
  f: FunctionBuilder,
  { size, kernel, stride, dilation, pad, padEnd }: SizedAxis,
  countsPadding: boolean,
  output: Operand,
): { readonly first: Local; readonly end: Local; readonly count: Local } {
  const start = f.local('i32', add(multiply(output, stride), -pad));
  const notNegative = (value: Operand): Local => {
    const local = f.local('i32', value);
    f.set(local, select('i32', local, 0, op('i32.gt_s', local, 0)));
    return local;
  };
  // ceil(max(-start, 0) / dilation), and ceil((limit - start) / dilation)
  const first = f.local('i32', divide(add(notNegative(subtract(0, start)), dilation - 1), dilation));
  const endBefore = (limit: number): Local => {
    const steps = divide(add(notNegative(subtract(limit, start)), dilation - 1), dilation);
    return f.local('i32', minimum(f, steps, kernel));
  };
  const end = endBefore(size);
  const count = countsPadding ? endBefore(size + padEnd) : f.local('i32', subtract(end, first));
  return { first, end, count };
}

const singleSlice: PoolAxis = { kernel: 1, stride: 1, dilation: 1, pad: 0, padEnd: 0 };
