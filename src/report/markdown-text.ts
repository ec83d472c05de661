/** Pieces of Markdown (GitHub's). */
import { printable } from '../diagnostics/printable.js';

/** Escapes literal text for a table cell. */
export function cell(text: string): string {
  return printable(text).replaceAll(/([\\`*_{}[\]<>#|~])/g, '\\$1');
}

/** Code in a table cell. */
export function code(text: string): string {
  const body = printable(text).replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...body.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return body === '' ? '' : longest === 0 ? `${fence}${body}${fence}` : `${fence} ${body} ${fence}`;
}

export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), `|${'---|'.repeat(titles.length)}`, ...rows.map(line)];
}
