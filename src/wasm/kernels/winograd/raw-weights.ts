/** The weights of a point as sums of raw ones, of at most two taps along each axis. */
import { add, loadVector, multiply } from '../../arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { multiplyAdd, type Tier } from '../kernel.js';
import type { Filtering } from './matrices.js';
import type { PointWeights } from './row-products.js';
import { filtersOf, sliceCount, type WinogradProductsParams } from './tiling.js';

/** Factors of the second tap at each point, which is at the point itself; the first point is 0, the last is infinity. */
function secondFactors({ weightTransform, points }: Filtering): number[] {
  return weightTransform.map((row, i) => (i === 0 || i === points - 1 ? 0 : row[1]! / row[0]!));
}

/** Factors of the second taps at the points of each axis. */
function factorsOf({ filter }: WinogradProductsParams): {
  readonly high: readonly number[];
  readonly wide: readonly number[];
} {
  const { high, wide } = filtersOf(filter);
  return { high: secondFactors(high), wide: secondFactors(wide) };
}

/** Whether points are sums without factors. */
function isPlain(params: WinogradProductsParams): boolean {
  const { high, wide } = factorsOf(params);
  return [...high, ...wide].every((factor) => factor === 0 || factor === 1);
}

/** Taps that a point sums over along an axis. */
type Taps = 1 | 2;

/**
 * The sum of a raw weight and of others along some axes. Pointers are for each axis how far the second ones are, and if sums are not
 * plain where a factor of them lies.
 */
function sumOfTaps(tier: Tier, axes: number, isPlain: boolean, apart: number): PointWeights {
  const each = isPlain ? 1 : 2;
  return {
    key: `sums along ${axes} ${isPlain} ${apart}`,
    apart,
    pointers: axes * each,
    loader: (f, pointers) => {
      const others = Array.from({ length: axes }, (_, k) => {
        const factorAt = pointers[k * each + 1];
        return {
          bytes: pointers[k * each]!,
          factor: isPlain ? undefined : f.local('v128', load('v128.load32_splat', factorAt!)),
        };
      });
      const [second, third, fourth] = f.locals(3, 'i32') as [Local, Local, Local];
      const [one, two] = others;
      return (address, offset) => {
        if (offset === 0) {
          if (one !== undefined) f.set(second, add(address, one.bytes));
          if (two !== undefined) {
            f.set(third, add(address, two.bytes));
            f.set(fourth, add(second, two.bytes));
          }
        }
        const plus = (first: Operand, other: Operand, by: Local | undefined) =>
          by === undefined ? op('f32x4.add', first, other) : multiplyAdd(tier, other, by, first);
        const along = (first: Local, other: Local) =>
          one === undefined
            ? loadVector(first, offset)
            : plus(loadVector(first, offset), loadVector(other, offset), one.factor);
        const sum = along(address, second);
        return two === undefined ? sum : plus(sum, along(third, fourth), two.factor);
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
  const arePlain = isPlain(params);
  if (!arePlain) {
    for (const [i, factor] of [...factors.high, ...factors.wide].entries())
      f.run(memoryOp('f32.store', i * 4, scratch, factor));
  }
  const highAt = (p: Operand) => add(scratch, multiply(p, 4));
  const wideAt = (q: Operand) => add(scratch, high.points * 4, multiply(q, 4));
  return (p: Local, q: Local, distance: Distance, run: (sum: PointSum) => void) => {
    eachKind(f, high, p, (highTaps, highFirst) => {
      eachKind(f, wide, q, (wideTaps, wideFirst) => {
        const axes = [
          ...(wideTaps === 2 ? [[distance.wide, wideAt(q)]] : []),
          ...(highTaps === 2 ? [[distance.high, highAt(p)]] : []),
        ];
        const weights = sumOfTaps(tier, axes.length, arePlain, sliceCount(params) * high.taps * wide.taps);
        run({
          weights,
          pointers: axes.flatMap(([bytes, factor]) => (arePlain ? [bytes!] : [bytes!, factor!])),
          first: highFirst * distance.high + wideFirst * distance.wide,
        });
      });
    });
  };
}
