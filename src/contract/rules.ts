/** Which findings count, and how much: select, ignore, severity. */

import { closest } from '../closest.js';
import { catalogue } from '../diagnostics/catalogue.js';
import type { Diagnostic, DiagnosticCode, Severity } from '../diagnostics.js';

/** A code, or the beginning of one: `US12` is every shape error. */
export type CodePrefix = string;

export interface RuleSettings {
  /** Undefined selects all. */
  readonly select: readonly CodePrefix[] | undefined;
  readonly ignore: readonly CodePrefix[];
  /** By code prefix; the longest matching one counts. */
  readonly severity: ReadonlyMap<CodePrefix, Severity | 'off'>;
}

export const noRules: RuleSettings = { select: undefined, ignore: [], severity: new Map() };

/** Undefined if the text is a prefix of an existing code; otherwise what is wrong and how to fix it. */
export function codeFault(text: string): { readonly message: string; readonly hint?: string } | undefined {
  const codes = Object.keys(catalogue);
  if (text !== '' && codes.some((code) => code.startsWith(text))) return undefined;
  const near = closest(text, codes);
  return {
    message: `no code begins with '${text}'`,
    hint: near === undefined ? 'codes look like US1203; US12 stands for all that begin so' : `did you mean '${near}'?`,
  };
}

/** Errors that keep a model from being read cannot be switched off, since nothing else is known about the model. */
function isFixed(code: DiagnosticCode): boolean {
  return code.startsWith('US10');
}

/** The diagnostics that count, with their severities. Later settings override earlier ones. */
export function applyRules(
  diagnostics: readonly Diagnostic[],
  settings: readonly RuleSettings[],
): { readonly kept: readonly Diagnostic[]; readonly ignored: number } {
  const kept: Diagnostic[] = [];
  for (const item of diagnostics) {
    if (isFixed(item.code)) {
      kept.push(item);
      continue;
    }
    const isSelected = settings.every(({ select }) => select === undefined || fits(select, item.code));
    if (!isSelected || settings.some(({ ignore }) => fits(ignore, item.code))) continue;
    const severity = settings
      .map((setting) => longestFit(setting.severity, item.code))
      .findLast((value) => value !== undefined);
    if (severity === 'off') continue;
    kept.push(severity === undefined || severity === item.severity ? item : { ...item, severity });
  }
  return { kept, ignored: diagnostics.length - kept.length };
}

function fits(prefixes: readonly CodePrefix[], code: DiagnosticCode): boolean {
  return prefixes.some((prefix) => code.startsWith(prefix));
}

function longestFit(severities: RuleSettings['severity'], code: DiagnosticCode): Severity | 'off' | undefined {
  let best: CodePrefix | undefined;
  for (const prefix of severities.keys()) {
    if (code.startsWith(prefix) && prefix.length > (best?.length ?? -1)) best = prefix;
  }
  return best === undefined ? undefined : severities.get(best);
}
