/**
 * A convolution of each channel by itself along contiguous runs, of which every output reads its own position and those before
 * it. What came before the run is the state: the run after it lies in scratch, where outputs read it at any place.
 */
import { loadVector, repeat } from '../arithmetic.js';
import { f32x4Const, type Local, load } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { binary, type Elementwise, emitElementwise, input, unary } from './elementwise-expression.js';
import { mapRun, plainValues, type ValuesAt } from './fold.js';
import { type Kernel, type KernelTarget, multiplyAdd } from './kernel.js';
import { positionKernel } from './rows.js';

export interface CausalConvolutionParams {
  readonly batch: number;
  readonly channels: number;
  /** Floats of a run. */
  readonly length: number;
  readonly taps: number;
  readonly hasBias: boolean;
  /** Whether there is a state before the run, zeros without; and whether the one after it is wanted. */
  readonly hasPast: boolean;
  readonly givesState: boolean;
  readonly activation: 'none' | 'silu';
}

/** Weights of more taps are read in a loop. */
const mostUnrolledTaps = 8;

const silu: Elementwise = binary('mul', input(0), unary('sigmoid', input(0)));

/** Floats of scratch that a thread needs. */
export function causalConvolutionScratch({ length, taps }: Pick<CausalConvolutionParams, 'length' | 'taps'>): number {
  return taps - 1 + length;
}

/**
 * Arguments, all row-major: input [batch, channels, length], weights [channels, taps], biases [channels], state
 * [batch, channels, taps − 1], output like the input, state after it, scratch.
 */
export function causalConvolution(target: KernelTarget, params: CausalConvolutionParams): Kernel {
  const { batch, channels, length, taps, hasBias, hasPast, givesState, activation } = params;
  const before = taps - 1;
  const [past, state] = [hasPast ? before : 0, givesState ? before : 0];
  const bias = hasBias ? 1 : 0;
  const strides = [length, taps, bias, past, length, state];
  const images = strides.map((stride, i) => (i === 1 || i === 2 ? 0 : stride * channels));
  return positionKernel(target, {
    name: 'causal convolution',
    axes: [
      { size: batch, strides: images },
      { size: channels, strides },
    ],
    pointers: 7,
    operations: 2 * batch * channels * length * taps,
    work: length * (taps + (activation === 'none' ? 2 : 25)) + before + 50,
    body: (f, [from, weights, biases, pastState, to, stateAfter, scratch]) => {
      const run = f.local('i32', scratch!);
      if (hasPast) mapRun(f, [pastState!], run, before, before, ([at], vectors) => plainValues(at!, vectors));
      else mapRun(f, [], run, 0, before, () => []);
      f.increase(run, before * 4);
      mapRun(f, [from!], run, length, length, ([at], vectors) => plainValues(at!, vectors));
      const start = hasBias ? f.local('v128', load('v128.load32_splat', biases!)) : f32x4Const(0);
      const sums: ValuesAt = (at, vectors) => {
        const totals = Array.from({ length: vectors }, () => f.local('v128', start));
        addTaps(f, target, at, weights!, taps, totals);
        if (activation === 'none') return totals;
        const inputs = totals.map((total) => [total]);
        return emitElementwise(f, target.tier, silu, inputs);
      };
      mapRun(f, [scratch!], to!, length, length, ([at], vectors) => sums(at!, vectors));
      if (!givesState) return;
      const last = f.local('i32', scratch!);
      f.increase(last, length * 4);
      mapRun(f, [last], stateAfter!, before, before, ([at], vectors) => plainValues(at!, vectors));
    },
  });
}

/** Adds to each vector the products of the numbers from its place on with the weights. */
function addTaps(
  f: FunctionBuilder,
  { tier }: KernelTarget,
  start: Local,
  weights: Local,
  taps: number,
  totals: readonly Local[],
): void {
  const add = (at: Local, weight: Local, tap: number) => {
    const factor = f.local('v128', load('v128.load32_splat', weight, tap * 4));
    for (const [j, total] of totals.entries())
      f.set(total, multiplyAdd(tier, loadVector(at, tap * 4 + j * 16), factor, total));
  };
  if (taps <= mostUnrolledTaps) {
    for (let tap = 0; tap < taps; tap++) add(start, weights, tap);
    return;
  }
  const [at, weight] = [f.local('i32', start), f.local('i32', weights)];
  repeat(f, taps, () => {
    add(at, weight, 0);
    f.increase(at, 4);
    f.increase(weight, 4);
  });
}
