/** Tiles in their order, with pointers to each: along the width, the height, and the axes around them. */
import { add, forRange } from '../../arithmetic.js';
import { type Local, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import type { OutputAxis } from '../convolution.js';
import type { Tiling } from './tiling.js';

/** Of each axis, the innermost first: how many tiles, and bytes from one to the next for each pointer. */
export function walkSizes(
  { params, tilesHigh, tilesWide }: Tiling,
  pointers: readonly ((axis: OutputAxis) => number)[],
): number[] {
  const { width, height, outer, filter } = params;
  const of = (axis: OutputAxis, tiles: number, step: number) => [
    tiles,
    ...pointers.map((strideOf) => strideOf(axis) * step * 4),
  ];
  return [
    ...of(width, tilesWide, filter.width.outputs),
    ...of(height, tilesHigh, filter.height.outputs),
    ...[...outer].reverse().flatMap((axis) => (axis.size > 1 ? of(axis, axis.size, 1) : [])),
  ];
}

/** Runs the body for a range of tiles. It leaves the tile's pointers and its place as they are. */
export function eachTile(
  f: FunctionBuilder,
  [begin, end]: readonly [Local, Local],
  bases: readonly Local[],
  sizes: readonly Local[],
  body: (pointers: readonly Local[], place: { readonly row: Local; readonly column: Local }) => void,
): void {
  const each = bases.length + 1;
  const [tilesWide, ...steps] = sizes.slice(0, each) as [Local, ...Local[]];
  const column = f.local('i32', tilesWide);
  const row = f.local('i32');
  const pointers = bases.map(() => f.local('i32'));
  const rest = f.local('i32');
  const at = f.local('i32');
  const move = (by: Operand, strides: readonly Local[]) => {
    for (const [k, pointer] of pointers.entries()) f.set(pointer, add(pointer, op('i32.mul', by, strides[k]!)));
  };
  /** Divisions are for the first tile of a row only. */
  const locate = (tile: Local) => {
    f.set(rest, tile);
    for (const [k, base] of bases.entries()) f.set(pointers[k]!, base);
    for (let axis = 0; axis * each < sizes.length; axis++) {
      const [size, ...strides] = sizes.slice(axis * each, (axis + 1) * each) as [Local, ...Local[]];
      const index = [column, row][axis] ?? at;
      f.set(index, op('i32.rem_u', rest, size));
      f.set(rest, op('i32.div_u', rest, size));
      move(index, strides);
    }
  };
  forRange(f, begin, end, 1, (tile) => {
    f.if(op('i32.eq', column, tilesWide), () => locate(tile));
    body(pointers, { row, column });
    f.increase(column, 1);
    for (const [k, pointer] of pointers.entries()) f.set(pointer, add(pointer, steps[k]!));
  });
}
