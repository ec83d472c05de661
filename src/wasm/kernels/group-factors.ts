/** What group normalization takes off and multiplies each channel with, by the moments of the channels of its group. */
import { add, forRange, multiply } from '../arithmetic.js';
import { type Local, load, memoryFill, memoryOp, type Operand, op } from '../expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { momentsStride } from './moments.js';
import { rowKernel } from './rows.js';

export interface GroupFactorsParams {
  readonly images: number;
  readonly channels: number;
  readonly groups: number;
  /** Elements of a channel in an image. */
  readonly pixels: number;
  readonly epsilon: number;
  /** Whether factors and biases are those of groups instead of channels. */
  readonly isByGroup: boolean;
  /** From image to image in the results: at least the channels, and zeros after them. */
  readonly stride: number;
}

/** Arguments: moments, factors, biases; what is taken off, multiplied with and added. Units are groups of an image. */
export function groupFactors(target: KernelTarget, params: GroupFactorsParams): Kernel {
  const { images, channels, groups, pixels, epsilon, isByGroup, stride } = params;
  const size = channels / groups;
  const squaresAt = (momentsStride(channels) / 2) * 4;
  const [ofImage, ofGroup] = [momentsStride(channels), isByGroup ? 1 : size];
  return rowKernel(target, {
    name: 'group factors',
    axes: [
      { size: images, strides: [ofImage, 0, 0, stride, stride, stride] },
      { size: groups, strides: [size, ofGroup, ofGroup, size, size, size] },
    ],
    pointers: 6,
    operations: product([images, channels, 6]),
    body: (f, pointers, indices) => {
      const [moments, factors, biases, means, multipliers, shifts] = pointers as [
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
      ];
      const at = (start: Local, channel: Operand) => add(start, multiply(channel, 4));
      const number = (start: Local, channel: Operand, offset = 0) =>
        op('f64.promote_f32', load('f32.load', at(start, channel), offset));
      const store = (start: Local, channel: Operand, value: Operand) =>
        f.run(memoryOp('f32.store', 0, at(start, channel), op('f32.demote_f64', value)));
      const mean = f.local('f64', 0);
      forRange(f, 0, size, 1, (channel) => f.set(mean, op('f64.add', mean, number(moments, channel))));
      f.set(mean, op('f64.div', mean, size));
      const squares = f.local('f64', 0);
      forRange(f, 0, size, 1, (channel) => {
        const distance = f.local('f64', op('f64.sub', number(moments, channel), mean));
        const between = op('f64.mul', op('f64.mul', distance, distance), pixels);
        f.set(squares, op('f64.add', squares, op('f64.add', number(moments, channel, squaresAt), between)));
      });
      const variance = op('f64.div', squares, size * pixels);
      const inverse = f.local('f64', op('f64.div', 1, op('f64.sqrt', op('f64.add', variance, epsilon))));
      forRange(f, 0, size, 1, (channel) => {
        const own = isByGroup ? 0 : channel;
        store(means, channel, mean);
        store(multipliers, channel, op('f64.mul', inverse, number(factors, own)));
        store(shifts, channel, number(biases, own));
      });
      // What pads the channels is read with them.
      if (stride === channels) return;
      f.if(op('i32.eq', indices.at(-1)!, groups - 1), () => {
        const padding = (stride - channels) * 4;
        for (const result of [means, multipliers, shifts]) f.run(memoryFill(add(result, size * 4), 0, padding));
      });
    },
  });
}
