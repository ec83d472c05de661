/** Text in XML and HTML. */
import { printable } from './printable.js';

const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

/** With entities in place of the characters that mark up elements and attributes. */
export function withEntities(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities.get(character)!);
}

/** Text as the content of an element or an attribute, on one line: names of models may be anything, XML takes less. */
export function escapeText(text: string): string {
  const shown = printable(text).replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
  return withEntities(shown);
}
