/**
 * Ways for arrows between the cells of a grid: straight along a row or a column where that is free, otherwise through the
 * gaps between columns and the lanes above rows, where there are neither boxes nor labels.
 */
import type { DrawnEdge } from '../drawing.js';
import type { Cell, Grid } from './grid.js';

export type Route =
  /** Along the row. */
  | { readonly kind: 'straight' }
  /** Down from the source, then along the target's row. */
  | { readonly kind: 'down' }
  /** Along the source's row, then up to the target. */
  | { readonly kind: 'up' }
  /** Along the gap after the source's column, then along the target's row. */
  | { readonly kind: 'gap' }
  /** Along the gap after the source's column, the lane above the target's row, and the gap before the target's column. */
  | { readonly kind: 'lane' };

export interface Routed {
  readonly edge: DrawnEdge;
  readonly from: Cell;
  readonly to: Cell;
  readonly route: Route['kind'];
  /** Number of the lane above the target's row; -1 without. */
  readonly lane: number;
  /** Numbers of the tracks in the gaps after the source's column and before the target's; -1 without. */
  readonly first: number;
  readonly second: number;
}

export interface Routes {
  readonly routed: readonly Routed[];
  /** By row: how many lanes there are above it. */
  readonly lanes: readonly number[];
  /** By column: how many tracks there are in the gap after it. */
  readonly tracks: readonly number[];
}

export function routesOf(grid: Grid, edges: readonly DrawnEdge[]): Routes {
  const lanes = Array.from({ length: grid.rows }, () => new Tracks());
  const gaps = Array.from({ length: grid.columns }, () => new Tracks());
  const span = (edge: DrawnEdge) => Math.abs(grid.cells[edge.to]!.column - grid.cells[edge.from]!.column);
  const routed = [...edges]
    .sort((a, b) => span(a) - span(b))
    .map((edge): Routed => {
      const from = grid.cells[edge.from]!;
      const to = grid.cells[edge.to]!;
      const route = routeOf(grid, from, to);
      const none = { edge, from, to, route, lane: -1, first: -1, second: -1 };
      // Rows are counted twice: the lane above a row is at its odd half.
      if (route === 'gap') return { ...none, first: gaps[from.column]!.take(2 * from.row, 2 * to.row, edge.from) };
      if (route !== 'lane') return none;
      return {
        ...none,
        first: gaps[from.column]!.take(2 * from.row, 2 * to.row - 1, edge.from),
        lane: lanes[to.row]!.take(from.column, to.column - 1, edge.from),
        second: gaps[to.column - 1]!.take(2 * to.row - 1, 2 * to.row, edge.from),
      };
    });
  return { routed, lanes: lanes.map(({ count }) => count), tracks: gaps.map(({ count }) => count) };
}

function routeOf(grid: Grid, from: Cell, to: Cell): Route['kind'] {
  const isRowFree = grid.isRowFree(to.row, from.column, to.column);
  if (from.row === to.row) return isRowFree ? 'straight' : 'lane';
  if (from.row < to.row) {
    const isColumnFree = grid.isColumnFree(from.column, from.row, to.row + 1);
    if (isRowFree && isColumnFree) return 'down';
  } else {
    const isColumnFree = grid.isColumnFree(to.column, to.row, from.row + 1);
    if (isColumnFree && grid.isRowFree(from.row, from.column, to.column)) return 'up';
  }
  return isRowFree ? 'gap' : 'lane';
}

/** Parallel tracks, in which what overlaps does not lie on each other; what comes from one block may share one. */
class Tracks {
  private readonly taken: { readonly start: number; readonly end: number; readonly owner: number }[][] = [];

  get count(): number {
    return this.taken.length;
  }

  take(a: number, b: number, owner: number): number {
    const [start, end] = a < b ? [a, b] : [b, a];
    const isFree = (items: readonly { readonly start: number; readonly end: number; readonly owner: number }[]) =>
      items.every((item) => item.owner === owner || item.end < start || item.start > end);
    let track = this.taken.findIndex(isFree);
    if (track < 0) track = this.taken.push([]) - 1;
    this.taken[track]!.push({ start, end, owner });
    return track;
  }
}
