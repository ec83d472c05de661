/** Softmax and its logarithm over runs of contiguous numbers: the last axis, or the channels of pixels. */
import { f32x4Const, type Local, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { foldRuns, mapRun, paddedLength, plainValues, type ValuesAt } from './fold.js';
import { functions } from './functions.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';

export interface SoftmaxParams {
  /** Where runs are: strides of input and output. */
  readonly axes: readonly PointerAxis[];
  /** Floats of a run. */
  readonly length: number;
  readonly isLog: boolean;
  /** Floats from the start of each run of the output that may be overwritten, where there are more than the run has. */
  readonly writable?: number;
}

/** Arguments: input, output, which may be the same. */
export function softmax(target: KernelTarget, params: SoftmaxParams): Kernel {
  const { length, isLog, writable = 0 } = params;
  const padded = paddedLength(length, writable);
  return positionKernel(target, {
    name: isLog ? 'log softmax' : 'softmax',
    key: params,
    axes: params.axes,
    pointers: 2,
    operations: 30 * length * product(params.axes.map(({ size }) => size)),
    work: 8 * length + 100,
    body: (f, pointers) => {
      const [from, to] = pointers as [Local, Local];
      // A NaN makes the sum one, and so each result.
      const largest = foldRuns(f, 'largest', from, [], length, plainValues);
      const below = (g: FunctionBuilder, at: Local, vectors: number) =>
        plainValues(at, vectors).map((value) => g.local('v128', op('f32x4.sub', value, largest)));
      const powers: ValuesAt = (at, vectors) => functions.exp(f, target.tier, below(f, at, vectors));
      if (isLog) {
        const sum = foldRuns(f, 'add', from, [], length, powers);
        const [shift] = functions.log(f, target.tier, [sum]);
        mapRun(f, [from], to, length, padded, ([at], vectors) =>
          below(f, at!, vectors).map((value) => f.local('v128', op('f32x4.sub', value, shift!))),
        );
        return;
      }
      mapRun(f, [from], to, length, length, ([at], vectors) => powers(at!, vectors));
      const sum = foldRuns(f, 'add', to, [], length, plainValues);
      const factor = f.local('v128', op('f32x4.div', f32x4Const(1), sum));
      mapRun(f, [to], to, length, padded, ([at], vectors) =>
        plainValues(at!, vectors).map((value) => f.local('v128', op('f32x4.mul', value, factor))),
      );
    },
  });
}
