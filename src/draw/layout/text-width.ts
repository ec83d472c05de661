/**
 * How wide a text is, without a font at hand. Widths are those of DejaVu Sans, the widest of the fonts that drawings are
 * shown in, so a text is never wider than this says.
 */
import { printable } from '../../diagnostics/printable.js';

/** In pixels, by what a text is. */
export const fontSizes = {
  title: 16,
  subtitle: 11,
  name: 11,
  size: 10,
  inside: 10,
  legend: 11,
  cell: 11,
  head: 11,
} as const;

const narrow = new Set([..."ijl!|'.,:;[]()/\\fI rt-"]);
const wide = new Set([...'mwMWQGO%@&']);

/** In ems. */
function advance(character: string): number {
  if (narrow.has(character)) return 0.42;
  if (wide.has(character)) return 0.98;
  const code = character.codePointAt(0)!;
  if (code < 0x7f) return character >= 'A' && character <= 'Z' ? 0.75 : 0.645;
  if (code === 0xd7 || code === 0xb7) return code === 0xd7 ? 0.84 : 0.4;
  // Scripts of full width, pictures; combining marks take none, which this does not count on.
  return code >= 0x1100 ? 1.3 : 0.85;
}

export function textWidth(text: string, role: keyof typeof fontSizes): number {
  let ems = 0;
  for (const character of text) ems += advance(character);
  const isBold = role === 'title' || role === 'name' || role === 'head';
  return ems * fontSizes[role] * (isBold ? 1.1 : 1);
}

/** The name of a module; of one that is too wide, the last members. */
export function fittedPath(path: string, role: keyof typeof fontSizes, width: number): string {
  if (path.length > 400 || textWidth(printable(path), role) <= width) return fitted(path, role, width);
  const parts = path.split('.');
  for (let from = 1; from < parts.length; from++) {
    const short = `…${printable(parts.slice(from).join('.'))}`;
    if (textWidth(short, role) <= width) return short;
  }
  return fitted(parts.at(-1) ?? path, role, width);
}

/** The text, printable, with its middle left out where it is wider than `width`. */
export function fitted(text: string, role: keyof typeof fontSizes, width: number): string {
  // A name may have megabytes.
  const characters = [...printable(text.length > 400 ? `${text.slice(0, 200)}…${text.slice(-200)}` : text)];
  if (textWidth(characters.join(''), role) <= width) return characters.join('');
  for (let kept = Math.min(characters.length - 1, 200); kept > 1; kept--) {
    const head = Math.ceil(kept / 2);
    const short = `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (kept - head)).join('')}`;
    if (textWidth(short, role) <= width) return short;
  }
  return '…';
}
