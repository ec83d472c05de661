/** Geometries of layers for drawings, with what follows from the attributes filled in. */
import type { SlidAxis } from '../../src/explain/picture/window.js';
import { type ConvTransposeAxis, kernelExtent } from '../../src/ops/convolution/conv-transpose-geometry.js';
import type { ConcreteWindow } from '../../src/ops/convolution/window.js';

export type GivenTransposed = Pick<ConvTransposeAxis, 'input' | 'kernel'> & Partial<ConvTransposeAxis>;

/** Padding at the end is as at the start if only that is given. */
export function transposed(given: GivenTransposed): ConvTransposeAxis {
  const { stride = 1, dilation = 1, padBegin = 0, padEnd = padBegin, tail = 0, input, kernel } = given;
  const output = (input - 1) * stride + kernelExtent({ kernel, dilation }) - padBegin - padEnd + tail;
  return { stride, dilation, padBegin, padEnd, tail, output, ...given };
}

export type GivenWindow = Pick<ConcreteWindow, 'input' | 'kernel'> & Partial<ConcreteWindow>;

export function slid(given: GivenWindow): SlidAxis {
  const { stride = 1, dilation = 1, padBegin = 0, padEnd = padBegin, input, kernel } = given;
  const room = input + padBegin + padEnd - kernelExtent({ kernel, dilation });
  const output = given.output ?? Math.floor(room / stride) + 1;
  return { geometry: { stride, dilation, padBegin, padEnd, input, kernel, output }, input, output };
}

export function twice<T>(axis: T): [T, T] {
  return [axis, axis];
}
