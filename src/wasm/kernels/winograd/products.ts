/** The products of Winograd's filtering: at each point, tiles by channels times channels by columns. */
import { add, divide, forRange, multiply, remainder } from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { type Local, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { countWhole, panelsOf } from '../convolution.js';
import { type Kernel, type KernelTarget, roundUp, splitEvenly } from '../kernel.js';
import { prefetchPages } from '../prefetch.js';
import { callSized } from '../sized.js';
import { filtering } from './matrices.js';
import { type PointWeights, type RowSum, rowProducts } from './row-products.js';
import {
  type BlockTiling,
  betweenOf,
  filtersOf,
  pointRows,
  sliceCount,
  sumLength,
  vectorColumns,
  type WinogradProductsParams,
  type WinogradShape,
} from './tiling.js';

/** Operations of a step that takes far longer to run than code of its own takes to compile. */
const longOperations = 5e8;

/** A sum of all channels of all slices. */
function wholeSum(shape: WinogradShape): RowSum {
  return {
    axes: [
      { size: sliceCount(shape), stride: roundUp(shape.channels, vectorColumns) },
      { size: shape.channels, stride: 1 },
    ],
  };
}

/** Tiles that are multiplied at a point: from `first` on. */
interface Rows {
  readonly first: number;
  readonly count: number;
}

/** The tiles of the parts that have a point, by whether parts with fewer points along the height and the width have it. */
function rowsAt(params: WinogradProductsParams): (isHigh: boolean, isWide: boolean) => Rows {
  const { filter, parts } = params;
  return (isHigh, isWide) => {
    let [first, count, before] = [0, 0, 0];
    for (const { height, width, tiles } of parts) {
      if ((isHigh || height === filter.height.outputs) && (isWide || width === filter.width.outputs)) {
        if (count === 0) first = before;
        count += tiles;
      }
      before += tiles;
    }
    return { first, count };
  };
}

/** Whether parts with the fewest outputs along an axis have a point. */
function isInAll(
  f: FunctionBuilder,
  point: Local,
  { outputs, taps }: { outputs: number; taps: number },
  least: number,
) {
  const { places } = filtering(least, taps, outputs);
  if (least === outputs) return undefined;
  const last = places.at(-1)!;
  return f.local('i32', op('i32.or', op('i32.lt_s', point, places.length - 1), op('i32.eq', point, last)));
}

/** The panels of a layer: runs the body with the columns of each, which are known only while running. */
export function eachWidth(
  f: FunctionBuilder,
  { columns, tile }: WinogradShape,
  panel: Operand,
  run: (columns: number) => void,
): void {
  const panels = panelsOf(columns, tile);
  const last = panels.at(-1)!.columns;
  if (last === tile.columns || panels.length === 1) run(last);
  else {
    f.if(
      op('i32.eq', panel, panels.length - 1),
      () => run(last),
      () => run(tile.columns),
    );
  }
}

/** Emits the products of all parts at a point with the weights of a panel. */
export type PointProducts = (
  f: FunctionBuilder,
  point: Local,
  columns: number,
  addresses: { readonly transformed: Operand; readonly weights: Local; readonly sums: Operand },
  made?: { readonly weights: PointWeights; readonly pointers: readonly Operand[]; readonly sum: RowSum },
) => void;

/** For tiles that are all there at once; rows of tiles are as equal as can be. */
export function pointProducts(target: KernelTarget, params: WinogradProductsParams): PointProducts {
  const { filter, parts } = params;
  const room = parts.reduce((sum, { tiles }) => sum + tiles, 0);
  const between = betweenOf(params, room);
  const { inputs, sums } = between;
  const { pointsWide } = filtersOf(filter);
  const rows = rowsAt(params);
  // Where multiplications and additions are apart, known places gain nothing.
  const isPlaced = target.tier !== 'baseline' && operationsOf(params) >= longOperations;
  const least = (of: (part: (typeof parts)[number]) => number) => Math.min(...parts.map(of));
  return (f, point, columns, addresses, made) => {
    const isHigh = isInAll(
      f,
      f.local('i32', divide(point, pointsWide)),
      filter.height,
      least(({ height }) => height),
    );
    const isWide = isInAll(
      f,
      f.local('i32', remainder(point, pointsWide)),
      filter.width,
      least(({ width }) => width),
    );
    const run = ({ first, count }: Rows) => {
      if (count === 0) return;
      const { size, larger, smaller } = splitEvenly(count, params.tile.pixels);
      const inputAt = add(addresses.transformed, multiply(point, inputs.point * 4));
      const sumsAt = add(addresses.sums, multiply(point, sums.point * 4));
      const some = (before: number, size: number, times: number) => {
        if (times === 0) return;
        const sum = made?.sum ?? { ...wholeSum(params), isPlaced };
        const kernel = rowProducts(target, between, sum, size, columns, made?.weights);
        const from = add(inputAt, (first + before) * inputs.tile * 4);
        const to = add(sumsAt, (first + before) * sums.tile * 4);
        f.run(callSized(kernel, from, addresses.weights, to, times, ...(made?.pointers ?? [])));
      };
      some(0, size, larger);
      some(larger * size, size - 1, smaller);
    };
    const alongWide = (high: boolean) => {
      if (isWide === undefined) run(rows(high, true));
      else
        f.if(
          isWide,
          () => run(rows(high, true)),
          () => run(rows(high, false)),
        );
    };
    if (isHigh === undefined) alongWide(true);
    else
      f.if(
        isHigh,
        () => alongWide(true),
        () => alongWide(false),
      );
  };
}

/** For as many tiles as a block has: `rows` at a time. */
export function blockProducts(target: KernelTarget, tiling: BlockTiling, count: Operand): PointProducts {
  const { params, inputs, sums, rows } = tiling;
  return (f, point, columns, addresses) => {
    const kernel = rowProducts(target, tiling, wholeSum(params), rows, columns);
    const from = add(addresses.transformed, multiply(point, inputs.point * 4));
    const to = add(addresses.sums, multiply(point, sums.point * 4));
    f.run(callSized(kernel, from, addresses.weights, to, divide(add(count, rows - 1), rows)));
  };
}

/** Emits the products at a point with a panel, both by their number. */
export function emitProduct(
  f: FunctionBuilder,
  shape: WinogradShape,
  products: PointProducts,
  point: Local,
  panel: Operand,
  { transformed, weights, sums }: { readonly transformed: Local; readonly weights: Local; readonly sums: Local },
): void {
  const terms = sumLength(shape);
  const panels = panelsOf(shape.columns, shape.tile);
  const { points } = filtersOf(shape.filter);
  const { sumColumns } = betweenOf(shape, 0);
  const panelBytes = terms * shape.tile.columns * 4;
  const packed = f.local('i32', add(weights, multiply(point, terms * sumColumns * 4), multiply(panel, panelBytes)));
  const index = add(multiply(point, panels.length), panel);
  const hasNext = op('i32.lt_s', index, points * countWhole(panels, shape.tile) - 1);
  prefetchPages(f, hasNext, add(packed, panelBytes), panelBytes);
  const into = f.local('i32', add(sums, multiply(panel, shape.tile.columns * 4)));
  eachWidth(f, shape, panel, (columns) => products(f, point, columns, { transformed, weights: packed, sums: into }));
}

function operationsOf(params: WinogradProductsParams): number {
  return 2 * pointRows(params) * sumLength(params) * params.columns;
}

/** Arguments: transformed, weights, sums. Units are points x panels. */
export function winogradProducts(target: KernelTarget, params: WinogradProductsParams): Kernel {
  const panels = panelsOf(params.columns, params.tile).length;
  const emit = () => {
    const products = pointProducts(target, params);
    const type = { params: Array.from({ length: 5 }, () => 'i32' as const), results: [] };
    const name = `winograd products ${sumLength(params)}x${params.columns}`;
    return target.module.function(name, type, (f, transformed, weights, sums, begin, end) => {
      forRange(f, begin!, end!, 1, (index) => {
        const panel = f.local('i32', remainder(index, panels));
        const point = f.local('i32', divide(index, panels));
        const addresses = { transformed: transformed!, weights: weights!, sums: sums! };
        emitProduct(f, params, products, point, panel, addresses);
      });
    });
  };
  return {
    function: target.module.shared(`winograd products ${exactJson(params)}`, emit),
    units: filtersOf(params.filter).points * panels,
    operations: operationsOf(params),
  };
}
