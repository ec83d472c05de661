/**
 * Normalization to mean 0 and variance 1, or to a mean square of 1, then a factor and a bias: over contiguous runs (layer normalization, instance
 * normalization in ONNX order), or over the pixels of each channel in NHWC8. The variance is that of what is left
 * when the mean is taken off.
 */
import { add, laneMask, loadVector, repeat, storeVector } from '../arithmetic.js';
import { f32x4Const, type Local, load, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Elementwise, emitElementwise } from './elementwise-expression.js';
import { foldRuns, mapRun, paddedLength, plainValues, type ValuesAt } from './fold.js';
import { type Kernel, type KernelTarget, multiplyAdd, product, type Tier } from './kernel.js';
import { channelGroup, emitMoments, forEachBlock, forEachGroup, unitGroups } from './moments.js';
import { mergePointerAxes, type PointerAxis, positionKernel, rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import { pixelAxes, type View } from './views.js';

export interface NormalizeRunsParams {
  /** Whether the mean is taken off; without, the variance is the mean of the squares. */
  readonly centers: boolean;
  /** Where runs are: strides of input, factors, biases and output. */
  readonly axes: readonly PointerAxis[];
  /** Floats of a run. */
  readonly length: number;
  readonly epsilon: number;
  /** Whether there are factors, and biases; otherwise their pointers are not read. */
  readonly hasScale: boolean;
  readonly hasBias: boolean;
  /** Whether one factor and one bias are broadcast over each run. */
  readonly isBroadcast: boolean;
  /** Of the result, which is input 0. */
  readonly epilogue?: Elementwise;
  /** Floats from the start of each run of the output that may be overwritten, where there are more than the run has. */
  readonly writable?: number;
}

function centered(f: FunctionBuilder, values: readonly Operand[], mean: (j: number) => Operand): Local[] {
  return values.map((value, j) => f.local('v128', op('f32x4.sub', value, mean(j))));
}

/** The squares of the values less the mean. */
function deviations(f: FunctionBuilder, mean: (j: number) => Operand): ValuesAt {
  return (at, vectors) =>
    centered(f, plainValues(at, vectors), mean).map((value) => f.local('v128', op('f32x4.mul', value, value)));
}

function overCount(f: FunctionBuilder, sum: Operand, count: number): Local {
  return f.local('v128', op('f32x4.div', sum, f32x4Const(count)));
}

/** 1 / sqrt(squares / count + epsilon) */
function inverseDeviation(f: FunctionBuilder, squares: Operand, count: number, epsilon: number): Local {
  const variance = op('f32x4.add', op('f32x4.div', squares, f32x4Const(count)), f32x4Const(epsilon));
  return f.local('v128', op('f32x4.div', f32x4Const(1), op('f32x4.sqrt', variance)));
}

function finish(
  f: FunctionBuilder,
  tier: Tier,
  values: readonly Operand[],
  factors: (j: number) => Operand,
  biases: (j: number) => Operand,
  epilogue: Elementwise | undefined,
): readonly Operand[] {
  const results = values.map((value, j) => f.local('v128', multiplyAdd(tier, value, factors(j), biases(j))));
  return epilogue === undefined
    ? results
    : emitElementwise(
        f,
        tier,
        epilogue,
        results.map((value) => [value]),
      );
}

/** Arguments: input, factors, biases, output. */
export function normalizeRuns(target: KernelTarget, params: NormalizeRunsParams): Kernel {
  const { centers, length, epsilon, hasScale, hasBias, isBroadcast, epilogue, writable = 0 } = params;
  const { tier } = target;
  return positionKernel(target, {
    name: 'normalize runs',
    axes: params.axes,
    pointers: 4,
    operations: 8 * length * product(params.axes.map(({ size }) => size)),
    work: 3 * length + 100,
    body: (f, pointers) => {
      const [from, scale, bias, to] = pointers as [Local, Local, Local, Local];
      const mean = centers
        ? overCount(f, foldRuns(f, 'add', from, [], length, plainValues), length)
        : f.local('v128', f32x4Const(0));
      const squares = foldRuns(
        f,
        'add',
        from,
        [],
        length,
        deviations(f, () => mean),
      );
      const inverse = inverseDeviation(f, squares, length, epsilon);
      if (isBroadcast || !hasScale) {
        if (hasScale) f.set(inverse, op('f32x4.mul', inverse, load('v128.load32_splat', scale)));
        const shift = f.local('v128', hasBias && isBroadcast ? load('v128.load32_splat', bias) : f32x4Const(0));
        const isBiasLoaded = hasBias && !isBroadcast;
        mapRun(f, isBiasLoaded ? [from, bias] : [from], to, length, paddedLength(length, writable), (at, vectors) => {
          const values = centered(f, plainValues(at[0]!, vectors), () => mean);
          return finish(
            f,
            tier,
            values,
            () => inverse,
            (j) => (isBiasLoaded ? loadVector(at[1]!, j * 16) : shift),
            epilogue,
          );
        });
        return;
      }
      const sources = hasBias ? [from, scale, bias] : [from, scale];
      mapRun(f, sources, to, length, paddedLength(length, writable), (at, vectors) => {
        const values = centered(f, plainValues(at[0]!, vectors), () => mean);
        const scaled = values.map((value) => f.local('v128', op('f32x4.mul', value, inverse)));
        return finish(
          f,
          tier,
          scaled,
          (j) => loadVector(at[1]!, j * 16),
          (j) => (hasBias ? loadVector(at[2]!, j * 16) : f32x4Const(0)),
          epilogue,
        );
      });
    },
  });
}

export interface NormalizePixelsParams {
  readonly input: View;
  readonly output: View;
  readonly epsilon: number;
  /** Of the result, which is input 0. */
  readonly epilogue?: Elementwise;
  /** Groups of 16 channels that a unit goes through block by block. */
  readonly groups: number;
}

/** Floats of scratch: the moments of a unit's channels. */
export function normalizePixelsScratch({ groups }: Pick<NormalizePixelsParams, 'groups'>): number {
  return 2 * groups * channelGroup;
}

/**
 * Arguments: input, factors and biases (one for each channel, zeros after up to a multiple of 16), output, scratch. Units are some
 * groups of channels of an image.
 */
export function normalizePixels(target: KernelTarget, params: NormalizePixelsParams): Kernel {
  const { input, output, epsilon, epilogue, groups } = params;
  const { channels } = input;
  const pixels = input.depth * input.height * input.width;
  const [, ...inImage] = pixelAxes(input, [input, output]);
  const loops = mergePointerAxes(inImage);
  const [fromPixel, toPixel] = loops.at(-1)?.strides ?? [0, 0];
  const step = groups * channelGroup;
  const lastRoom = paddedLength(
    channels % channelGroup,
    output.writable - Math.floor(channels / channelGroup) * channelGroup,
  );
  return rowKernel(target, {
    name: 'normalize pixels',
    axes: [
      { size: input.images, strides: [input.imageStride, 0, 0, output.imageStride] },
      { size: Math.ceil(channels / step), strides: [step, step, step, step] },
    ],
    pointers: 5,
    operations: 8 * input.images * channels * pixels,
    body: (f, pointers, indices) => {
      const [from, scale, bias, to, means] = pointers as [Local, Local, Local, Local, Local];
      const squares = f.local('i32', add(means, step * 4));
      const own = unitGroups(f, channels, groups, indices.at(-1)!);
      emitMoments(f, input, own, { from, means, squares });
      const factors = squares;
      forEachGroup(f, own, [squares, scale], ([sums, scales]) => {
        for (let j = 0; j < channelGroup; j += 4) {
          const inverse = inverseDeviation(f, loadVector(sums!, j * 4), pixels, epsilon);
          storeVector(f, sums!, j * 4, op('f32x4.mul', inverse, loadVector(scales!, j * 4)));
        }
      });
      forEachBlock(f, loops, [from, to], (count) => {
        forEachGroup(f, own, [from, to, means, factors, bias], ([source, result, ...rows], ofGroup) => {
          const room = ofGroup === channelGroup ? channelGroup : lastRoom;
          const vectors = Math.ceil(room / 4);
          const [mean, factor, shift] = rows.map((row) =>
            Array.from({ length: vectors }, (_, j) => f.local('v128', loadVector(row, j * 16))),
          ) as [Local[], Local[], Local[]];
          repeat(f, count, () => {
            const values = centered(f, plainValues(source!, vectors), (j) => mean[j]!);
            const results = finish(
              f,
              target.tier,
              values,
              (j) => factor[j]!,
              (j) => shift[j]!,
              epilogue,
            );
            const masked = results.map((value, j) => {
              const lanes = Math.max(0, ofGroup - j * 4);
              return lanes >= 4 ? value : op('v128.and', value, laneMask(lanes));
            });
            storeColumns(f, result!, 0, masked, room);
            f.increase(source!, fromPixel! * 4);
            f.increase(result!, toPixel! * 4);
          });
          f.increase(source!, -count * fromPixel! * 4);
          f.increase(result!, -count * toPixel! * 4);
        });
      });
    },
  });
}
