/**
 * Resizing as separable interpolation by tables: for each output row and column so many taps, each with the place it reads
 * and its weight. Nearest is one tap, linear two, cubic four; every coordinate convention is a table.
 */
import { add, loadVector, multiply, repeat } from '../arithmetic.js';
import { type Local, load, type Operand, op } from '../expression.js';
import { storeColumns } from './convolution.js';
import { type Kernel, type KernelTarget, multiplyAdd } from './kernel.js';
import { rowKernel } from './rows.js';
import type { View } from './views.js';

export interface ResampleParams {
  readonly input: View;
  readonly output: View;
  /** Taps along the height and the width. One tap has no weight. */
  readonly taps: readonly [number, number];
}

export interface ResampleTap {
  /** Input coordinate, inside of the input. */
  readonly position: number;
  readonly weight: number;
}

/**
 * The table of an axis: for each output its taps' distances from the first element in bytes (i32), then their weights (f32).
 * @param stride of the input along the axis, in floats.
 */
export function resampleTable(outputs: readonly (readonly ResampleTap[])[], stride: number): Uint8Array {
  const taps = outputs[0]?.length ?? 0;
  const table = new DataView(new ArrayBuffer(outputs.length * taps * 8));
  for (const [i, output] of outputs.entries()) {
    for (const [k, { position, weight }] of output.entries()) {
      table.setInt32((i * taps * 2 + k) * 4, position * stride * 4, true);
      table.setFloat32((i * taps * 2 + taps + k) * 4, weight, true);
    }
  }
  return new Uint8Array(table.buffer);
}

const step = 8;
const vectors = step / 4;

/** Arguments: input, output, table of rows, table of columns. Units are rows of the output. */
export function resample(target: KernelTarget, params: ResampleParams): Kernel {
  const { input, output, taps } = params;
  const [high, wide] = taps;
  const groups = Math.ceil(output.channels / step);
  const lastRoom = Math.min(output.writable - (groups - 1) * step, step);
  return rowKernel(target, {
    name: `resample ${high}x${wide} taps`,
    key: params,
    axes: [
      { size: output.images, strides: [input.imageStride, output.imageStride] },
      { size: output.height, strides: [0, output.rowStride] },
    ],
    pointers: 4,
    operations: output.images * output.height * output.width * output.channels * (high * wide + high) * 2,
    body: (f, pointers, [, row]) => {
      const [source, into, rowTable, columnTable] = pointers as [Local, Local, Local, Local];
      const entry = f.local('i32', add(rowTable, multiply(row!, high * 8)));
      const rows = Array.from({ length: high }, (_, k) => f.local('i32', add(source, load('i32.load', entry, k * 4))));
      const weightsOf = (at: Local, count: number) =>
        Array.from({ length: count }, (_, k) => f.local('v128', load('v128.load32_splat', at, (count + k) * 4)));
      const rowWeights = high === 1 ? [] : weightsOf(entry, high);
      const column = f.local('i32', columnTable);
      repeat(f, output.width, () => {
        const distances = Array.from({ length: wide }, (_, k) => f.local('i32', load('i32.load', column, k * 4)));
        const weights = wide === 1 ? [] : weightsOf(column, wide);
        const places = rows.map((from) => distances.map((distance) => f.local('i32', add(from, distance))));
        const to = f.local('i32', into);
        const emit = (room: number) => {
          let total: Operand[] | undefined;
          for (const [y, along] of places.entries()) {
            const line = interpolate(along, weights);
            const before = total;
            total = Array.from({ length: vectors }, (_, j) => {
              if (high === 1) return line[j]!;
              const value =
                before === undefined
                  ? op('f32x4.mul', line[j]!, rowWeights[y]!)
                  : multiplyAdd(target.tier, line[j]!, rowWeights[y]!, before[j]!);
              return f.local('v128', value);
            });
          }
          storeColumns(f, to, 0, total!, room);
        };
        const interpolate = (along: readonly Local[], factors: readonly Local[]): Local[] => {
          let sums: Local[] | undefined;
          for (const [x, from] of along.entries()) {
            const before: Local[] | undefined = sums;
            sums = Array.from({ length: vectors }, (_, j) => {
              const value = loadVector(from, j * 16);
              if (factors.length === 0) return f.local('v128', value);
              const term =
                before === undefined
                  ? op('f32x4.mul', value, factors[x]!)
                  : multiplyAdd(target.tier, value, factors[x]!, before[j]!);
              return f.local('v128', term);
            });
          }
          return sums!;
        };
        repeat(f, lastRoom === step ? groups : groups - 1, () => {
          emit(step);
          for (const pointer of [...places.flat(), to]) f.increase(pointer, step * 4);
        });
        if (lastRoom < step) emit(lastRoom);
        f.increase(into, output.pixelStride * 4);
        f.increase(column, wide * 8);
      });
    },
  });
}
