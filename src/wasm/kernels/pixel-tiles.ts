/**
 * How the pixels of an output are cut into tiles. A tile with fewer pixels than registers hold leaves multiplications idle, and
 * reads the weights as often as a full one: so tiles go on from one row to the next within groups of rows.
 */
import { splitEvenly } from './kernel.js';

export interface Pixel {
  readonly row: number;
  readonly column: number;
}

/** Tiles of one form, one after another along a row. */
export interface TileRun {
  readonly times: number;
  /** Of the first one, counted from the group's first pixel. */
  readonly pixels: readonly Pixel[];
}

export interface RowGroups {
  /** Rows of a group, and how many such groups there are. */
  readonly rows: number;
  readonly count: number;
  readonly runs: readonly TileRun[];
  /** Of the rows that are left. */
  readonly rest: readonly TileRun[];
}

export interface PixelGrid {
  readonly height: number;
  readonly width: number;
  /** Whether a row begins where the one before it ends, for all pointers. */
  readonly isContiguous: boolean;
}

/** The tiles of some rows, as equal as can be, of at most so many pixels. */
function tileRuns(rows: number, { width, isContiguous }: PixelGrid, most: number): TileRun[] {
  if (rows === 0) return [];
  const { size, larger, smaller } = splitEvenly(rows * width, most);
  const runs: TileRun[] = [];
  let at = 0;
  for (let i = 0; i < larger + smaller; i++) {
    const count = i < larger ? size : size - 1;
    const pixels = Array.from({ length: count }, (_, k): Pixel => {
      return { row: Math.floor((at + k) / width), column: (at + k) % width };
    });
    const last = runs.at(-1);
    const isStraight = isContiguous || (at % width) + count <= width;
    const goesOn =
      last !== undefined &&
      isStraight &&
      last.pixels.length === count &&
      (isContiguous || (isInRow(last) && last.pixels[0]!.row === pixels[0]!.row));
    if (goesOn) runs[runs.length - 1] = { ...last, times: last.times + 1 };
    else runs.push({ times: 1, pixels });
    at += count;
  }
  return runs;
}

function isInRow({ pixels }: TileRun): boolean {
  return pixels[0]!.row === pixels.at(-1)!.row;
}

/** What is the same in tiles that one function can compute: where their pixels lie, seen from the first. */
export function formOf({ pixels }: TileRun, isContiguous: boolean): string {
  const [first] = pixels;
  if (isContiguous) return `${pixels.length}`;
  return pixels.map(({ row, column }) => `${row - first!.row},${column - first!.column}`).join(' ');
}

/** What storing a tile and beginning the next takes, and what idles in a tile that is not full, in pixels. */
const tileCost = 1.5;
/** What the code of a further form costs, as a share of the time: a little, as it is compiled in each process. */
const formCost = 0.01;
/** Rows of a group at most, unless an output has hardly more pixels than a few tiles. */
const mostRows = 6;
const fewPixels = 36;

/** The groups of rows that are expected to take the least time, with tiles of at most so many pixels. */
export function rowGroups(grid: PixelGrid, most: number): RowGroups {
  const { height, width } = grid;
  if (height * width === 0) return { rows: 1, count: 0, runs: [], rest: [] };
  const candidates = Array.from({ length: Math.min(height, mostRows) }, (_, i) => i + 1);
  if (height > mostRows && height * width <= fewPixels) candidates.push(height);
  let best: { readonly groups: RowGroups; readonly cost: number } | undefined;
  for (const rows of candidates) {
    const groups: RowGroups = {
      rows,
      count: Math.floor(height / rows),
      runs: tileRuns(rows, grid, most),
      rest: tileRuns(height % rows, grid, most),
    };
    const all = [...groups.runs, ...groups.rest];
    const forms = new Set(all.map((run) => formOf(run, grid.isContiguous))).size;
    const time = (runs: readonly TileRun[]) =>
      runs.reduce((sum, { times, pixels }) => sum + times * (pixels.length + tileCost), 0);
    const cost = (groups.count * time(groups.runs) + time(groups.rest)) * (1 + forms * formCost);
    if (best === undefined || cost < best.cost) best = { groups, cost };
  }
  return best!.groups;
}
