/** Elements of SVG as text. */
import { escapeText, withEntities } from '../../diagnostics/markup.js';

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; attributes that are undefined are left out, numbers have at most two decimals. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${spelled(key, value)}"`)
    .join('');
  return children.length === 0 ? `<${name}${given}/>` : `<${name}${given}>${children.join('')}</${name}>`;
}

/** Lines are as long as they are; of a text that is long the middle is left out. */
function spelled(key: string, value: string | number | undefined): string {
  if (typeof value === 'number') return rounded(value);
  return key === 'd' ? withEntities(String(value)) : escapeText(String(value));
}

/** A line of text, escaped. */
export function textElement(attributes: Attributes, text: string): string {
  return element('text', attributes, escapeText(text));
}

export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The text, cut after `most` characters. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/**
 * The width of a text in pixels, on the safe side: nothing here can measure fonts, and readers have different ones. Text
 * set in system fonts is narrower, which a test in a browser holds it to.
 */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += /[ .,:;|'ilj()[\]]/.test(character) ? 0.37 : isWide(character) ? 1.1 : 0.61;
  return width * size;
}

function isWide(character: string): boolean {
  return character === 'W' || character === 'M' || character.codePointAt(0)! > 0x2e7f;
}

/** Lines of at most `width` pixels, broken at spaces. */
export function wrapText(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
