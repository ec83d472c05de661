/** The JSON document that every command can write. `unstride` is the version that wrote it. */

export function jsonDocument(version: string, body: object): string {
  return `${JSON.stringify({ unstride: version, ...body }, null, 2)}\n`;
}
