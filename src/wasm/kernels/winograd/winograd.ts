/**
 * Convolution with stride 1 by Winograd's minimal filtering, in two dimensions or in one (the other has one tap): tiles of
 * the input are transformed, each point of the transform is a matrix product, the result is transformed back.
 *
 * Either one kernel does all three for a block of tiles at a time, in scratch that stays in the cache, or there are kernels
 * for each, for all tiles. Blocks read the weights again for each block, so steps are for few tiles with many channels. Both
 * give the same bits.
 */

import { add, forRange, minimum, multiply } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { type Local, op } from '../../expression.js';
import { panelsOf } from '../convolution.js';
import type { Kernel, KernelTarget } from '../kernel.js';
import { isFar } from '../prefetch.js';
import { callSized, type Sized } from '../sized.js';
import { inputTransform } from './input-transform.js';
import { outputTransform } from './output-transform.js';
import { blockProducts, emitProduct } from './products.js';
import {
  type BlockTiling,
  blockTiling,
  runsOf,
  stepTiling,
  sumLength,
  type Tiling,
  type WinogradParams,
} from './tiling.js';

function operationsOf({ params, high, wide, tiles }: BlockTiling): number {
  return 2 * high.points * wide.points * tiles * sumLength(params) * params.columns;
}

/**
 * In blocks. Arguments: input (its first tap at output 0), weights, bias, output, operands..., scratch (`blockScratch`). Units
 * are blocks of tiles.
 */
export function winograd(target: KernelTarget, params: WinogradParams): Kernel {
  const tiling = blockTiling(params);
  const { tiles, block, operandCount, points, pointsWide, high, wide } = tiling;
  const emit = () => {
    const transformInputs = inputTransform(target, tiling, false);
    const transformOutputs = outputTransform(target, tiling);
    const type = { params: Array.from({ length: 7 + operandCount }, () => 'i32' as const), results: [] };
    const name = `winograd ${params.height.size}x${params.width.size} ${params.channels}x${params.columns}`;
    return target.module.function(name, type, (f, ...args) => {
      const [input, weights, bias, output] = args as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const [transformed, begin, end] = args.slice(4 + operandCount) as [Local, Local, Local];
      const sums = f.local('i32', add(transformed, points * tiling.inputs.point * 4));
      const scratch = f.local('i32', add(sums, points * tiling.sums.point * 4));
      forRange(f, begin, end, 1, (unit) => {
        const first = f.local('i32', multiply(unit, block));
        const last = f.local('i32', minimum(f, add(first, block), tiles));
        f.run(callSized(transformInputs, input, transformed, scratch, first, last, first));
        const products = blockProducts(target, tiling, f.local('i32', op('i32.sub', last, first)));
        for (const rows of runsOf(high)) {
          forRange(f, rows.first, rows.first + rows.count, 1, (p) => {
            for (const columns of runsOf(wide)) {
              forRange(f, columns.first, columns.first + columns.count, 1, (q) => {
                const point = f.local('i32', add(multiply(p, pointsWide), q));
                forRange(f, 0, panelsOf(params.columns, params.tile).length, 1, (panel) => {
                  emitProduct(f, params, products, point, panel, { transformed, weights, sums });
                });
              });
            }
          });
        }
        f.run(callSized(transformOutputs, sums, bias, output, ...operands, scratch, first, last, first));
      });
    });
  };
  return {
    function: target.module.shared(`winograd ${exactJson(params)}`, emit),
    units: Math.ceil(tiles / block),
    operations: operationsOf(tiling),
  };
}

/** A transform of all tiles: its own arguments but for the last, which is the first tile. */
function ofAllTiles({ module }: KernelTarget, transform: Sized, { tiles }: Tiling, pointers: number): Kernel {
  const key = `winograd of all tiles ${transform.function.index} ${transform.sizes.join()}`;
  const type = { params: Array.from({ length: pointers + 2 }, () => 'i32' as const), results: [] };
  const emit = () =>
    module.function(`${transform.function.name}, all tiles`, type, (f, ...args) =>
      f.run(callSized(transform, ...args, 0)),
    );
  return { function: module.shared(key, emit), units: tiles, operations: 0 };
}

/** In steps. Arguments: input, transformed, scratch (`transformScratch`). Units are tiles. */
export function winogradInputs(target: KernelTarget, params: WinogradParams): Kernel {
  const tiling = stepTiling(params);
  const areFar = isFar(tiling.points * tiling.inputs.point * 4);
  return ofAllTiles(target, inputTransform(target, tiling, areFar), tiling, 3);
}

/** In steps. Arguments: sums, bias, output, operands..., scratch (`transformScratch`). Units are tiles. */
export function winogradOutputs(target: KernelTarget, params: WinogradParams): Kernel {
  const tiling = stepTiling(params);
  return ofAllTiles(target, outputTransform(target, tiling), tiling, 4 + tiling.operandCount);
}
