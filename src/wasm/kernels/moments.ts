/**
 * Means and sums of squared deviations of channels over all their pixels, in NHWC8 and in one pass over memory: a block of pixels
 * is summed twice while it is in the first-level cache, and joined with those before it (T. F. Chan, G. H. Golub, R. J. LeVeque,
 * "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979).
 */
import { loadVector, repeat } from '../arithmetic.js';
import { f32x4Const, type Local, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { paddedLength } from './fold.js';
import { type Kernel, type KernelTarget, roundUp } from './kernel.js';
import { rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import type { SumAxis } from './tile.js';
import { mergeAxes } from './tile.js';
import { pixelAxes, type View } from './views.js';

/** Pixels of a block. */
const block = 64;

export interface Moments {
  readonly means: readonly Local[];
  /** Sums of the squares of what is left when the means are taken off. */
  readonly squares: readonly Local[];
}

/** The moments of adjacent vectors over all positions of the axes; `from` keeps its value. */
export function emitMoments(f: FunctionBuilder, from: Local, axes: readonly SumAxis[], vectors: number): Moments {
  const zeros = () => Array.from({ length: vectors }, () => f.local('v128', f32x4Const(0)));
  const [means, squares] = [zeros(), zeros()];
  const seen = f.local('f32', 0);
  const merged = mergeAxes([...axes]).filter(({ size }) => size > 1);
  const run = merged.at(-1) ?? { size: 1, stride: 0 };
  const at = f.local('i32', from);
  const addBlock = (count: number) => {
    const overBlock = (body: (place: Local) => void) => {
      const place = f.local('i32', at);
      repeat(f, count, () => {
        body(place);
        f.increase(place, run.stride * 4);
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
    const all = f.local('f32', op('f32.add', seen, count));
    const share = f.local('f32', op('f32.div', count, all));
    const shares = f.local('v128', op('f32x4.splat', share));
    const weights = f.local('v128', op('f32x4.splat', op('f32.mul', share, seen)));
    for (const [j, mean] of own.entries()) {
      const distance = f.local('v128', op('f32x4.sub', mean, means[j]!));
      const between = op('f32x4.mul', op('f32x4.mul', distance, distance), weights);
      f.set(squares[j]!, op('f32x4.add', op('f32x4.add', squares[j]!, deviations[j]!), between));
      f.set(means[j]!, op('f32x4.add', means[j]!, op('f32x4.mul', distance, shares)));
    }
    f.set(seen, all);
  };
  const blocks = Math.floor(run.size / block);
  const left = run.size - blocks * block;
  const walk = (outer: readonly SumAxis[]): void => {
    const [first, ...rest] = outer;
    if (first !== undefined) {
      repeat(f, first.size, () => {
        walk(rest);
        f.increase(at, first.stride * 4);
      });
      f.increase(at, -first.size * first.stride * 4);
      return;
    }
    repeat(f, blocks, () => {
      addBlock(block);
      f.increase(at, block * run.stride * 4);
    });
    if (left > 0) addBlock(left);
    f.increase(at, -blocks * block * run.stride * 4);
  };
  walk(merged.slice(0, -1));
  return { means, squares };
}

/** Channels of a unit. */
const group = 16;

/** Floats of the moments of an image: its means, then its sums of squares. */
export function momentsStride(channels: number): number {
  return 2 * roundUp(channels, group);
}

/** Arguments: input, moments (of each image `momentsStride` floats). */
export function channelMoments(target: KernelTarget, { input }: { readonly input: View }): Kernel {
  const groups = Math.ceil(input.channels / group);
  const last = input.channels - (groups - 1) * group;
  const stride = momentsStride(input.channels);
  const [, ...inImage] = pixelAxes(input, [input]);
  const axes = inImage.map(({ size, strides }) => ({ size, stride: strides[0]! }));
  const emit = (f: FunctionBuilder, from: Local, to: Local, room: number) => {
    const { means, squares } = emitMoments(f, from, axes, Math.ceil(room / 4));
    storeColumns(f, to, 0, means, room);
    storeColumns(f, to, (stride / 2) * 4, squares, room);
  };
  return rowKernel(target, {
    name: 'channel moments',
    key: input,
    axes: [
      { size: input.images, strides: [input.imageStride, stride] },
      { size: groups, strides: [group, group] },
    ],
    pointers: 2,
    operations: 6 * input.images * input.channels * input.depth * input.height * input.width,
    body: (f, [from, to], indices) => {
      const end = () => emit(f, from!, to!, paddedLength(last, group));
      if (groups === 1 || last === group) end();
      else f.if(op('i32.eq', indices.at(-1)!, groups - 1), end, () => emit(f, from!, to!, group));
    },
  });
}
