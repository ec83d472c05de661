/**
 * The products of Winograd's filtering of at most two taps along each axis, from weights as they are: a point's weights are
 * one of them, or a sum of two or four. It is made in registers where they are multiplied; where that would be several times, and
 * its terms have factors, it is stored in the nearest caches, a point of a panel at a time.
 */
import { add, divide, forRange, move, multiply, remainder, repeat } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { type Local, op } from '../../expression.js';
import { countWhole, panelsOf } from '../convolution.js';
import type { Kernel, KernelTarget } from '../kernel.js';
import { prefetchPages } from '../prefetch.js';
import { callSized, type Sized, sizedFunction } from '../sized.js';
import { storeVectors } from '../store-columns.js';
import { areInTurns, areStored, factorRoom } from './panel-scratch.js';
import { eachWidth, pointProducts, pointRows } from './products.js';
import { productsInTurns } from './raw-turns.js';
import { pointWeights } from './raw-weights.js';
import type { PointWeights } from './row-products.js';
import { filtersOf, sliceCount, sumLength, type WinogradProductsParams } from './tiling.js';

/** Columns that are stored at a time. */
const step = 8;

/** Stores the weights of a point. Own arguments: those of the panel, where to, the pointers. */
function storingFunction(
  { module }: KernelTarget,
  params: WinogradProductsParams,
  columns: number,
  made: PointWeights,
): Sized {
  const slices = sliceCount(params);
  const { channels } = params;
  const sizes = {
    steps: (channels * columns) / step,
    slices: slices > 1 ? [slices, (made.sliceTerms - channels) * columns * 4] : [],
  };
  const form = `${made.key} ${slices > 1}`;
  const name = 'winograd weights of a point';
  return sizedFunction(module, { form, name, own: 2 + made.pointers }, sizes, (f, own, s) => {
    const [from, into, ...pointers] = own as [Local, Local, ...Local[]];
    const loadColumns = made.loader(f, pointers);
    const slice = () =>
      repeat(f, s.steps, () => {
        const values = Array.from({ length: step / 4 }, (_, i) => f.local('v128', loadColumns(from, i * 16)));
        storeVectors(f, into, 0, values);
        f.increase(from, step * 4);
        f.increase(into, step * 4);
      });
    const [count, gap] = s.slices;
    if (gap === undefined) slice();
    else {
      repeat(f, count!, () => {
        slice();
        move(f, from, gap);
      });
    }
  });
}

/**
 * Arguments: transformed (its filtering unscaled), weights (in panels as for a direct convolution), sums, scratch. A unit is a
 * row of points, of a panel.
 */
export function rawProducts(target: KernelTarget, params: WinogradProductsParams): Kernel {
  if (areInTurns(params)) return productsInTurns(target, params);
  const { module, tier } = target;
  const { channels, tile } = params;
  const panels = panelsOf(params.columns, tile);
  const { high, wide } = filtersOf(params.filter);
  const taps = high.taps * wide.taps;
  const panelBytes = sliceCount(params) * taps * channels * tile.columns * 4;
  const isStored = areStored(params);
  const emit = () => {
    const products = pointProducts(target, params);
    const type = { params: Array.from({ length: 6 }, () => 'i32' as const), results: [] };
    const name = `winograd raw ${sumLength(params)}x${params.columns}`;
    return module.function(name, type, (f, transformed, weights, sums, scratch, begin, end) => {
      const eachPoint = pointWeights(f, tier, params, scratch!);
      forRange(f, begin!, end!, 1, (unit) => {
        const panel = f.local('i32', divide(unit, high.points));
        const p = f.local('i32', remainder(unit, high.points));
        const packed = f.local('i32', add(weights!, multiply(panel, panelBytes)));
        const hasNext = op('i32.and', op('i32.eqz', p), op('i32.lt_s', panel, countWhole(panels, tile) - 1));
        prefetchPages(f, hasNext, add(packed, panelBytes), panelBytes);
        const result = f.local('i32', add(sums!, multiply(panel, tile.columns * 4)));
        const from = f.local('i32');
        eachWidth(f, params, panel, (columns) => {
          const terms = taps * channels;
          const distance = { high: wide.taps * channels * columns * 4, wide: channels * columns * 4 };
          forRange(f, 0, wide.points, 1, (q) => {
            const point = f.local('i32', add(q, multiply(p, wide.points)));
            eachPoint(p, q, distance, terms, ({ weights: made, pointers, first, isSum }) => {
              f.set(from, add(packed, first));
              const addresses = { transformed: transformed!, weights: from, sums: result };
              if (isStored && isSum) {
                const stored = f.local('i32', add(scratch!, factorRoom(params) * 4));
                f.run(callSized(storingFunction(target, params, columns, made), from, stored, ...pointers));
                products(f, point, columns, { ...addresses, weights: stored });
              } else products(f, point, columns, addresses, { weights: made, pointers });
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
