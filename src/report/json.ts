import { jsonText, shortenedReport } from '../diagnostics/printable.js';
import { requireText } from '../limits/text.js';

/**
 * The JSON document that every command can write. `unstride` is the version that wrote it.
 *
 * @throws ProblemError US2011
 */
export function jsonDocument(version: string, body: object): string {
  const report = shortenedReport({ unstride: version, ...body });
  requireText(report);
  return `${jsonText(report, 2)}\n`;
}
