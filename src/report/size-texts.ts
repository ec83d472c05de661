import type { SizeReport } from './check.js';

/** `H, W: multiple of 16; W = H not required`: names with the same text are joined. */
export function sizeTexts(sizes: readonly Pick<SizeReport, 'name' | 'text'>[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { name, text } of sizes) {
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [name]);
    else group.push(name);
  }
  return [...groups].map(([text, names]) => {
    const isFollower = text.startsWith('= ');
    return `${names.join(', ')}${isFollower ? ' ' : ': '}${text}${isFollower || text === 'any size' ? '' : freedom(names)}`;
  });
}

/** States that sizes with the same text need not be equal, which readers might assume. */
function freedom([first, ...others]: readonly string[]): string {
  if (others.length === 0) return '';
  return others.length === 1 ? `; ${others[0]} = ${first} not required` : '; they need not be equal';
}
