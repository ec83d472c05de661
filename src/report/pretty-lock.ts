/** What changed against the lock file, as a diff: a line a value, old → new. */
import type { Colors } from 'picocolors/types.js';
import type { LockChange } from '../contract/lock.js';
import { textTable } from './text-table.js';

/** More lines than this are told by their number. */
const most = 40;

export function lockChangeLines(changes: readonly LockChange[], colors: Colors, width: number | undefined): string[] {
  const shown = changes.slice(0, most);
  const rows = shown.map(({ kind, name, op, from, to }) => [
    from === undefined ? '+' : to === undefined ? '-' : '~',
    kind === 'value' ? (op ?? kind) : kind,
    name,
    changeText(from, to),
  ]);
  const columns = [{ title: '' }, { title: '' }, { title: '', shrinkTo: 12 }, { title: '' }];
  const lines = textTable(columns, rows, width === undefined ? undefined : width - 6)
    .slice(1)
    .map((line, i) => toneOf(shown[i]!, colors)(line));
  const hidden = changes.length - shown.length;
  return (hidden === 0 ? lines : [...lines, `… and ${hidden} more`]).map((line) => `  ${line}`);
}

/** `float32[N, 4, H, W] → float32[N, 8, H, W]`; the type is said once where it is the same. */
export function changeText(from: string | undefined | null, to: string | undefined | null): string {
  if (from === undefined || from === null) return to ?? '';
  if (to === undefined || to === null) return from;
  const type = /^[\w?]+(?=\[)/.exec(from)?.[0];
  return type !== undefined && to.startsWith(`${type}[`) ? `${from} → ${to.slice(type.length)}` : `${from} → ${to}`;
}

function toneOf({ from, to }: LockChange, colors: Colors): (text: string) => string {
  if (from === undefined) return colors.green;
  return to === undefined ? colors.red : colors.yellow;
}
