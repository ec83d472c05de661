/**
 * The products of Winograd's filtering from weights that are not transformed beforehand: a thread transforms a panel of them
 * and goes over all tiles with it. For deep layers, whose transformed weights would be up to four times as large and come
 * from memory.
 */

import { add, divide, forRange, loadVector, multiply, repeat, storeVector } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { op } from '../../expression.js';
import { countWhole, panelsOf } from '../convolution.js';
import type { Kernel, KernelTarget } from '../kernel.js';
import { prefetchPages } from '../prefetch.js';
import { emitLinear, type Lanes } from './linear.js';
import { filtering } from './matrices.js';
import {
  conflictFreeStride,
  emitPointProducts,
  sliceCount,
  sumLength,
  type Tiling,
  tilingOf,
  type WinogradParams,
} from './winograd.js';

/** Columns that are transformed at a time. */
const step = 8;

function pointStride({ params }: Tiling): number {
  return conflictFreeStride(sumLength(params) * params.tile.columns);
}

/** Floats of scratch that each thread needs: a panel's transformed weights. */
export function panelProductsScratch(params: WinogradParams): number {
  const tiling = tilingOf(params, Number.POSITIVE_INFINITY);
  return tiling.points * pointStride(tiling);
}

/**
 * Replaces the products of `winogradSteps`. Arguments: transformed, weights (in panels as for a direct convolution: the sum
 * is over taps, those along the depth first, then channels), sums, scratch. Units are panels.
 */
export function panelProducts({ module, tier }: KernelTarget, params: WinogradParams): Kernel {
  const tiling = tilingOf(params, Number.POSITIVE_INFINITY);
  const { points, inputs, sums, rows, tiles } = tiling;
  const { channels, tile, filter } = params;
  const panels = panelsOf(params.columns, tile);
  const high = filtering(filter.height.outputs, filter.height.taps);
  const wide = filtering(filter.width.outputs, filter.width.taps);
  const taps = high.taps * wide.taps;
  const slices = sliceCount(params);
  const stride = pointStride(tiling);
  const emit = () => {
    const type = { params: Array.from({ length: 6 }, () => 'i32' as const), results: [] };
    const name = `winograd panels ${slices * channels}x${params.columns}`;
    return module.function(name, type, (f, transformed, weights, target, scratch, begin, end) => {
      const context = { f, tier };
      const run = (panel: typeof begin, columns: number) => {
        const source = f.local('i32', add(weights!, multiply(panel!, slices * taps * channels * tile.columns * 4)));
        const into = f.local('i32', scratch!);
        // The steps of columns of a channel, then the next channel: both lie one after another.
        const slice = () =>
          repeat(f, (channels * columns) / step, () => {
            const columnSums: Lanes[][] = [];
            for (let x = 0; x < wide.taps; x++) {
              const along: Lanes[] = [];
              for (let y = 0; y < high.taps; y++) {
                const at = (y * wide.taps + x) * channels * columns * 4;
                along.push(
                  Array.from({ length: step / 4 }, (_, i) => f.local('v128', loadVector(source, at + i * 16))),
                );
              }
              columnSums.push(emitLinear(context, high.weightTransform, along));
            }
            for (let p = 0; p < high.points; p++) {
              const row = emitLinear(
                context,
                wide.weightTransform,
                columnSums.map((column) => column[p]!),
              );
              for (const [q, lanes] of row.entries()) {
                const at = (p * wide.points + q) * stride * 4;
                for (const [i, lane] of lanes.entries()) storeVector(f, into, at + i * 16, lane);
              }
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
        const panelBytes = slices * taps * channels * tile.columns * 4;
        const hasNext = op('i32.lt_s', panel!, countWhole(panels, tile) - 1);
        prefetchPages(f, hasNext, add(weights!, multiply(add(panel!, 1), panelBytes)), panelBytes);
        const rounds = divide(tiles + rows - 1, rows);
        forRange(f, 0, points, 1, (point) => {
          const packed = f.local('i32', add(scratch!, multiply(point, stride * 4)));
          const a = f.local('i32', add(transformed!, multiply(point, inputs.point * 4)));
          const result = f.local(
            'i32',
            add(target!, multiply(point, sums.point * 4), multiply(panel!, tile.columns * 4)),
          );
          emitPointProducts(f, tier, tiling, { columns, rounds, a, weights: packed, result });
        });
      };
      const last = panels.at(-1)!.columns;
      forRange(f, begin!, end!, 1, (panel) => {
        if (last === tile.columns || panels.length === 1) run(panel, last);
        else {
          f.if(
            op('i32.eq', panel, panels.length - 1),
            () => run(panel, last),
            () => run(panel, tile.columns),
          );
        }
      });
    });
  };
  return {
    function: module.shared(`winograd panels ${exactJson({ ...params, block: 0 })}`, emit),
    units: panels.length,
    operations: 2 * points * tiles * sumLength(params) * params.columns,
  };
}
