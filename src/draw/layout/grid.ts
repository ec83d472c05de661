/** Cells for blocks: a row for each level, and columns along the network, so that what is made later is further right. */
import type { NetworkDrawing } from '../drawing.js';

export interface Cell {
  readonly row: number;
  readonly column: number;
}

export class Grid {
  /** By block. */
  readonly cells: readonly Cell[];
  readonly rows: number;
  readonly columns: number;
  private readonly taken = new Map<number, Set<number>>();

  constructor({ blocks, edges, levels }: NetworkDrawing) {
    const cells: Cell[] = [];
    const into = blocks.map((): number[] => []);
    for (const { from, to } of edges) into[to]!.push(from);
    const place = (block: number, least: number) => {
      const row = blocks[block]!.level;
      let column = least;
      while (this.isTaken(row, column)) column++;
      const own = this.taken.get(row);
      if (own === undefined) this.taken.set(row, new Set([column]));
      else own.add(column);
      cells[block] = { row, column };
    };
    for (const { id, role } of blocks) {
      if (role === 'input') continue;
      const sources = into[id]!;
      const known = sources.flatMap((source) => cells[source]?.column ?? []);
      // An input stands just before what first reads it.
      const before = Math.max(0, ...known);
      for (const source of sources) if (cells[source] === undefined) place(source, before);
      place(id, Math.max(-1, ...sources.map((source) => cells[source]?.column ?? -1)) + 1);
    }
    for (const { id } of blocks) if (cells[id] === undefined) place(id, 0);
    this.cells = cells;
    this.rows = levels.length;
    this.columns = Math.max(0, ...cells.map(({ column }) => column)) + 1;
  }

  isTaken(row: number, column: number): boolean {
    return this.taken.get(row)?.has(column) === true;
  }

  /** Whether no block is in the row strictly between the columns. */
  isRowFree(row: number, after: number, before: number): boolean {
    for (let column = after + 1; column < before; column++) if (this.isTaken(row, column)) return false;
    return true;
  }

  /** Whether no block is in the column strictly between the rows. */
  isColumnFree(column: number, after: number, before: number): boolean {
    for (let row = after + 1; row < before; row++) if (this.isTaken(row, column)) return false;
    return true;
  }
}
