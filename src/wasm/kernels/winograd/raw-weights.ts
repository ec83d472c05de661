/** The weights of a point as sums of raw ones, of at most two taps along each axis. */
import { add, loadVector, multiply } from '../../arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { multiplyAdd, type Tier } from '../kernel.js';
import type { Filtering } from './matrices.js';
import { isPlain as arePlainSums, factorsOf } from './panel-scratch.js';
import type { PointWeights } from './row-products.js';
import { filtersOf, type WinogradProductsParams } from './tiling.js';

/** Taps that a point sums over along an axis. */
type Taps = 1 | 2;

/**
 * The sum of one, two or four raw weights. Pointers are how far the second ones along each axis are, and where factors of them lie
 * if sums are not plain.
 */
function sumOfTaps(tier: Tier, taps: { readonly high: Taps; readonly wide: Taps }, isPlain: boolean): PointWeights {
  const isSum = taps.high === 2 || taps.wide === 2;
  return {
    key: isSum ? `taps ${taps.high} ${taps.wide} ${isPlain}` : '',
    pointers: isSum ? (isPlain ? 2 : 4) : 0,
    loader: (f, [highBytes, wideBytes, highAt, wideAt]) => {
      const factor = (count: Taps, at: Local | undefined) =>
        count === 2 && at !== undefined ? f.local('v128', load('v128.load32_splat', at)) : undefined;
      const factors = { high: factor(taps.high, highAt), wide: factor(taps.wide, wideAt) };
      const plus = (first: Operand, second: Operand, by: Local | undefined) =>
        by === undefined ? op('f32x4.add', first, second) : multiplyAdd(tier, second, by, first);
      const [wide, high, both] = f.locals(3, 'i32') as [Local, Local, Local];
      return (address, offset) => {
        if (offset === 0) {
          if (taps.wide === 2) f.set(wide, add(address, wideBytes!));
          if (taps.high === 2) f.set(high, add(address, highBytes!));
          if (taps.high + taps.wide === 4) f.set(both, add(high, wideBytes!));
        }
        const along = (first: Local, second: Local) =>
          taps.wide === 1
            ? loadVector(first, offset)
            : plus(loadVector(first, offset), loadVector(second, offset), factors.wide);
        return taps.high === 1 ? along(address, wide) : plus(along(address, wide), along(high, both), factors.high);
      };
    },
  };
}

/** Runs the body for a point along an axis: with how many taps it has, and by how many taps of it the first one is further. */
function eachKind(
  f: FunctionBuilder,
  { points }: Filtering,
  point: Local,
  body: (taps: Taps, first: Taps | 0) => void,
) {
  if (points === 1) {
    body(1, 0);
    return;
  }
  f.if(
    op('i32.eqz', point),
    () => body(1, 0),
    () =>
      f.if(
        op('i32.eq', point, points - 1),
        () => body(1, 1),
        () => body(2, 0),
      ),
  );
}

interface Distance {
  readonly high: number;
  readonly wide: number;
}

/** The weights of a point by its row and column. */
interface PointSum {
  readonly weights: PointWeights;
  readonly pointers: readonly Operand[];
  /** Bytes to the first of them. */
  readonly first: number;
}

/**
 * Writes the factors of second taps to the start of the scratch. The function that it gives runs its last argument with the weights of
 * a point, which are known only while running; the distance is that of taps in bytes.
 */
export function pointWeights(f: FunctionBuilder, tier: Tier, params: WinogradProductsParams, scratch: Local) {
  const { high, wide } = filtersOf(params.filter);
  const factors = factorsOf(params);
  const arePlain = arePlainSums(params);
  if (!arePlain) {
    for (const [i, factor] of [...factors.high, ...factors.wide].entries())
      f.run(memoryOp('f32.store', i * 4, scratch, factor));
  }
  const highAt = (p: Operand) => add(scratch, multiply(p, 4));
  const wideAt = (q: Operand) => add(scratch, high.points * 4, multiply(q, 4));
  return (p: Local, q: Local, distance: Distance, run: (sum: PointSum) => void) => {
    eachKind(f, high, p, (highTaps, highFirst) => {
      eachKind(f, wide, q, (wideTaps, wideFirst) => {
        const weights = sumOfTaps(tier, { high: highTaps, wide: wideTaps }, arePlain);
        run({
          weights,
          pointers: [distance.high, distance.wide, highAt(p), wideAt(q)].slice(0, weights.pointers),
          first: highFirst * distance.high + wideFirst * distance.wide,
        });
      });
    });
  };
}
