/** How kernels go from pixel to pixel of outputs whose rows may have gaps between them, with sizes that they are given. */
import { move } from '../arithmetic.js';
import { type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

/** A pointer, by how many bytes it goes on from a pixel to the next, and by how many more from a row to the next. */
export interface Track {
  readonly pointer: Local;
  readonly stride: Operand;
  readonly jump: Operand;
}

/** The column of the pixel that pointers are at, in rows of so many. */
export interface PathRow {
  readonly column: Local;
  readonly width: Operand;
}

/** Pixels one after another; without a row, rows follow one another without a gap. */
export interface PixelPath {
  readonly count: number;
  readonly row: PathRow | undefined;
  readonly tracks: readonly Track[];
}

/** Pointers, and the column, go on to the next pixel. */
export function emitNext(f: FunctionBuilder, row: PathRow | undefined, tracks: readonly Track[]): void {
  for (const { pointer, stride } of tracks) move(f, pointer, stride);
  if (row === undefined) return;
  f.increase(row.column, 1);
  f.if(op('i32.eq', row.column, row.width), () => {
    f.set(row.column, 0);
    for (const { pointer, jump } of tracks) move(f, pointer, jump);
  });
}

/** @returns for each track where it has the next pixels; pointers, and the column, are after them then. */
export function emitPlaces(
  f: FunctionBuilder,
  count: number,
  row: PathRow | undefined,
  tracks: readonly Track[],
): Local[][] {
  const places = tracks.map(() => f.locals(count, 'i32'));
  const go = (within: PathRow | undefined) => {
    for (let i = 0; i < count; i++) {
      for (const [k, { pointer }] of tracks.entries()) f.set(places[k]![i]!, pointer);
      emitNext(f, within, tracks);
    }
  };
  if (row === undefined) go(undefined);
  else {
    const { column, width } = row;
    f.if(
      op('i32.lt_s', op('i32.add', column, count), width),
      () => {
        go(undefined);
        f.increase(column, count);
      },
      () => go(row),
    );
  }
  return places;
}
