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
 * The sum of a raw weight and of others along some axes. Pointers are for each axis how far the second ones are, and if sums are not
 * plain where a factor of them lies.
 */
function sumOfTaps(tier: Tier, axes: number, isPlain: boolean): PointWeights {
  const each = isPlain ? 1 : 2;
  return {
    key: axes === 0 ? '' : `sums along ${axes} ${isPlain}`,
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
        const axes = [
          ...(wideTaps === 2 ? [[distance.wide, wideAt(q)]] : []),
          ...(highTaps === 2 ? [[distance.high, highAt(p)]] : []),
        ];
        const weights = sumOfTaps(tier, axes.length, arePlain);
        run({
          weights,
          pointers: axes.flatMap(([bytes, factor]) => (arePlain ? [bytes!] : [bytes!, factor!])),
          first: highFirst * distance.high + wideFirst * distance.wide,
        });
      });
    });
  };
}
