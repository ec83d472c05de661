/** Diagnostics as text for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import { counted } from '../diagnostics/units.js';
import { type Diagnostic, formatNode, type Severity } from '../diagnostics.js';
import { wrapText } from './wrap.js';

/** Room that is left for text in a terminal however narrow. */
const leastRoom = 24;

/** One diagnostic on a few lines: what, where, the facts, the source line, what to do. */
export function renderDiagnostic(item: Diagnostic, colors: Colors, width?: number): string {
  const tone = toneOf(item.severity, colors);
  const wrapped = (text: string, indent: number) =>
    wrapText(printable(text), width === undefined ? undefined : Math.max(leastRoom, width - indent));
  const head = `${item.severity} ${item.code}`;
  const lines = wrapped(item.message, head.length + 1).map(
    (line, i) => `${i === 0 ? tone(colors.bold(head)) : ' '.repeat(head.length)} ${colors.bold(line)}`,
  );
  const fact = (label: string, text: string | undefined, paint = colors.dim) => {
    if (text === undefined) return;
    const texts = wrapped(text, 12);
    lines.push(...texts.map((line, i) => `  ${paint((i === 0 ? label : '').padEnd(9))} ${line}`));
  };
  fact('file', item.file);
  fact('node', item.node && formatNode(item.node));
  fact('value', item.value);
  fact('expected', item.expected);
  fact('got', item.actual);
  fact('origin', item.origin);
  item.notes?.forEach((note, i) => {
    fact(i === 0 ? 'note' : '', note);
  });
  fact('hint', item.hint, colors.cyan);
  return lines.join('\n');
}

export function toneOf(severity: Severity, colors: Colors): (text: string) => string {
  return severity === 'error' ? colors.red : severity === 'warning' ? colors.yellow : colors.blue;
}

/** The most diagnostics that are printed in full. */
const mostPrinted = 100;

/** Most severe first, each once; followed by a line with their number if there are several. */
export function renderDiagnostics(items: readonly Diagnostic[], colors: Colors, width?: number): string {
  const texts = [
    ...new Set(
      bySeverity(items)
        .slice(0, mostPrinted)
        .map((item) => renderDiagnostic(item, colors, width)),
    ),
  ];
  if (items.length > mostPrinted) texts.push(`and ${items.length - mostPrinted} more`);
  if (items.length > 1) texts.push(colors.bold(severityText(items)));
  return texts.length === 0 ? '' : `${texts.join('\n')}\n`;
}

const order = ['info', 'warning', 'error'] as const satisfies readonly Severity[];

/** Whether the first is at least as severe as the second. */
export function isAtLeast(severity: Severity, other: Severity): boolean {
  return order.indexOf(severity) >= order.indexOf(other);
}

/** Most severe first; within a severity, in the order in which they were found. */
export function bySeverity<T extends { readonly severity: Severity }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => order.indexOf(b.severity) - order.indexOf(a.severity));
}

/** `1 error, 2 warnings, 3 info`; empty for none. */
export function severityText(items: readonly { readonly severity: Severity }[]): string {
  const count = (severity: Severity) => items.filter((item) => item.severity === severity).length;
  const [errors, warnings, infos] = [count('error'), count('warning'), count('info')];
  const parts = [
    errors === 0 ? '' : counted(errors, 'error'),
    warnings === 0 ? '' : counted(warnings, 'warning'),
    infos === 0 ? '' : `${infos} info`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}
