/** What pages of rules are made of, by code. Bundles have it as data, and rules without it: only pages read it. */
import type { Explanation } from '../diagnostics/page.js';
import type { DiagnosticCode } from '../diagnostics.js';
import { rules } from './index.js';

export const explanations: readonly (readonly [DiagnosticCode, Explanation])[] = rules.map(({ code, explanation }) => [
  code,
  explanation,
]);
