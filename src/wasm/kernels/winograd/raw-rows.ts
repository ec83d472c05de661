/**
 * Rows of tiles by the columns of a panel, for some of the terms: sums go on from those that are there. So what several points make of
 * the same weights finds them in the nearest cache, wherever they came from.
 */
import { forRange, loadVector, storeVector } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { type Local, load } from '../../expression.js';
import type { FunctionReference } from '../../function.js';
import { type KernelTarget, multiplyAdd } from '../kernel.js';
import { emitSteps } from '../tile.js';
import type { PointWeights } from './products.js';
import type { Between } from './tiling.js';

/** Arguments: the first tile, weights, sums, how often, the pointers of the weights. */
export function rawRows(
  { module, tier }: KernelTarget,
  { inputs, sums }: Between,
  rows: number,
  columns: number,
  made: PointWeights,
  terms: number,
): FunctionReference {
  const key = exactJson(['winograd raw rows', rows, columns, terms, inputs.tile, sums.tile, made.key]);
  return module.shared(key, () => {
    const type = { params: Array.from({ length: 4 + made.pointers }, () => 'i32' as const), results: [] };
    return module.function(`winograd ${rows} tiles x ${columns}, ${terms} terms`, type, (f, ...args) => {
      const [a, weights, result, rounds] = args as [Local, Local, Local, Local];
      const loadColumns = made.loader(f, args.slice(4));
      const rowsAt = Array.from({ length: rows }, (_, m) => m * inputs.tile);
      forRange(f, 0, rounds, 1, () => {
        const b = f.local('i32', weights);
        const place = (m: number, j: number) => (m * sums.tile + j * 4) * 4;
        const totals = rowsAt.map((_, m) =>
          Array.from({ length: columns / 4 }, (_, j) => f.local('v128', loadVector(result, place(m, j)))),
        );
        const broadcast = f.local('v128');
        const options = { tier, rows: rowsAt, columns, sum: [{ size: terms, stride: 1 }], loadColumns };
        emitSteps(f, options, a, b, (aOffset, vectors) => {
          for (const [m, row] of totals.entries()) {
            f.set(broadcast, load('v128.load32_splat', a, (rowsAt[m]! + aOffset) * 4));
            for (const [j, total] of row.entries()) f.set(total, multiplyAdd(tier, broadcast, vectors[j]!, total));
          }
        });
        for (const [m, row] of totals.entries())
          for (const [j, total] of row.entries()) storeVector(f, result, place(m, j), total);
        f.increase(a, rows * inputs.tile * 4);
        f.increase(result, rows * sums.tile * 4);
      });
    });
  });
}
