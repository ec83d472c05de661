/** The innermost part of Winograd's products: rows of tiles by the columns of a panel, as functions that serve all layers. */
import { forRange, loadVector, move, multiply } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { f32x4Const, type Local, load, type Operand } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { addProducts, type KernelTarget } from '../kernel.js';
import { type Sized, sizedFunction } from '../sized.js';
import { storeVectors } from '../store-columns.js';
import { emitSteps, givenLoops, loopForm, type SumAxis, sizesOf, sumLoops } from '../tile.js';
import type { Between } from './tiling.js';
import { eachPlace } from './vectors.js';

/** Emits the weights of a point from others: four columns, so many bytes after an address. */
export interface PointWeights {
  /** Tells apart what is emitted. */
  readonly key: string;
  /** How many others it is from those of a term to those of the next. */
  readonly apart: number;
  /** Arguments that the rows' function takes beside its own. */
  readonly pointers: number;
  /** What it gives is asked for offset 0 first, wherever an address may have changed. */
  readonly loader: (f: FunctionBuilder, pointers: readonly Local[]) => (address: Local, offset: number) => Operand;
}

export interface RowSum {
  readonly axes: readonly SumAxis[];
  /** Whether it goes on from the sums that are there. */
  readonly isContinued?: boolean;
  /** Whether it is long enough for a function of its own, in whose code the tiles' places are. */
  readonly isPlaced?: boolean;
}

/**
 * Own arguments: the first tile, weights of the panel, sums, how often, those of the weights.
 * @param made how the weights are made where they are multiplied; by default they are there
 */
export function rowProducts(
  { module, tier }: KernelTarget,
  { inputs, sums }: Between,
  { axes, isContinued = false, isPlaced: isLong = false }: RowSum,
  rows: number,
  columns: number,
  made?: PointWeights,
): Sized {
  const loops = sumLoops(axes, columns * 4);
  // Of short sums, which have no loop, and parts of sums, addresses would take as long as the products: there they are in the form.
  const isPlaced = isLong || loops.rounds === 0 || isContinued;
  const [inputTile, sumTile] = [inputs.tile * 4, sums.tile * 4];
  const sizes = {
    tiles: isPlaced ? [] : [inputTile, sumTile],
    loops: sizesOf(loops),
  };
  const places = isPlaced ? [inputTile, sumTile] : [];
  const form = exactJson([loopForm(loops), isContinued, made?.key ?? '', places]);
  const name = `winograd ${rows} tiles x ${columns}`;
  return sizedFunction(module, { form, name, own: 4 + (made?.pointers ?? 0) }, sizes, (f, own, s) => {
    const [a, weights, result, times] = own as [Local, Local, Local, Local];
    const loadColumns = made?.loader(f, own.slice(4));
    const given = s.loops.values();
    const sum = givenLoops(loops, () => given.next().value!);
    const pointers = f.locals(isPlaced ? 1 : rows, 'i32');
    const [inputPitch = inputTile, sumPitch = sumTile] = s.tiles;
    const at = (m: number) => (isPlaced ? m * inputTile : 0);
    const broadcast = f.local('v128');
    forRange(f, 0, times, 1, () => {
      const b = f.local('i32', weights);
      for (const pointer of pointers) {
        f.set(pointer, a);
        move(f, a, isPlaced ? rows * inputTile : inputPitch);
      }
      const totals = Array.from({ length: rows }, () =>
        Array.from({ length: columns / 4 }, () => (isContinued ? f.local('v128') : f.local('v128', f32x4Const(0)))),
      );
      if (isContinued) {
        eachPlace(f, result, rows, { pitch: sumPitch }, (address, offset, m) => {
          for (const [j, total] of totals[m]!.entries()) f.set(total, loadVector(address, offset + j * 16));
        });
      }
      const options = { tier, rows: [], columns, sum, ...(made && loadColumns && { loadColumns, apart: made.apart }) };
      emitSteps(f, options, pointers, b, (offset, vectors) => {
        for (const [m, row] of totals.entries()) {
          f.set(broadcast, load('v128.load32_splat', pointers[m] ?? pointers[0]!, at(m) + offset * 4));
          addProducts(f, tier, broadcast, vectors, row);
        }
      });
      eachPlace(f, result, rows, { pitch: sumPitch }, (address, offset, m) =>
        storeVectors(f, address, offset, totals[m]!),
      );
      move(f, result, multiply(sumPitch, rows));
    });
  });
}
