/** A finding as one running text, for formats that have no fields for its parts. */
import { formatNode } from '../diagnostics.js';
import type { Finding } from './finding.js';

/** The message, what was expected and what is there, the notes and the remedy; a line each. */
export function messageText(item: Finding, { withNode = true } = {}): string {
  const lines = [sentence(item.message)];
  if (withNode && item.node !== undefined) {
    lines.push(`Node: ${formatNode(item.node)}${item.module === undefined ? '' : `, in ${item.module}`}`);
  }
  if (item.value !== undefined && !item.message.includes(`'${item.value}'`)) lines.push(`Value: ${item.value}`);
  if (item.expected !== undefined) lines.push(`Expected: ${item.expected}`);
  if (item.actual !== undefined) lines.push(`Got: ${item.actual}`);
  if (item.origin !== undefined) lines.push(`Origin: ${item.origin}`);
  for (const note of item.notes ?? []) lines.push(sentence(note));
  const sizes = nearestText(item);
  if (sizes !== undefined) lines.push(`Nearest legal sizes: ${sizes}`);
  for (const { text } of item.remedies ?? []) lines.push(`Remedy: ${text}`);
  if (item.hint !== undefined) lines.push(`Hint: ${item.hint}`);
  return lines.join('\n');
}

/** `H = 560 or 576, W = 560`; undefined where nothing is known. */
export function nearestText({ nearest = [] }: Pick<Finding, 'nearest'>): string | undefined {
  const texts = nearest.flatMap(({ symbol, below, above }) => {
    const sizes = [below, above].filter((size) => size !== undefined);
    return sizes.length === 0 ? [] : [`${symbol} = ${sizes.join(' or ')}`];
  });
  return texts.length === 0 ? undefined : texts.join(', ');
}

/** Messages begin small, for they follow a code; standing alone they are sentences. */
export function sentence(text: string): string {
  const start = /^[a-z]+(?=[ ,])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?:]$/.test(start) ? start : `${start}.`;
}
