/**
 * Products of few tiles with raw weights: all points of a panel take turns with some channels of it after another. The first point brings
 * all taps of these from memory, in the order in which they lie there, and the others find them in the nearest cache; meanwhile
 * processors go on reading ahead. They only do while little else is read that lies elsewhere: so inputs of a chunk of channels are side
 * by side for all points and tiles, and are read once for two panels.
 */
import { add, forRange, multiply, remainder, repeat, storeVector } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { f32x4Const, type Local } from '../../expression.js';
import { panelsOf } from '../convolution.js';
import type { Kernel, KernelTarget } from '../kernel.js';
import { turnsOf } from './panel-scratch.js';
import { eachWidth, pointProducts } from './products.js';
import { pointWeights } from './raw-weights.js';
import {
  betweenOf,
  chunk,
  filtersOf,
  pointRows,
  sliceCount,
  sumLength,
  type WinogradProductsParams,
} from './tiling.js';

/** Arguments: transformed (its filtering unscaled), weights (in turns: `turnsOf`), sums, scratch. A unit is as many panels as take turns. */
export function productsInTurns(target: KernelTarget, params: WinogradProductsParams): Kernel {
  const { module, tier } = target;
  const { channels, tile } = params;
  const turns = turnsOf(params);
  const { high, wide, points } = filtersOf(params.filter);
  const taps = high.taps * wide.taps;
  const slices = sliceCount(params);
  const tiles = params.parts.reduce((sum, { tiles }) => sum + tiles, 0);
  const between = betweenOf(params, tiles);
  const unitColumns = turns.panels * tile.columns;
  const emit = () => {
    const products = pointProducts(target, params);
    const type = { params: Array.from({ length: 6 }, () => 'i32' as const), results: [] };
    const name = `winograd raw ${sumLength(params)}x${params.columns}`;
    return module.function(name, type, (f, transformed, weights, sums, scratch, begin, end) => {
      const eachPoint = pointWeights(f, tier, params, scratch!);
      forRange(f, begin!, end!, 1, (unit) => {
        const packed = f.local('i32', add(weights!, multiply(unit, slices * taps * channels * unitColumns * 4)));
        const result = f.local('i32', add(sums!, multiply(unit, unitColumns * 4)));
        const inputs = f.local('i32', transformed);
        const from = f.local('i32');
        const tileAt = f.local('i32');
        // Where several panels take turns, all of them have the same columns.
        eachWidth(f, params, unit, (columns) => {
          const tapBytes = columns * 4;
          const termBytes = slices * taps * tapBytes;
          forRange(f, 0, points, 1, (point) => {
            f.set(tileAt, add(result, multiply(point, between.sums.point * 4)));
            repeat(f, tiles, () => {
              for (let j = 0; j < turns.panels * columns; j += 4) storeVector(f, tileAt, j * 4, f32x4Const(0));
              f.increase(tileAt, between.sums.tile * 4);
            });
          });
          // The second point of an axis is a sum of both taps.
          const afterFirst = (index: Local, count: number) => f.local('i32', remainder(add(index, 1), count));
          const turn = (terms: number) => {
            repeat(f, turns.panels, () => {
              forRange(f, 0, high.points, 1, (i) => {
                const p = afterFirst(i, high.points);
                forRange(f, 0, wide.points, 1, (j) => {
                  const q = afterFirst(j, wide.points);
                  const point = f.local('i32', add(q, multiply(p, wide.points)));
                  eachPoint(
                    p,
                    q,
                    { high: wide.taps * tapBytes, wide: tapBytes },
                    ({ weights: made, pointers, first }) => {
                      f.set(from, add(packed, first));
                      const addresses = { transformed: inputs, weights: from, sums: result };
                      const sum = { axes: [{ size: terms, stride: 1 }], isContinued: true };
                      products(f, point, columns, addresses, { weights: made, pointers, sum });
                    },
                  );
                });
              });
              f.increase(packed, terms * termBytes);
              f.increase(result, tapBytes);
            });
            f.increase(result, -turns.panels * tapBytes);
            f.increase(inputs, terms * 4);
          };
          const some = (count: number) => {
            repeat(f, Math.floor(count / turns.channels), () => turn(turns.channels));
            const left = count % turns.channels;
            if (left > 0) turn(left);
            f.increase(inputs, (points * between.inputs.point - count) * 4);
          };
          repeat(f, slices, () => {
            repeat(f, Math.floor(channels / chunk), () => some(chunk));
            const left = channels % chunk;
            if (left > 0) some(left);
            f.increase(packed, taps * tapBytes - channels * turns.panels * termBytes);
          });
        });
      });
    });
  };
  return {
    function: module.shared(`winograd raw ${exactJson(params)}`, emit),
    units: panelsOf(params.columns, tile).length / turns.panels,
    operations: 2 * pointRows(params) * sumLength(params) * params.columns,
  };
}
