/** A finding as one text, for formats without fields for its parts. */
import { formatNode } from '../diagnostics.js';
import { targetNames } from '../runtimes/target.js';
import type { Finding } from './finding.js';

/** The message, expected and actual values, notes and remedies, each on its own line. */
export function messageText(item: Finding, { withNode = true } = {}): string {
  const lines = [sentence(item.message)];
  if (withNode && item.node !== undefined) {
    lines.push(`Node: ${formatNode(item.node)}${item.module === undefined ? '' : `, in ${item.module}`}`);
  }
  if (item.value !== undefined && !item.message.includes(`'${item.value}'`)) lines.push(`Value: ${item.value}`);
  if (item.expected !== undefined) lines.push(`Expected: ${item.expected}`);
  if (item.actual !== undefined) lines.push(`Got: ${item.actual}`);
  if (item.origin !== undefined) lines.push(`Origin: ${item.origin}`);
  for (const { kind, text } of remarksOf(item)) lines.push(kind === 'remedy' ? `Remedy: ${text}` : sentence(text));
  if (item.hint !== undefined) lines.push(`Hint: ${item.hint}`);
  return lines.join('\n');
}

export interface Remark {
  readonly kind: 'note' | 'remedy';
  readonly text: string;
}

/** Notes, then remedies. */
export function remarksOf({ notes = [], remedies = [] }: Pick<Finding, 'notes' | 'remedies'>): Remark[] {
  return [
    ...notes.map((text): Remark => ({ kind: 'note', text })),
    ...remedies.map(({ text }): Remark => ({ kind: 'remedy', text })),
  ];
}

/** Programs that are written in lower case wherever they stand. */
const lowerCaseNames: ReadonlySet<string> = new Set(['unstride', ...targetNames]);

/** Messages begin in lower case because they follow a code. This makes a sentence of one that stands alone. */
export function sentence(text: string): string {
  const word = /^[a-z]+(?=[ ,])/.exec(text)?.[0];
  const isCapitalized = word !== undefined && !lowerCaseNames.has(word);
  const start = isCapitalized ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?:]$/.test(start) ? start : `${start}.`;
}
