/** Numbers in aligned rows, and the map of how many inputs reach each output. */
import type { ExampleArray } from '../explanation.js';

/** The last axis is a row; before it a blank line separates planes. */
export function arrayRows({ dims, data }: ExampleArray): string[] {
  const width = Math.max(1, ...data.map((value) => String(value).length));
  const [columns = 1] = dims.slice(-1);
  const rows: string[] = [];
  for (let at = 0; at < data.length; at += columns)
    rows.push(
      data
        .slice(at, at + columns)
        .map((value) => String(value).padStart(width))
        .join(' '),
    );
  return rows;
}

const mostRows = 8;
const mostColumns = 24;

/** A small map of products of counts: rows down, columns across, `…` where it goes on. */
export function overlapMap(rows: readonly number[] | undefined, columns: readonly number[]): string[] {
  const shown = (counts: readonly number[], most: number) => counts.slice(0, most);
  const down = rows === undefined ? [1] : shown(rows, mostRows);
  const across = shown(columns, mostColumns);
  const width = Math.max(1, ...down.flatMap((a) => across.map((b) => String(a * b).length)));
  const more = columns.length > across.length ? ` ${'…'.padStart(width)}` : '';
  const lines = down.map((a) => across.map((b) => String(a * b).padStart(width)).join(' ') + more);
  return rows !== undefined && rows.length > down.length
    ? [...lines, across.map(() => '…'.padStart(width)).join(' ')]
    : lines;
}
