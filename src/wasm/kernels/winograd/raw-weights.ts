/** The weights of a point as sums of raw ones, of at most two taps along each axis. */
import { add, loadVector, multiply } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { type Local, load, memoryOp, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { multiplyAdd, type Tier } from '../kernel.js';
import type { Filtering } from './matrices.js';
import { isPlain as arePlainSums, factorsOf } from './panel-scratch.js';
import type { PointWeights } from './products.js';
import { filtersOf, type WinogradProductsParams } from './tiling.js';

/** Taps that a point sums over along an axis. */
type Taps = 1 | 2;

/** The sum of one, two or four raw weights, the second ones times factors that pointers are given to. */
function sumOfTaps(
  tier: Tier,
  taps: { readonly high: Taps; readonly wide: Taps },
  distance: { readonly high: number; readonly wide: number },
  isPlain: boolean,
  sliceTerms: number,
): PointWeights {
  const isSum = taps.high === 2 || taps.wide === 2;
  return {
    key: exactJson([taps, isSum ? distance : 0, isPlain]),
    sliceTerms,
    pointers: isSum && !isPlain ? 2 : 0,
    loader: (f, [highAt, wideAt]) => {
      const factor = (count: Taps, at: Local | undefined) =>
        count === 2 && at !== undefined ? f.local('v128', load('v128.load32_splat', at)) : undefined;
      const factors = { high: factor(taps.high, highAt), wide: factor(taps.wide, wideAt) };
      const plus = (first: Operand, second: Operand, by: Local | undefined) =>
        by === undefined ? op('f32x4.add', first, second) : multiplyAdd(tier, second, by, first);
      return (address, offset) => {
        const along = (start: number) =>
          taps.wide === 1
            ? loadVector(address, start)
            : plus(loadVector(address, start), loadVector(address, start + distance.wide), factors.wide);
        return taps.high === 1 ? along(offset) : plus(along(offset), along(offset + distance.high), factors.high);
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
  readonly isSum: boolean;
}

/**
 * Writes the factors of second taps to the start of the scratch. The function that it gives runs its last argument with the weights of a point, which are known only
 * while running; the distance is that of taps in bytes, and slices are so many terms apart.
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
  return (p: Local, q: Local, distance: Distance, sliceTerms: number, run: (sum: PointSum) => void) => {
    eachKind(f, high, p, (highTaps, highFirst) => {
      eachKind(f, wide, q, (wideTaps, wideFirst) => {
        const weights = sumOfTaps(tier, { high: highTaps, wide: wideTaps }, distance, arePlain, sliceTerms);
        run({
          weights,
          pointers: weights.pointers === 0 ? [] : [highAt(p), wideAt(q)],
          first: highFirst * distance.high + wideFirst * distance.wide,
          isSum: highTaps + wideTaps > 2,
        });
      });
    });
  };
}
