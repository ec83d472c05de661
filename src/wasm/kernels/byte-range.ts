/** The range of what a convolution of bytes makes, found while it is in registers: a vector's worth of both ends for each share of its units. */
import { add, divide, forRange, loadVector, multiply, storeVector } from '../arithmetic.js';
import { call, f32x4Const, type Local, type Operand } from '../expression.js';
import { takes } from '../function.js';
import { byteWinograd } from './byte-winograd.js';
import type { ByteWinogradParams } from './byte-winograd-tiles.js';
import { type ConvolutionParams, convolution } from './convolution.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { sides } from './range.js';

/** Floats of scratch after that of the convolution, where the range is until a unit is done. */
export const rangeScratch = 8;

export interface ByteRangeParams {
  /** One whose `bytes` say that it keeps the range. */
  readonly of:
    | { readonly name: 'convolution'; readonly params: ConvolutionParams }
    | { readonly name: 'byte winograd'; readonly params: ByteWinogradParams };
  /** Its arguments. */
  readonly pointers: number;
  readonly units: number;
  /** Floats from the largest numbers, four of each unit, to the smallest ones. */
  readonly apart: number;
}

const emptyRange = [-Infinity, Infinity];

/** Arguments: those of the convolution, its scratch for the range, the ranges. Units without any of its own have an empty one. */
export function byteRange(target: KernelTarget, { of, pointers, units, apart }: ByteRangeParams): Kernel {
  const kernel = of.name === 'convolution' ? convolution(target, of.params) : byteWinograd(target, of.params);
  const emitted = target.module.function('with its range', takes(pointers + 4), (f, ...args) => {
    const own = args.slice(0, pointers);
    const [range, ranges, begin, end] = args.slice(pointers) as [Local, Local, Local, Local];
    const share = (unit: Operand) => divide(multiply(unit, kernel.units), units);
    forRange(f, begin, end, 1, (unit) => {
      for (const side of sides.keys()) storeVector(f, range, side * 16, f32x4Const(emptyRange[side]!));
      f.run(call(kernel.function, ...own, share(unit), share(add(unit, 1))));
      const place = f.local('i32', add(ranges, multiply(unit, 16)));
      for (const side of sides.keys()) storeVector(f, place, side * apart * 4, loadVector(range, side * 16));
    });
  });
  return { function: emitted, units, operations: kernel.operations };
}
