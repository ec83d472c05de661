/** MaxPool of integers of 8 bits, each a byte from 0 on: windows that lie inside of the input. */
import { loadVector, repeat, storeVector } from '../arithmetic.js';
import { type Local, op } from '../expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { positionKernel } from './rows.js';
import { type Pair, sliceAxes, type View } from './views.js';

export interface ByteMaxPoolParams {
  /** Channels and strides count words of four channels; both have whole vectors of them. */
  readonly input: View;
  readonly output: View;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

/** Arguments: input, output. */
export function byteMaxPool(target: KernelTarget, params: ByteMaxPoolParams): Kernel {
  const { input, output, kernel, stride, dilation } = params;
  const vectors = Math.ceil(output.channels / 4);
  const taps = Array.from({ length: kernel[0] * kernel[1] }, (_, i) => {
    const [y, x] = [Math.floor(i / kernel[1]), i % kernel[1]];
    return (y * dilation[0] * input.rowStride + x * dilation[1] * input.pixelStride) * 4;
  });
  return positionKernel(target, {
    name: `max pool of bytes ${kernel.join('x')}`,
    key: params,
    axes: [
      ...sliceAxes(output, [input, output]),
      { size: output.height, strides: [stride[0] * input.rowStride, output.rowStride] },
      { size: output.width, strides: [stride[1] * input.pixelStride, output.pixelStride] },
    ],
    pointers: 2,
    operations: product([output.images, output.height, output.width, output.channels * 4, taps.length]),
    work: vectors * taps.length * 4,
    body: (f, pointers) => {
      const [from, to] = pointers as [Local, Local];
      const most = f.local('v128');
      repeat(f, vectors, () => {
        for (const [i, tap] of taps.entries()) {
          f.set(most, i === 0 ? loadVector(from, tap) : op('i8x16.max_u', most, loadVector(from, tap)));
        }
        storeVector(f, to, 0, most);
        f.increase(from, 16);
        f.increase(to, 16);
      });
    },
  });
}
