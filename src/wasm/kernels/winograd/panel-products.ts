/**
 * The products of Winograd's filtering from weights that are not transformed beforehand: a thread transforms a panel of them
 * and goes over all tiles with it. For deep layers, whose transformed weights would be up to seven times as large and come
 * from memory.
 */

import { add, divide, forRange, loadVector, minimum, multiply, remainder, repeat } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { type Local, op } from '../../expression.js';
import { countWhole, panelsOf } from '../convolution.js';
import type { Kernel, KernelTarget } from '../kernel.js';
import { prefetchPages } from '../prefetch.js';
import { storeVectors } from '../store-columns.js';
import { emitLinear, type Lanes } from './linear.js';
import { panelsTogether, pointStride, takesTurns } from './panel-scratch.js';
import { eachWidth, pointProducts, pointRows } from './products.js';
import { productsInTurns } from './raw-turns.js';
import { filtersOf, sliceCount, sumLength, type WinogradProductsParams } from './tiling.js';

/** Columns that are transformed at a time. */
const step = 8;

/**
 * Replaces `winogradProducts`. Arguments: transformed, weights (in panels as for a direct convolution: the sum is over taps,
 * those along the depth first, then channels), sums, scratch. A unit is a row of points, of some panels; a panel where points take
 * turns, for which the filtering of `transformed` is unscaled.
 */
export function panelProducts(target: KernelTarget, params: WinogradProductsParams): Kernel {
  if (takesTurns(params)) return productsInTurns(target, params);
  const { module, tier } = target;
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
      const context = { f, tier };
      const load = (address: Local, offset: number): Lanes =>
        Array.from({ length: step / 4 }, (_, i) => f.local('v128', loadVector(address, offset + i * 16)));
      /** The points of a row of the transform, from all taps of a panel. */
      const transformRow = (p: number, source: Local, into: Local, columns: number) => {
        // The steps of columns of a channel, then the next channel: both lie one after another.
        const slice = () =>
          repeat(f, (channels * columns) / step, () => {
            const values = Array.from({ length: wide.taps }, (_, x) => {
              const along = Array.from({ length: high.taps }, (_, y) =>
                load(source, (y * wide.taps + x) * channels * columns * 4),
              );
              return emitLinear(context, [high.weightTransform[p]!], along)[0]!;
            });
            for (const [q, lanes] of emitLinear(context, wide.weightTransform, values).entries()) {
              storeVectors(f, into, q * stride * 4, lanes);
            }
            f.increase(source, step * 4);
            f.increase(into, step * 4);
          });
        if (slices === 1) slice();
        else {
          repeat(f, slices, () => {
            slice();
            f.increase(source, (taps - 1) * channels * columns * 4);
          });
        }
      };
      forRange(f, begin!, end!, 1, (unit) => {
        const first = f.local('i32', multiply(divide(unit, high.points), together));
        const last = f.local('i32', minimum(f, add(first, together), panels.length));
        const p = f.local('i32', remainder(unit, high.points));
        const hasNext = op('i32.and', op('i32.eqz', p), op('i32.lt_s', last, countWhole(panels, tile) - together + 1));
        prefetchPages(f, hasNext, add(weights!, multiply(last, panelBytes)), together * panelBytes);
        const packed = f.local('i32');
        for (let row = 0; row < high.points; row++) {
          f.if(op('i32.eq', p, row), () => {
            f.set(packed, scratch!);
            forRange(f, first, last, 1, (panel) => {
              const source = f.local('i32', add(weights!, multiply(panel, panelBytes)));
              eachWidth(f, params, panel, (columns) => transformRow(row, source, f.local('i32', packed), columns));
              f.increase(packed, wide.points * stride * 4);
            });
          });
        }
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
