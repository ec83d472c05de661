/** Softmax and its logarithm over runs of contiguous numbers: the last axis, or the channels of pixels. */
import { floats, integers } from '../arithmetic.js';
import { f32x4Const, type Local, memoryLaneOp, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { foldRuns, mapRun, paddedLength, plainValues, type ValuesAt } from './fold.js';
import { functions } from './functions.js';
import { type Kernel, type KernelTarget, multiplyAdd, product } from './kernel.js';
import { type EmitFunction, each, polynomial } from './lanes.js';
import { type PointerAxis, positionKernel } from './rows.js';

export interface SoftmaxParams {
  /** Where runs are: strides of input and output, and of the divisors where these stay apart. */
  readonly axes: readonly PointerAxis[];
  /** Floats of a run. */
  readonly length: number;
  readonly isLog: boolean;
  /** Powers by fewer instructions, to 2e-7 of them: for the precision `fast`. */
  readonly isQuick?: boolean;
  /** Whether nothing is divided, and each run's sum is stored instead. */
  readonly dividesLater?: boolean;
  /** Floats from the start of each run of the output that may be overwritten, where there are more than the run has. */
  readonly writable?: number;
}

/** Arguments: input, output, which may be the same; the sums, where nothing is divided. */
export function softmax(target: KernelTarget, params: SoftmaxParams): Kernel {
  const { length, isLog, isQuick = false, dividesLater = false, writable = 0 } = params;
  if (isLog && dividesLater) throw new RangeError('a logarithm divides nothing');
  const padded = paddedLength(length, writable);
  return positionKernel(target, {
    name: isLog ? 'log softmax' : 'softmax',
    axes: params.axes,
    pointers: dividesLater ? 3 : 2,
    operations: 30 * length * product(params.axes.map(({ size }) => size)),
    work: 8 * length + 100,
    body: (f, pointers) => {
      const [from, to, sums] = pointers as [Local, Local, Local?];
      // A NaN makes the sum one, and so each result.
      const largest = foldRuns(f, 'largest', from, [], length, plainValues);
      const below = (g: FunctionBuilder, at: Local, vectors: number) =>
        plainValues(at, vectors).map((value) => g.local('v128', op('f32x4.sub', value, largest)));
      const exp = isQuick ? powerBelowOne : functions.exp;
      const powers: ValuesAt = (at, vectors) => exp(f, target.tier, below(f, at, vectors));
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
      if (sums !== undefined) {
        f.run(memoryLaneOp('v128.store32_lane', 0, 0, sums, sum));
        return;
      }
      const factor = f.local('v128', op('f32x4.div', f32x4Const(1), sum));
      mapRun(f, [to], to, length, padded, ([at], vectors) =>
        plainValues(at!, vectors).map((value) => f.local('v128', op('f32x4.mul', value, factor))),
      );
    },
  });
}

/** e^r for |r| <= ln(2) / 2: a minimax fit of the relative error, 9e-8, where that of 0 is 1. */
const powerPolynomial = [1, 0.999999707, 0.499991492, 0.166676366, 0.0418979754, 0.00829030601];
/** Adding it leaves the nearest integer in the low bits of the sum. */
const roundingConstant = 1.5 * 2 ** 23;
/** Below it powers are as good as 0, above it 2^n is a normal number. */
const leastExponent = -87;

/** e^x for x that are not above 0. A NaN stays one. */
const powerBelowOne: EmitFunction = (f, tier, x) => {
  const bounded = each(f, x, (v) => op('f32x4.pmax', v, floats(f, leastExponent)));
  const shifted = each(f, bounded, (v) => multiplyAdd(tier, v, floats(f, Math.LOG2E), floats(f, roundingConstant)));
  const n = each(f, shifted, (v) => op('f32x4.sub', v, floats(f, roundingConstant)));
  const r = each(f, n, (v, i) => multiplyAdd(tier, v, floats(f, -Math.LN2), bounded[i]!));
  const sum = polynomial(f, tier, r, powerPolynomial);
  const scale = each(f, shifted, (v) => op('i32x4.add', op('i32x4.shl', v, 23), integers(f, 127 << 23)));
  return each(f, sum, (v, i) => op('f32x4.mul', v, scale[i]!));
};
