/** ONNX's indices of a max pooling, made of its argmax offsets: positions of elements in the whole row-major input. */
import { add, divide, forRange, multiply, remainder, subtract } from '../arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../expression.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { rowKernel } from './rows.js';
import type { Pair, View } from './views.js';

export interface ArgmaxIndicesParams {
  /** Argmax offsets as `PoolingParams.argmax` has them. */
  readonly argmax: View;
  /** Height and width of the pooled input. */
  readonly input: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pair;
  /** Whether columns follow one another, not rows (`storage_order` 1). */
  readonly isColumnMajor: boolean;
}

/** Arguments: argmax offsets, indices (int64 in row-major order). Units are rows of the output. */
export function argmaxIndices(target: KernelTarget, params: ArgmaxIndicesParams): Kernel {
  const { argmax, input, kernel, strides, dilations, pads, isColumnMajor } = params;
  const { images, channels, height, width } = argmax;
  const plane = input[0] * input[1];
  return rowKernel(target, {
    name: 'argmax indices',
    axes: [
      { size: images, strides: [argmax.imageStride, channels * height * width * 2] },
      { size: height, strides: [argmax.rowStride, width * 2] },
    ],
    pointers: 2,
    operations: images * channels * height * width,
    body: (f, [from, to], [image, row]) => {
      const along = (axis: 0 | 1, output: Operand, tap: Operand) =>
        subtract(add(multiply(output, strides[axis]), multiply(tap, dilations[axis])), pads[axis]);
      forRange(f, 0, width, 1, (column) => {
        const source = f.local('i32', add(from!, multiply(column, argmax.pixelStride * 4)));
        const into = f.local('i32', add(to!, multiply(column, 8)));
        forRange(f, 0, channels, 1, (channel) => {
          const tap = f.local('i32', op('i32.trunc_sat_f32_s', load('f32.load', source)));
          const y = along(0, row!, divide(tap, kernel[1]));
          const x = along(1, column, remainder(tap, kernel[1]));
          const inside = isColumnMajor ? add(multiply(x, input[0]), y) : add(multiply(y, input[1]), x);
          const first = op('i64.mul', op('i64.extend_i32_u', add(multiply(image!, channels), channel as Local)), plane);
          f.run(memoryOp('i64.store', 0, into, op('i64.add', first, op('i64.extend_i32_u', inside))));
          f.increase(source, 4);
          f.increase(into, height * width * 8);
        });
      });
    },
  });
}
