/**
 * The products of Winograd's filtering from weights that are not transformed beforehand: a thread transforms a panel of them
 * and goes over all tiles with it. For deep layers, whose transformed weights would be up to seven times as large and come
 * from memory.
 */

import { add, divide, forRange, minimum, multiply, remainder, repeat } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { call, op } from '../../expression.js';
import { countWhole, panelsOf } from '../convolution.js';
import type { Kernel, KernelTarget } from '../kernel.js';
import { prefetchPages } from '../prefetch.js';
import { emitLinear } from './linear.js';
import { matrixKey } from './matrices.js';
import { panelsTogether, pointStride } from './panel-scratch.js';
import { eachWidth, pointProducts } from './products.js';
import { productsInTurns } from './raw-turns.js';
import { filtersOf, pointRows, sliceCount, sumLength, vectorColumns, type WinogradProductsParams } from './tiling.js';
import { loadLanes, storePlaces } from './vectors.js';

/** Columns that are transformed at a time. */
const step = vectorColumns;

/**
 * The points of a row of the weights' transform, from all taps of a panel. Arguments: the row, the weights of the panel, where to. Places
 * of taps and points are in the code: this takes about as long as the products of few tiles.
 */
function rowOfWeights({ module, tier }: KernelTarget, params: WinogradProductsParams, columns: number) {
  const { channels } = params;
  const { high, wide } = filtersOf(params.filter);
  const stride = pointStride(params) * 4;
  const slices = sliceCount(params);
  const tap = channels * columns * 4;
  const matrices = [high.weightTransform, wide.weightTransform] as const;
  const key = `winograd weights ${matrices.map(matrixKey).join(' by ')} ${[tap, stride, slices].join()}`;
  return module.shared(key, () => {
    const type = { params: ['i32', 'i32', 'i32'] as const, results: [] };
    return module.function(`winograd weights ${high.points}x${wide.points}`, type, (f, p, source, into) => {
      const context = { f, tier };
      for (const [row, factors] of matrices[0].entries()) {
        f.if(op('i32.eq', p!, row), () => {
          const along = [factors];
          // The steps of columns of a channel, then the next channel: both lie one after another.
          const slice = () =>
            repeat(f, tap / 4 / step, () => {
              const values = Array.from({ length: wide.taps }, (_, x) => {
                const column = Array.from({ length: high.taps }, (_, y) =>
                  loadLanes(f, source!, (y * wide.taps + x) * tap),
                );
                return emitLinear(context, along, column)[0]!;
              });
              storePlaces(f, into!, emitLinear(context, matrices[1], values), { pitch: stride });
              f.increase(source!, step * 4);
              f.increase(into!, step * 4);
            });
          repeat(f, slices, () => {
            slice();
            if (slices > 1) f.increase(source!, (high.taps * wide.taps - 1) * tap);
          });
        });
      }
    });
  });
}

/**
 * Replaces `winogradProducts`. Arguments: transformed, weights (in panels as for a direct convolution: the sum is over taps,
 * those along the depth first, then channels), sums, scratch. A unit is a row of points, of some panels; a panel where points take
 * turns, for which the filtering of `transformed` is unscaled.
 */
export function panelProducts(target: KernelTarget, params: WinogradProductsParams): Kernel {
  if (params.inTurns) return productsInTurns(target, params);
  const { module } = target;
  const { channels, tile } = params;
  const panels = panelsOf(params.columns, tile);
  const { high, wide } = filtersOf(params.filter);
  const taps = high.taps * wide.taps;
  const slices = sliceCount(params);
  const stride = pointStride(params);
  const together = panelsTogether(params);
  const panelBytes = slices * taps * channels * tile.columns * 4;
  const emit = () => {
    const products = pointProducts(target, params);
    const type = { params: Array.from({ length: 6 }, () => 'i32' as const), results: [] };
    const name = `winograd panels ${slices * channels}x${params.columns}`;
    return module.function(name, type, (f, transformed, weights, sums, scratch, begin, end) => {
      forRange(f, begin!, end!, 1, (unit) => {
        const first = f.local('i32', multiply(divide(unit, high.points), together));
        const last = f.local('i32', minimum(f, add(first, together), panels.length));
        const p = f.local('i32', remainder(unit, high.points));
        const hasNext = op('i32.and', op('i32.eqz', p), op('i32.lt_s', last, countWhole(panels, tile) - together + 1));
        prefetchPages(f, hasNext, add(weights!, multiply(last, panelBytes)), together * panelBytes);
        const packed = f.local('i32');
        f.set(packed, scratch!);
        forRange(f, first, last, 1, (panel) => {
          const source = add(weights!, multiply(panel, panelBytes));
          eachWidth(f, params, panel, (columns) =>
            f.run(call(rowOfWeights(target, params, columns), p, source, packed)),
          );
          f.increase(packed, wide.points * stride * 4);
        });
        forRange(f, 0, wide.points, 1, (q) => {
          const point = f.local('i32', add(q, multiply(p, wide.points)));
          f.set(packed, add(scratch!, multiply(q, stride * 4)));
          forRange(f, first, last, 1, (panel) => {
            const result = f.local('i32', add(sums!, multiply(panel, tile.columns * 4)));
            eachWidth(f, params, panel, (columns) => {
              products(f, point, columns, { transformed: transformed!, weights: packed, sums: result });
            });
            f.increase(packed, wide.points * stride * 4);
          });
        });
      });
    });
  };
  return {
    function: module.shared(`winograd panels ${exactJson(params)}`, emit),
    units: Math.ceil(panels.length / together) * high.points,
    operations: 2 * pointRows(params) * sumLength(params) * params.columns,
  };
}
