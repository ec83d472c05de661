/** Changes against the lock file as a diff: one line for each value, old → new. */
import type { Colors } from 'picocolors/types.js';
import type { LockChange } from '../contract/lock.js';
import { printable } from '../diagnostics/printable.js';
import { cutMiddle, textTable } from './text-table.js';

/** Further values are only counted. */
const most = 24;

/** Inputs and outputs first, because they concern users of the model; then layers in their order. */
export function lockChangeLines(changes: readonly LockChange[], colors: Colors, width: number | undefined): string[] {
  const sorted = [...changes].sort((a, b) => Number(a.kind === 'value') - Number(b.kind === 'value'));
  const shown = sorted.slice(0, most);
  const rows = shown.map(
    ({ kind, name, op, from, to }): ShapeRow => ({
      mark: from === undefined ? '+' : to === undefined ? '-' : '~',
      labels: [kind === 'value' ? (op ?? kind) : kind, name],
      change: changeText(from, to),
      tone: toneOf(from, to, colors),
    }),
  );
  const lines = shapeRows(rows, width);
  const hidden = changes.length - shown.length;
  return hidden === 0 ? lines : [...lines, `… and ${hidden} more`];
}

export interface ShapeRow {
  /** `+`, `-` or `~`; undefined for rows without a mark. */
  readonly mark: string | undefined;
  readonly labels: readonly string[];
  /** `float32[…] → […]`. */
  readonly change: string;
  tone(text: string): string;
}

/**
 * One line for each row, in columns. If one is too long for the width, all shapes are printed below their row, old
 * above new.
 */
export function shapeRows(rows: readonly ShapeRow[], width = Number.POSITIVE_INFINITY): string[] {
  const cells = rows.map(({ mark, labels, change }) => [...(mark === undefined ? [] : [mark]), ...labels, change]);
  const columns = (cells[0] ?? []).map(() => ({ title: '' }));
  const lines = textTable(columns, cells).slice(1);
  if (lines.every((line) => [...line].length <= width)) return lines.map((line, i) => rows[i]!.tone(line));
  return rows.flatMap(({ change, tone }, i) => {
    const head = cutMiddle(printable(cells[i]!.slice(0, -1).join('  ')), width);
    const whole = printable(change);
    const [from, to] = whole.split(' → ');
    const isShort = to === undefined || whole.length + 4 <= width;
    return [head, ...(isShort ? [`    ${whole}`] : [`    ${from}`, `  → ${to}`])].map((line) => tone(line));
  });
}

/** `float32[N, 4, H, W] → float32[N, 8, H, W]`; the element type is printed once if it did not change. */
export function changeText(from: string | undefined | null, to: string | undefined | null): string {
  if (from === undefined || from === null) return to ?? '';
  if (to === undefined || to === null) return from;
  const type = /^[\w?]+(?=\[)/.exec(from)?.[0];
  return type !== undefined && to.startsWith(`${type}[`) ? `${from} → ${to.slice(type.length)}` : `${from} → ${to}`;
}

function toneOf(from: string | undefined, to: string | undefined, colors: Colors): (text: string) => string {
  if (from === undefined) return colors.green;
  return to === undefined ? colors.red : colors.yellow;
}
