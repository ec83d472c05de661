/**
 * Means and sums of squared deviations of channels over all their pixels, in NHWC8 and in one pass over memory: a block of pixels
 * is summed twice while it is in the first-level cache, and joined with those before it (T. F. Chan, G. H. Golub, R. J. LeVeque,
 * "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979).
 */
import { add, forRange, loadVector, minimum, multiply, repeat, storeVector, subtract } from '../arithmetic.js';
import { f32x4Const, type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { paddedLength } from './fold.js';
import { type Kernel, type KernelTarget, roundUp } from './kernel.js';
import { type PointerAxis, rowKernel } from './rows.js';
import { mergeAxes } from './tile.js';
import { pixelAxes, type View } from './views.js';

/** Pixels of a block. */
const block = 64;
/** Channels whose sums are in registers at once. */
export const channelGroup = 16;

/** The groups of channels of a unit. */
export interface UnitGroups {
  /** How many of them are whole, and whether one that is not comes after them. */
  readonly whole: Operand;
  readonly hasRest: Operand | boolean;
  /** Channels of that one. */
  readonly rest: number;
}

/** Groups of channels that a unit has, of so many. */
export function unitGroups(f: FunctionBuilder, channels: number, perUnit: number, unit: Local): UnitGroups {
  const whole = Math.floor(channels / channelGroup);
  const rest = channels - whole * channelGroup;
  const units = Math.ceil(channels / channelGroup / perUnit);
  if (units === 1) return { whole, hasRest: rest > 0, rest };
  const left = subtract(whole, multiply(unit, perUnit));
  return {
    whole: minimum(f, left, perUnit),
    hasRest: rest === 0 ? false : op('i32.eq', unit, units - 1),
    rest,
  };
}

/** Emits the body for each group, with pointers to its channels; vectors of the last one may be fewer. */
export function forEachGroup(
  f: FunctionBuilder,
  { whole, hasRest, rest }: UnitGroups,
  pointers: readonly Local[],
  body: (at: readonly Local[], channels: number) => void,
): void {
  const at = pointers.map((pointer) => f.local('i32', pointer));
  forRange(f, 0, whole, 1, () => {
    body(at, channelGroup);
    for (const pointer of at) f.increase(pointer, channelGroup * 4);
  });
  if (hasRest === true) body(at, rest);
  else if (hasRest !== false) f.if(hasRest, () => body(at, rest));
}

/** Goes over all positions in blocks of neighbors along the last axis: pointers are moved, and are back afterwards. */
export function forEachBlock(
  f: FunctionBuilder,
  axes: readonly PointerAxis[],
  pointers: readonly Local[],
  body: (count: number) => void,
): void {
  const move = (strides: readonly number[], times: number) => {
    for (const [i, pointer] of pointers.entries()) f.increase(pointer, strides[i]! * times * 4);
  };
  const run = axes.at(-1) ?? { size: 1, strides: pointers.map(() => 0) };
  const blocks = Math.floor(run.size / block);
  const left = run.size - blocks * block;
  const walk = (outer: readonly PointerAxis[]): void => {
    const [first, ...rest] = outer;
    if (first !== undefined) {
      repeat(f, first.size, () => {
        walk(rest);
        move(first.strides, 1);
      });
      move(first.strides, -first.size);
      return;
    }
    repeat(f, blocks, () => {
      body(block);
      move(run.strides, block);
    });
    if (left > 0) body(left);
    move(run.strides, -blocks * block);
  };
  walk(axes.slice(0, -1));
}

/**
 * Emits the moments of groups of channels over the pixels of an image: a row of means at `means`, a row of sums of squared
 * deviations at `squares`. Both have room for whole groups.
 * @param input where the pixels are: at `from`
 */
export function emitMoments(
  f: FunctionBuilder,
  input: View,
  groups: UnitGroups,
  { from, means, squares }: { readonly from: Local; readonly means: Local; readonly squares: Local },
): void {
  const [, ...inImage] = pixelAxes(input, [input]);
  const merged = mergeAxes(inImage.map(({ size, strides }) => ({ size, stride: strides[0]! })));
  const axes = merged.filter(({ size }) => size > 1).map(({ size, stride }) => ({ size, strides: [stride] }));
  const pixelStride = axes.at(-1)?.strides[0] ?? 0;
  forEachGroup(f, groups, [means, squares], (rows) => {
    for (const row of rows) for (let j = 0; j < channelGroup; j += 4) storeVector(f, row, j * 4, f32x4Const(0));
  });
  const seen = f.local('f32', 0);
  const at = f.local('i32', from);
  forEachBlock(f, axes, [at], (count) => {
    const all = f.local('f32', op('f32.add', seen, count));
    const share = f.local('f32', op('f32.div', count, all));
    const shares = f.local('v128', op('f32x4.splat', share));
    const weights = f.local('v128', op('f32x4.splat', op('f32.mul', share, seen)));
    forEachGroup(f, groups, [at, means, squares], ([pixels, meansAt, squaresAt], channels) => {
      const vectors = Math.ceil(paddedLength(channels, channelGroup) / 4);
      const zeros = () => Array.from({ length: vectors }, () => f.local('v128', f32x4Const(0)));
      const overBlock = (body: (place: Local) => void) => {
        const place = f.local('i32', pixels!);
        repeat(f, count, () => {
          body(place);
          f.increase(place, pixelStride * 4);
        });
      };
      const sums = zeros();
      overBlock((place) => {
        for (const [j, sum] of sums.entries()) f.set(sum, op('f32x4.add', sum, loadVector(place, j * 16)));
      });
      const own = sums.map((sum) => f.local('v128', op('f32x4.div', sum, f32x4Const(count))));
      const deviations = zeros();
      overBlock((place) => {
        for (const [j, total] of deviations.entries()) {
          const rest = f.local('v128', op('f32x4.sub', loadVector(place, j * 16), own[j]!));
          f.set(total, op('f32x4.add', total, op('f32x4.mul', rest, rest)));
        }
      });
      for (const [j, mean] of own.entries()) {
        const [soFar, spread] = [meansAt!, squaresAt!].map((row) => f.local('v128', loadVector(row, j * 16)));
        const distance = f.local('v128', op('f32x4.sub', mean, soFar!));
        const between = op('f32x4.mul', op('f32x4.mul', distance, distance), weights);
        storeVector(f, squaresAt!, j * 16, op('f32x4.add', op('f32x4.add', spread!, deviations[j]!), between));
        storeVector(f, meansAt!, j * 16, op('f32x4.add', soFar!, op('f32x4.mul', distance, shares)));
      }
    });
    f.set(seen, all);
  });
}

/** Floats of the moments of an image: its means, then its sums of squares. */
export function momentsStride(channels: number): number {
  return 2 * roundUp(channels, channelGroup);
}

/** Groups of channels of a unit, so that so many threads have one each: neighboring ones share cache lines and pages. */
export function groupsPerUnit(channels: number, threads: number): number {
  return Math.ceil(Math.ceil(channels / channelGroup) / threads);
}

export interface ChannelMomentsParams {
  readonly input: View;
  /** Groups of 16 channels that a unit goes through block by block. */
  readonly groups: number;
}

/** Arguments: input, moments (of each image `momentsStride` floats). */
export function channelMoments(target: KernelTarget, params: ChannelMomentsParams): Kernel {
  const { input, groups } = params;
  const stride = momentsStride(input.channels);
  const step = groups * channelGroup;
  return rowKernel(target, {
    name: 'channel moments',
    axes: [
      { size: input.images, strides: [input.imageStride, stride] },
      { size: Math.ceil(input.channels / step), strides: [step, step] },
    ],
    pointers: 2,
    operations: 6 * input.images * input.channels * input.depth * input.height * input.width,
    body: (f, [from, means], indices) => {
      const squares = f.local('i32', add(means!, (stride / 2) * 4));
      const own = unitGroups(f, input.channels, groups, indices.at(-1)!);
      emitMoments(f, input, own, { from: from!, means: means!, squares });
    },
  });
}
