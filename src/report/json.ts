import { jsonText } from '../diagnostics/printable.js';

/** The JSON document that every command can write. `unstride` is the version that wrote it. */
export function jsonDocument(version: string, body: object): string {
  return `${jsonText({ unstride: version, ...body }, 2)}\n`;
}
