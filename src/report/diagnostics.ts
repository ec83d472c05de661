/** Diagnostics as text for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { type Diagnostic, formatNode } from '../diagnostics.js';
import { printable } from './printable.js';

/** One diagnostic on a few lines: what, where, the facts, where it was written, what to do. */
export function renderDiagnostic(item: Diagnostic, colors: Colors): string {
  const tone = item.severity === 'error' ? colors.red : colors.yellow;
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
  if (item.hint !== undefined) lines.push(`  ${colors.cyan('hint'.padEnd(9))} ${printable(item.hint)}`);
  return lines.join('\n');
}

/** Errors before warnings, in order, each once; a line that counts them when they are several. */
export function renderDiagnostics(items: readonly Diagnostic[], colors: Colors): string {
  const sorted = [...items].sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  const texts = [...new Set(sorted.map((item) => renderDiagnostic(item, colors)))];
  const errors = sorted.filter(({ severity }) => severity === 'error').length;
  if (sorted.length > 1) texts.push(colors.bold(summary(errors, sorted.length - errors)));
  return texts.length === 0 ? '' : `${texts.join('\n')}\n`;
}

function summary(errors: number, warnings: number): string {
  const parts = [count(errors, 'error'), count(warnings, 'warning')].filter((part) => part !== undefined);
  return parts.join(', ');
}

function count(n: number, noun: string): string | undefined {
  return n === 0 ? undefined : `${n} ${noun}${n === 1 ? '' : 's'}`;
}
