/** Aligned plain-text tables that fit a terminal's width. */
import { printable, shortened } from '../diagnostics/printable.js';
import { piecesOf, wrapText } from './wrap.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /**
   * If the table is too wide, the column may shrink to this many characters: cells are wrapped, and words longer than the column are
   * cut in the middle. Numbers are never cut.
   */
  readonly shrinkTo?: number;
}

const gap = '  ';

/** Other cells of the column are padded to the longest one. */
const longestCell = 300;

/** The lines of the table, titles first. Without `width` only cells of names are cut that nobody reads. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    columns.map((_, i) => shortened(printable(row[i] ?? ''), longestCell)),
  );
  const longest = (texts: readonly string[]) => Math.max(0, ...texts.map(lengthOf));
  const natural = columns.map((_, i) => longest(cells.map((row) => row[i]!)));
  const least = (parts: (cell: string, width: number) => readonly string[]) =>
    columns.map(({ shrinkTo }, i) => {
      if (shrinkTo === undefined) return natural[i]!;
      const texts = cells.slice(1).flatMap((row) => parts(row[i]!, natural[i]!));
      return Math.min(natural[i]!, Math.max(shrinkTo, longest(texts)));
    });
  const room = width - gap.length * (columns.length - 1);
  const withUnits = fitWidths(natural, least(numbersOf), room);
  const isTooWide = withUnits.reduce((sum, at) => sum + at, 0) > room;
  const widths = isTooWide
    ? fitWidths(
        natural,
        least((cell) => numbersOf(cell, 1)),
        room,
      )
    : withUnits;
  return cells.flatMap((row) => rowLines(columns, row, widths));
}

/** The numbers of a cell, with their units where both fit into a line of `width`. */
function numbersOf(cell: string, width: number): string[] {
  return piecesOf(cell, width).filter((piece) => /^-?\d/.test(piece));
}

/** A line; more where cells are broken to the width of their columns. */
function rowLines(columns: readonly Column[], row: readonly string[], widths: readonly number[]): string[] {
  const parts = row.map((cell, i) => {
    const width = widths[i]!;
    return lengthOf(cell) <= width ? [cell] : wrapText(cell, width).map((part) => cutMiddle(part, width));
  });
  return Array.from({ length: Math.max(...parts.map(({ length }) => length)) }, (_, line) =>
    parts
      .map((cell, i) => {
        const text = cell[line] ?? '';
        const padding = ' '.repeat(widths[i]! - lengthOf(text));
        return columns[i]!.align === 'right' ? padding + text : text + padding;
      })
      .join(gap)
      .trimEnd(),
  );
}

/** Shrinks the widest shrinkable column until the widths fit into the room or no column can shrink further. */
function fitWidths(natural: readonly number[], least: readonly number[], room: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, at) => sum + at, 0) - room;
  for (; excess > 0; excess--) {
    let widest = -1;
    widths.forEach((at, i) => {
      if (at > least[i]! && (widest < 0 || at > widths[widest]!)) widest = i;
    });
    if (widest < 0) break;
    widths[widest]!--;
  }
  return widths;
}

function lengthOf(text: string): number {
  return [...text].length;
}

/** `down1/…/conv2`: cuts the middle and keeps both ends. */
export function cutMiddle(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  if (width <= 1) return '…'.slice(0, width);
  const tail = Math.floor((width - 1) / 2);
  const head = width - 1 - tail;
  return `${characters.slice(0, head).join('')}…${tail === 0 ? '' : characters.slice(-tail).join('')}`;
}
