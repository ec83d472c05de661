/** Sums of squares over neighboring channels of each pixel, and what is computed with them: local response normalization. */
import { add, forRange, loadVector, multiply, repeat } from '../arithmetic.js';
import { f32x4Const, type Local, memoryFill, op } from '../expression.js';
import { type Elementwise, emitElementwise } from './elementwise-expression.js';
import { mapRun, paddedLength, plainValues } from './fold.js';
import { type Kernel, type KernelTarget, roundUp } from './kernel.js';
import { rowKernel } from './rows.js';
import { readableAfter, sliceAxes, type View } from './views.js';

export interface ChannelWindowParams {
  readonly input: View;
  readonly output: View;
  /** Channels before and after a channel that are in its window; fewer than there are channels. */
  readonly before: number;
  readonly after: number;
  /** The sums are multiplied by the factor, then the bias is added. */
  readonly factor: number;
  readonly bias: number;
  /** Of the channel, which is input 0, and its sum, which is input 1. */
  readonly tree: Elementwise;
}

/** Floats of scratch: the squares of a pixel, with zeros on both sides. */
export function channelWindowScratch(channels: number, before: number, after: number): number {
  return before + roundUp(channels + after, 8) + readableAfter;
}

/** Arguments: input, output, scratch. Units are rows. */
export function channelWindow(target: KernelTarget, params: ChannelWindowParams): Kernel {
  const { input, output, before, after, factor, bias, tree } = params;
  const { images, channels, depth, height, width } = input;
  const taps = before + 1 + after;
  return rowKernel(target, {
    name: 'channel window',
    axes: [...sliceAxes(input, [input, output]), { size: height, strides: [input.rowStride, output.rowStride] }],
    pointers: 3,
    operations: images * depth * height * width * channels * (taps + 4),
    body: (f, [row, into, scratch]) => {
      const [from, to] = [f.local('i32', row), f.local('i32', into)];
      const squares = f.local('i32', add(scratch!, before * 4));
      f.run(memoryFill(scratch!, 0, before * 4));
      repeat(f, width, () => {
        mapRun(f, [from], squares, channels, roundUp(channels + after, 8), ([at], vectors) =>
          plainValues(at!, vectors).map((value) => {
            const kept = f.local('v128', value);
            return f.local('v128', op('f32x4.mul', kept, kept));
          }),
        );
        const padded = paddedLength(channels, output.writable);
        mapRun(f, [from, scratch!], to, channels, padded, ([x, window], vectors) => {
          const sums = windowSums(window!, vectors).map((sum) =>
            f.local('v128', op('f32x4.add', op('f32x4.mul', sum, f32x4Const(factor)), f32x4Const(bias))),
          );
          const values = plainValues(x!, vectors).map((value, j) => [f.local('v128', value), sums[j]!]);
          return emitElementwise(f, target.tier, tree, values);
        });
        f.increase(from, input.pixelStride * 4);
        f.increase(to, output.pixelStride * 4);
      });

      function windowSums(start: Local, vectors: number): Local[] {
        const sums = Array.from({ length: vectors }, () => f.local('v128', f32x4Const(0)));
        const addTap = (at: Local) => {
          for (const [j, sum] of sums.entries()) f.set(sum, op('f32x4.add', sum, loadVector(at, j * 16)));
        };
        forRange(f, 0, taps, 1, (tap) => addTap(f.local('i32', add(start, multiply(tap, 4)))));
        return sums;
      }
    },
  });
}
