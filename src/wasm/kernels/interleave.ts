/**
 * Several kernels of the same arguments as one, in turns: the subconvolutions of a transposed convolution read the same rows of
 * the input and fill the same rows of the output, which stay in the cache meanwhile.
 */

import { add, divide, forRange, multiply } from '../arithmetic.js';
import { call, type Operand } from '../expression.js';
import { takes } from '../function.js';
import type { Kernel, KernelTarget } from './kernel.js';

export interface Piece {
  readonly kernel: Kernel;
  /** What is added to each pointer argument, in floats. */
  readonly offsets: readonly number[];
}

/** Arguments: those of the pieces. A unit is the same share of each piece. */
export function interleave({ module }: KernelTarget, pieces: readonly Piece[]): Kernel {
  const units = Math.max(...pieces.map(({ kernel }) => kernel.units));
  const operations = pieces.reduce((sum, { kernel }) => sum + kernel.operations, 0);
  const pointerCount = pieces[0]!.offsets.length;
  const emitted = module.function(`${pieces.length} kernels in turns`, takes(pointerCount + 2), (f, ...args) => {
    const pointers = args.slice(0, pointerCount);
    const [begin, end] = args.slice(pointerCount);
    forRange(f, begin!, end!, 1, (unit) => {
      for (const { kernel, offsets } of pieces) {
        const share = (index: Operand): Operand =>
          kernel.units === units ? index : divide(multiply(index, kernel.units), units);
        f.run(
          call(
            kernel.function,
            ...pointers.map((pointer, i) => add(pointer, offsets[i]! * 4)),
            share(unit),
            share(add(unit, 1)),
          ),
        );
      }
    });
  });
  return { function: emitted, units, operations };
}
