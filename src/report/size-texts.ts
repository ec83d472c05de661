import type { SizeReport } from './check.js';

/** `H, W: multiple of 16`: names that share a text together. */
export function sizeTexts(sizes: readonly Pick<SizeReport, 'name' | 'text'>[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { name, text } of sizes) {
    const key = `${text.startsWith('= ') ? ' ' : ': '}${text}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups].map(([text, names]) => `${names.join(', ')}${text}`);
}
