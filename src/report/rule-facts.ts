/** What reports state about a code itself, from the catalog and the rule's page. */

import { catalogue } from '../diagnostics/catalogue.js';
import type { DiagnosticCode, Severity } from '../diagnostics.js';
import { explanationOf, rulePage } from './pages.js';

export interface RuleFacts {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly title: string;
  /** What the code means and why it matters. */
  readonly description: string;
  /** The page, in Markdown. */
  readonly page: string;
  readonly uri: string;
}

/** @param version of unstride, for the address of the page that was published with it */
export function ruleFacts(code: DiagnosticCode, version: string): RuleFacts {
  const { severity, title } = catalogue[code];
  const explanation = explanationOf(code);
  return {
    code,
    severity,
    title,
    description: explanation === undefined ? `${title}.` : `${explanation.meaning} ${explanation.reason}`,
    page: rulePage(code),
    uri: `https://github.com/unstride/unstride/blob/v${version}/docs/rules/${code}.md`,
  };
}
