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
    const isFree = isFollower || text === 'any size' || isRelation(text, names);
    return `${names.join(', ')}${isFollower ? ' ' : ': '}${text}${isFree ? '' : freedom(names)}`;
  });
}

/** Whether the text is about these sizes and others at once, as `N = M, or one of them 1` is. */
function isRelation(text: string, names: readonly string[]): boolean {
  const words = text.split(/[^\w.?]+/);
  return text.includes('related to ') || names.some((name) => words.includes(name));
}

/** States that sizes with the same text need not be equal, which readers might assume. */
function freedom([first, ...others]: readonly string[]): string {
  if (others.length === 0) return '';
  return others.length === 1 ? `; ${others[0]} = ${first} not required` : '; they need not be equal';
}
