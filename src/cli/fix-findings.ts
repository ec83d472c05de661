/** Whether a model has more findings than another one. */
import type { Diagnostic, Severity } from '../diagnostics.js';

/** Most severe first. */
const severities: readonly Severity[] = ['error', 'warning', 'info'];

/**
 * More errors; or as many, and more warnings; or as many of both, and more advice. An error hides what comes after its
 * node, so that fixing it may bring lesser findings to light.
 * @param opset the operator set that was asked for, whose age is no finding then
 */
export function isWorse(before: readonly Diagnostic[], after: readonly Diagnostic[], opset?: number): boolean {
  const count = (diagnostics: readonly Diagnostic[], severity: Severity) =>
    diagnostics.filter((item) => item.severity === severity && (opset === undefined || item.code !== 'US1506')).length;
  for (const severity of severities) {
    const [was, is] = [count(before, severity), count(after, severity)];
    if (was !== is) return is > was;
  }
  return false;
}
