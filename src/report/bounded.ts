/** Reports of bounded length: a model of 100,000 nodes may have as many findings, which nobody reads one by one. */
import type { DiagnosticCode, Severity } from '../diagnostics.js';
import type { CheckedFile, CheckReport } from './check.js';
import type { Finding } from './finding.js';

/** The most findings of one code and severity in one model that formats for programs list. */
export const mostListed = 1000;

export interface UnlistedFindings {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly count: number;
}

/** The report with the first findings of each code and severity in each model; the others are counted in `unlisted`. */
export function boundedReport(report: CheckReport): CheckReport {
  if (report.models.every(({ findings }) => findings.length <= mostListed)) return report;
  return { ...report, models: report.models.map(bounded) };
}

function bounded(model: CheckedFile): CheckedFile {
  const counts = new Map<string, UnlistedFindings>();
  const listed: Finding[] = [];
  for (const item of model.findings) {
    const { code, severity } = item;
    const key = `${severity} ${code}`;
    const count = (counts.get(key)?.count ?? 0) + 1;
    counts.set(key, { code, severity, count });
    if (count <= mostListed) listed.push(item);
  }
  const unlisted = [...counts.values()]
    .filter(({ count }) => count > mostListed)
    .map((item) => ({ ...item, count: item.count - mostListed }));
  return unlisted.length === 0 ? model : { ...model, findings: listed, unlisted };
}
