/**
 * Undoes a max pooling whose windows neither overlap nor leave gaps: each value goes to the tap that it came from, zeros
 * everywhere else.
 */
import { forRange, loadVector, repeat } from '../arithmetic.js';
import { f32x4Const, type Local, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import type { Pair, View } from './views.js';

export interface UnpoolParams {
  readonly input: View;
  /** Argmax offsets as `PoolingParams.argmax` has them, of the input's size. */
  readonly argmax: View;
  /** Windows are cut at its border; what no window covers becomes 0. */
  readonly output: View;
  /** The size of the windows, and their step. */
  readonly kernel: Pair;
}

const step = 8;
const vectors = step / 4;

/** Arguments: input, argmax offsets, output. Units are rows of windows, and those of the output after the last window. */
export function unpool(target: KernelTarget, params: UnpoolParams): Kernel {
  const { input, argmax, output, kernel } = params;
  const [high, wide] = kernel;
  const groups = Math.ceil(output.channels / step);
  const lastRoom = Math.min(output.writable - (groups - 1) * step, step);
  const wholeColumns = Math.min(input.width, Math.floor(output.width / wide));
  const cutColumns = Math.max(0, Math.min(input.width * wide, output.width) - wholeColumns * wide);
  const emptyColumns = output.width - wholeColumns * wide - cutColumns;
  const unitRows = Math.ceil(output.height / high);
  const lastRows = output.height - (unitRows - 1) * high;

  /** Moves the pointers past the channels. */
  const channelsOf = (f: FunctionBuilder, pointers: readonly Local[], emit: (room: number) => void) => {
    repeat(f, lastRoom === step ? groups : groups - 1, () => {
      emit(step);
      for (const pointer of pointers) f.increase(pointer, step * 4);
    });
    if (lastRoom < step) emit(lastRoom);
  };

  return rowKernel(target, {
    name: `unpool ${kernel.join('x')}`,
    axes: [
      { size: output.images, strides: [input.imageStride, argmax.imageStride, output.imageStride] },
      { size: unitRows, strides: [input.rowStride, argmax.rowStride, high * output.rowStride] },
    ],
    pointers: 3,
    operations: output.images * output.height * output.width * output.channels,
    body: (f, pointers, [, unit]) => {
      const [values, numbers, into] = pointers as [Local, Local, Local];

      const window = (rows: number, columns: number) => {
        const [from, argmaxFrom, to] = pointers.map((pointer) => f.local('i32', pointer)) as [Local, Local, Local];
        channelsOf(f, [from, argmaxFrom, to], (room) => {
          const value = Array.from({ length: vectors }, (_, j) => f.local('v128', loadVector(from, j * 16)));
          const number = Array.from({ length: vectors }, (_, j) => f.local('v128', loadVector(argmaxFrom, j * 16)));
          for (let y = 0; y < rows; y++) {
            for (let x = 0; x < columns; x++) {
              const tap = f32x4Const(y * wide + x);
              const masks = number.map((lanes) => f.local('v128', op('f32x4.eq', lanes, tap)));
              const chosen = value.map((lanes, j) => f.local('v128', op('v128.and', lanes, masks[j]!)));
              storeColumns(f, to, (y * output.rowStride + x * output.pixelStride) * 4, chosen, room);
            }
          }
        });
        f.increase(values, input.pixelStride * 4);
        f.increase(numbers, argmax.pixelStride * 4);
        f.increase(into, columns * output.pixelStride * 4);
      };
      const zeros = (rows: number, columns: number) => {
        const zero = Array.from({ length: vectors }, () => f32x4Const(0));
        for (let y = 0; y < rows; y++) {
          const line = f.local('i32', into);
          if (y > 0) f.increase(line, y * output.rowStride * 4);
          repeat(f, columns, () => {
            const to = f.local('i32', line);
            channelsOf(f, [to], (room) => storeColumns(f, to, 0, zero, room));
            f.increase(line, output.pixelStride * 4);
          });
        }
      };
      const windows = (rows: number) => {
        forRange(f, 0, wholeColumns, 1, () => window(rows, wide));
        if (cutColumns > 0) window(rows, cutColumns);
        zeros(rows, emptyColumns);
      };
      const isCut = lastRows < high;
      const whole = Math.min(input.height, isCut ? unitRows - 1 : unitRows);
      const rest = () => {
        if (!isCut) zeros(high, output.width);
        else {
          const last = () => (input.height >= unitRows ? windows(lastRows) : zeros(lastRows, output.width));
          if (whole === unitRows - 1) last();
          else f.if(op('i32.eq', unit!, unitRows - 1), last, () => zeros(high, output.width));
        }
      };
      if (whole === unitRows) windows(high);
      else if (whole === 0) rest();
      else f.if(op('i32.lt_u', unit!, whole), () => windows(high), rest);
    },
  });
}
