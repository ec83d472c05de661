/**
 * The products of Winograd's filtering of at most two taps along each axis, from weights as they are: a point's weights are
 * one of them, or a sum of two or four. It is made in registers where they are multiplied; where that would be several times, and
 * its terms have factors, it is stored in the nearest caches, a point of a panel at a time.
 */
import { add, divide, forRange, loadVector, multiply, remainder, repeat } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { call, type Local, load, memoryOp, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { countWhole, panelsOf } from '../convolution.js';
import { type Kernel, type KernelTarget, multiplyAdd, type Tier } from '../kernel.js';
import { prefetchPages } from '../prefetch.js';
import { storeVectors } from '../store-columns.js';
import type { Filtering } from './matrices.js';
import { isPlain as arePlainSums, areStored, factorRoom, factorsOf } from './panel-scratch.js';
import { eachWidth, type PointWeights, pointProducts, pointRows } from './products.js';
import { filtersOf, sliceCount, sumLength, type WinogradProductsParams } from './tiling.js';

/** Columns that are stored at a time. */
const step = 8;

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

/** Stores the weights of a point. Arguments: those of the panel, where to, the pointers. */
function storingFunction(
  { module }: KernelTarget,
  params: WinogradProductsParams,
  columns: number,
  made: PointWeights,
) {
  const slices = sliceCount(params);
  const { channels } = params;
  const key = exactJson(['winograd weights of a point', slices, channels, columns, made.key, made.sliceTerms]);
  return module.shared(key, () => {
    const type = { params: Array.from({ length: 2 + made.pointers }, () => 'i32' as const), results: [] };
    return module.function('winograd weights of a point', type, (f, from, into, ...pointers) => {
      const loadColumns = made.loader(f, pointers);
      repeat(f, slices, () => {
        repeat(f, (channels * columns) / step, () => {
          const values = Array.from({ length: step / 4 }, (_, i) => f.local('v128', loadColumns(from!, i * 16)));
          storeVectors(f, into!, 0, values);
          f.increase(from!, step * 4);
          f.increase(into!, step * 4);
        });
        if (slices > 1) f.increase(from!, (made.sliceTerms - channels) * columns * 4);
      });
    });
  });
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

/**
 * Arguments: transformed (its filtering unscaled), weights (in panels as for a direct convolution), sums, scratch. A unit is a
 * row of points, of a panel.
 */
export function rawProducts(target: KernelTarget, params: WinogradProductsParams): Kernel {
  const { module, tier } = target;
  const { channels, tile } = params;
  const panels = panelsOf(params.columns, tile);
  const { high, wide } = filtersOf(params.filter);
  const taps = high.taps * wide.taps;
  const panelBytes = sliceCount(params) * taps * channels * tile.columns * 4;
  const factors = factorsOf(params);
  const isStored = areStored(params);
  const arePlain = arePlainSums(params);
  const emit = () => {
    const products = pointProducts(target, params);
    const type = { params: Array.from({ length: 6 }, () => 'i32' as const), results: [] };
    const name = `winograd raw ${sumLength(params)}x${params.columns}`;
    return module.function(name, type, (f, transformed, weights, sums, scratch, begin, end) => {
      if (!arePlain) {
        for (const [i, factor] of [...factors.high, ...factors.wide].entries())
          f.run(memoryOp('f32.store', i * 4, scratch!, factor));
      }
      const highAt = (p: Operand) => add(scratch!, multiply(p, 4));
      const wideAt = (q: Operand) => add(scratch!, high.points * 4, multiply(q, 4));
      forRange(f, begin!, end!, 1, (unit) => {
        const panel = f.local('i32', divide(unit, high.points));
        const p = f.local('i32', remainder(unit, high.points));
        const packed = f.local('i32', add(weights!, multiply(panel, panelBytes)));
        const hasNext = op('i32.and', op('i32.eqz', p), op('i32.lt_s', panel, countWhole(panels, tile) - 1));
        prefetchPages(f, hasNext, add(packed, panelBytes), panelBytes);
        const result = f.local('i32', add(sums!, multiply(panel, tile.columns * 4)));
        const from = f.local('i32');
        eachWidth(f, params, panel, (columns) => {
          const distance = { high: wide.taps * channels * columns * 4, wide: channels * columns * 4 };
          forRange(f, 0, wide.points, 1, (q) => {
            const point = f.local('i32', add(q, multiply(p, wide.points)));
            eachKind(f, high, p, (highTaps, highFirst) => {
              eachKind(f, wide, q, (wideTaps, wideFirst) => {
                f.set(from, add(packed, highFirst * distance.high + wideFirst * distance.wide));
                const made = sumOfTaps(tier, { high: highTaps, wide: wideTaps }, distance, arePlain, taps * channels);
                const pointers = made.pointers === 0 ? [] : [highAt(p), wideAt(q)];
                const addresses = { transformed: transformed!, weights: from, sums: result };
                if (isStored && highTaps + wideTaps > 2) {
                  const stored = f.local('i32', add(scratch!, factorRoom(params) * 4));
                  f.run(call(storingFunction(target, params, columns, made), from, stored, ...pointers));
                  products(f, point, columns, { ...addresses, weights: stored });
                } else products(f, point, columns, addresses, { weights: made, pointers });
              });
            });
          });
        });
      });
    });
  };
  return {
    function: module.shared(`winograd raw ${exactJson(params)}`, emit),
    units: panels.length * high.points,
    operations: 2 * pointRows(params) * sumLength(params) * params.columns,
  };
}
