/** Diagnostics as text for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { type Diagnostic, formatNode, type Severity } from '../diagnostics.js';
import { printable } from './printable.js';

/** One diagnostic on a few lines: what, where, the facts, where it was written, what to do. */
export function renderDiagnostic(item: Diagnostic, colors: Colors): string {
  const tone = toneOf(item.severity, colors);
  const lines = [`${tone(colors.bold(`${item.severity} ${item.code}`))} ${colors.bold(printable(item.message))}`];
  const fact = (label: string, text: string | undefined) => {
    if (text !== undefined) lines.push(`  ${colors.dim(label.padEnd(9))} ${printable(text)}`);
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
  if (item.hint !== undefined) lines.push(`  ${colors.cyan('hint'.padEnd(9))} ${printable(item.hint)}`);
  return lines.join('\n');
}

export function toneOf(severity: Severity, colors: Colors): (text: string) => string {
  return severity === 'error' ? colors.red : severity === 'warning' ? colors.yellow : colors.blue;
}

/** The most severe first, in order, each once; a line that counts them when they are several. */
export function renderDiagnostics(items: readonly Diagnostic[], colors: Colors): string {
  const texts = [...new Set(bySeverity(items).map((item) => renderDiagnostic(item, colors)))];
  if (items.length > 1) texts.push(colors.bold(severityText(items)));
  return texts.length === 0 ? '' : `${texts.join('\n')}\n`;
}

const order = ['info', 'warning', 'error'] as const satisfies readonly Severity[];

/** Whether the first is at least as severe as the second. */
export function isAtLeast(severity: Severity, other: Severity): boolean {
  return order.indexOf(severity) >= order.indexOf(other);
}

/** Most severe first; else in the order in which they were found. */
export function bySeverity<T extends { readonly severity: Severity }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => order.indexOf(b.severity) - order.indexOf(a.severity));
}

/** `1 error, 2 warnings, 3 info`; empty for none. */
export function severityText(items: readonly { readonly severity: Severity }[]): string {
  const count = (severity: Severity) => items.filter((item) => item.severity === severity).length;
  const [errors, warnings, infos] = [count('error'), count('warning'), count('info')];
  const parts = [plural(errors, 'error'), plural(warnings, 'warning'), infos === 0 ? '' : `${infos} info`];
  return parts.filter((part) => part !== '').join(', ');
}

function plural(n: number, noun: string): string {
  return n === 0 ? '' : `${n} ${noun}${n === 1 ? '' : 's'}`;
}
