/** An elementwise tree as one loop. */
import { forRange, loadVector, minimum, multiply, repeat, subtract } from '../arithmetic.js';
import { type Local, load } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { cost, type Elementwise, emitElementwise } from './elementwise-expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { mergePointerAxes, type PointerAxis, positionKernel, rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';

export interface ElementwiseParams {
  readonly tree: Elementwise;
  /** Images, rows, pixels, or any others. Strides of the inputs in order, then of the output. */
  readonly axes: readonly PointerAxis[];
  /** The innermost axis: stride 1 for the output and the inputs, 0 for inputs that are broadcast along it. */
  readonly channels: number;
  /** Floats from each run's start that may be overwritten: at least `channels`. */
  readonly writable: number;
  /** For each input whether its one channel is broadcast to all. */
  readonly isBroadcast: readonly boolean[];
}

/** Floats of a unit, where the tensor is one run without gaps. */
const segment = 8192;
/** Two vectors at a time. */
const step = 8;

/** Arguments: inputs, output. */
export function elementwise(target: KernelTarget, params: ElementwiseParams): Kernel {
  const { tree, isBroadcast, channels } = params;
  const inputs = isBroadcast.length;
  const elements = product(params.axes.map(({ size }) => size)) * channels;
  const operations = elements * Math.max(1, cost(tree));
  const common = { name: 'elementwise', pointers: inputs + 1, operations };

  /** Computes so many vectors at the pointers, and stores the first `writable` floats of them. */
  const emit = (f: FunctionBuilder, pointers: readonly Local[], vectors: number, writable: number) => {
    const values = Array.from({ length: vectors }, (_, j) =>
      isBroadcast.map((isOne, i) =>
        f.local('v128', isOne ? load('v128.load32_splat', pointers[i]!) : loadVector(pointers[i]!, j * 16)),
      ),
    );
    storeColumns(f, pointers[inputs]!, 0, emitElementwise(f, target.tier, tree, values), writable);
  };
  const advance = (f: FunctionBuilder, pointers: readonly Local[], floats: number) => {
    for (const [i, pointer] of pointers.entries()) if (!isBroadcast[i]) f.increase(pointer, floats * 4);
  };

  const run = contiguousRun(params);
  if (run !== undefined) {
    const strides = Array.from({ length: inputs + 1 }, () => segment);
    return rowKernel(target, {
      ...common,
      axes: [{ size: Math.ceil(run / segment), strides }],
      body: (f, pointers, [place]) => {
        const left = f.local('i32', minimum(f, subtract(run, multiply(place!, segment)), segment));
        forRange(f, 0, left, step, () => {
          emit(f, pointers, step / 4, step);
          advance(f, pointers, step);
        });
      },
    });
  }

  const whole = Math.floor(channels / step);
  const tail = channels - whole * step;
  return positionKernel(target, {
    ...common,
    axes: params.axes,
    work: channels,
    body: (f, at) => {
      repeat(f, whole, () => {
        emit(f, at, step / 4, step);
        advance(f, at, step);
      });
      if (tail > 0) emit(f, at, Math.ceil(tail / 4), params.writable - whole * step);
    },
  });
}

/** The floats of the whole where all tensors lie without gaps, padding of pixels included; a multiple of the step. */
function contiguousRun({ axes, channels, writable, isBroadcast }: ElementwiseParams): number | undefined {
  if (isBroadcast.some((isOne) => isOne)) return undefined;
  const merged = mergePointerAxes(axes);
  if (merged.length > 1) return undefined;
  const [axis] = merged;
  const padded = axis === undefined ? channels : axis.strides[0]!;
  const isWhole = padded % step === 0 && padded - channels < step && (axis === undefined || padded <= writable);
  const isEqual = axis === undefined || axis.strides.every((stride) => stride === padded);
  return isWhole && isEqual ? padded * (axis?.size ?? 1) : undefined;
}
