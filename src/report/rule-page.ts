/**
 * The page of a code for a terminal. It is made from the explanation, not from the Markdown of docs/rules: of Markdown there are
 * only code spans in it, for which no library is needed.
 */

import { catalogue } from '../diagnostics/catalogue.js';
import type { Explanation } from '../diagnostics/page.js';
import type { DiagnosticCode } from '../diagnostics.js';
import { isFixable } from '../rules/fixes/index.js';
import { toneOf } from './diagnostics.js';
import type { TextOptions } from './inspect-text.js';
import { wrapText } from './wrap.js';

export function renderPage(
  code: DiagnosticCode,
  explanation: Explanation | undefined,
  { colors, width }: TextOptions,
): string {
  const { severity, title } = catalogue[code];
  const paragraph = (text: string) =>
    wrapText(text, width)
      .join('\n')
      .replaceAll(/`([^`]+)`/g, (_, span: string) => colors.cyan(span));
  const example = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${colors.dim(line)}`)
      .join('\n');
  const fix = isFixable(code) ? '; `unstride fix` can fix it' : '';
  const parts = [
    `${toneOf(severity, colors)(colors.bold(code))} ${colors.bold(title)}`,
    paragraph(`Severity: ${severity}${fix}.`),
  ];
  if (explanation !== undefined) {
    const { meaning, reason, bad, good, remedy } = explanation;
    const section = (heading: string, body: string) => `${colors.bold(heading)}\n\n${body}`;
    parts.push(
      paragraph(meaning),
      section('Why it matters', paragraph(reason)),
      section('Bad', example(bad)),
      section('Good', example(good)),
      section('What to do', paragraph(remedy)),
    );
  }
  return `${parts.join('\n\n')}\n`;
}
