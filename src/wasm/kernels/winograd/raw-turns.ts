/**
 * Products of few tiles with raw weights: all points of a panel take turns with some terms of it after another. The first point that
 * reads weights brings them from memory, the others find them in the nearest cache.
 */
import { add, forRange, multiply, repeat, storeVector } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { f32x4Const, op } from '../../expression.js';
import { countWhole, panelsOf } from '../convolution.js';
import { type Kernel, type KernelTarget, roundUp } from '../kernel.js';
import { prefetchPages } from '../prefetch.js';
import { termsInTurns } from './panel-scratch.js';
import { eachWidth, pointProducts } from './products.js';
import { pointWeights } from './raw-weights.js';
import {
  betweenOf,
  filtersOf,
  pointRows,
  sliceCount,
  sumLength,
  vectorColumns,
  type WinogradProductsParams,
} from './tiling.js';

/** Arguments: transformed (its filtering unscaled), weights (in panels as for a direct convolution), sums, scratch. A unit is a panel. */
export function productsInTurns(target: KernelTarget, params: WinogradProductsParams): Kernel {
  const { module, tier } = target;
  const { channels, tile } = params;
  const panels = panelsOf(params.columns, tile);
  const { high, wide, points } = filtersOf(params.filter);
  const taps = high.taps * wide.taps;
  const slices = sliceCount(params);
  const panelBytes = slices * taps * channels * tile.columns * 4;
  const tiles = params.parts.reduce((sum, { tiles }) => sum + tiles, 0);
  const between = betweenOf(params, tiles);
  const emit = () => {
    const products = pointProducts(target, params);
    const type = { params: Array.from({ length: 6 }, () => 'i32' as const), results: [] };
    const name = `winograd raw ${sumLength(params)}x${params.columns}`;
    return module.function(name, type, (f, transformed, weights, sums, scratch, begin, end) => {
      const eachPoint = pointWeights(f, tier, params, scratch!);
      forRange(f, begin!, end!, 1, (panel) => {
        const packed = f.local('i32', add(weights!, multiply(panel, panelBytes)));
        prefetchPages(f, op('i32.lt_s', panel, countWhole(panels, tile) - 1), add(packed, panelBytes), panelBytes);
        const result = f.local('i32', add(sums!, multiply(panel, tile.columns * 4)));
        const inputs = f.local('i32', transformed);
        const from = f.local('i32');
        const tileAt = f.local('i32');
        eachWidth(f, params, panel, (columns) => {
          forRange(f, 0, points, 1, (point) => {
            f.set(tileAt, add(result, multiply(point, between.sums.point * 4)));
            repeat(f, tiles, () => {
              for (let j = 0; j < columns; j += 4) storeVector(f, tileAt, j * 4, f32x4Const(0));
              f.increase(tileAt, between.sums.tile * 4);
            });
          });
          const distance = { high: wide.taps * channels * columns * 4, wide: channels * columns * 4 };
          const turn = (terms: number) => {
            forRange(f, 0, high.points, 1, (p) => {
              forRange(f, 0, wide.points, 1, (q) => {
                const point = f.local('i32', add(q, multiply(p, wide.points)));
                eachPoint(p, q, distance, ({ weights: made, pointers, first }) => {
                  f.set(from, add(packed, first));
                  const addresses = { transformed: inputs, weights: from, sums: result };
                  const sum = { axes: [{ size: terms, stride: 1 }], isContinued: true };
                  products(f, point, columns, addresses, { weights: made, pointers, sum });
                });
              });
            });
            f.increase(inputs, terms * 4);
            f.increase(packed, terms * columns * 4);
          };
          repeat(f, slices, () => {
            repeat(f, Math.floor(channels / termsInTurns), () => turn(termsInTurns));
            const left = channels % termsInTurns;
            if (left > 0) turn(left);
            f.increase(inputs, (roundUp(channels, vectorColumns) - channels) * 4);
            f.increase(packed, (taps - 1) * channels * columns * 4);
          });
        });
      });
    });
  };
  return {
    function: module.shared(`winograd raw ${exactJson(params)}`, emit),
    units: panels.length,
    operations: 2 * pointRows(params) * sumLength(params) * params.columns,
  };
}
