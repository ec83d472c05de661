/** Aligned plain-text tables that fit a terminal's width. */
import { printable } from './printable.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** If the table is too wide, cells may be cut in the middle down to this many characters. */
  readonly shrinkTo?: number;
}

const gap = '  ';

/** The lines of the table, titles first. Without `width` nothing is cut. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    columns.map((_, i) => printable(row[i] ?? '')),
  );
  const widths = fitWidths(
    columns,
    columns.map((_, i) => Math.max(...cells.map((row) => lengthOf(row[i]!)))),
    width,
  );
  return cells.map((row) =>
    row
      .map((cell, i) => {
        const text = cutMiddle(cell, widths[i]!);
        const padding = ' '.repeat(widths[i]! - lengthOf(text));
        return columns[i]!.align === 'right' ? padding + text : text + padding;
      })
      .join(gap)
      .trimEnd(),
  );
}

/** Shrinks the widest shrinkable column until the line fits or no column can shrink further. */
function fitWidths(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, w) => sum + w, 0) + gap.length * (widths.length - 1) - width;
  for (; excess > 0; excess--) {
    let widest = -1;
    columns.forEach(({ shrinkTo }, i) => {
      if (shrinkTo === undefined || widths[i]! <= shrinkTo) return;
      if (widest < 0 || widths[i]! > widths[widest]!) widest = i;
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
