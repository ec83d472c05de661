/** The report of `unstride check`: plain data for the renderers in this folder. */
import type { LockChange } from '../contract/lock.js';
import type { Severity } from '../diagnostics.js';
import type { RuntimeSummary } from '../runtimes/check-runtime.js';
import type { UnlistedFindings } from './bounded.js';
import { isAtLeast } from './diagnostics.js';
import type { Finding } from './finding.js';
import type { InspectReport, InspectTotals, ValueReport } from './inspect.js';

/** The legal values of one open size, in closed form if there is one. */
export interface SizeReport {
  readonly name: string;
  /** `multiple of 16, at least 32`, `any size`, `= H`. */
  readonly text: string;
  /** The nodes that ask for it. */
  readonly askedBy: readonly string[];
}

/** Sizes that depend on one another and have no closed form of their own. */
export interface RelationReport {
  readonly text: string;
  readonly what: string;
  readonly node: string;
}

export interface LockReport {
  /** Path of the lock file. */
  readonly file: string;
  /**
   * Compared with the lock file: `unchanged`, `changed`, or not in it (`missing`). When it is written: `updated`,
   * `added`, or `refused` because the model has errors.
   */
  readonly state: 'unchanged' | 'changed' | 'missing' | 'updated' | 'added' | 'refused';
  readonly changes: readonly LockChange[];
}

/** What a model is made of, in short. */
export interface ModelSummary extends Pick<InspectReport, 'byteLength' | 'producer' | 'opsets'> {
  readonly totals: InspectTotals;
  /** How many nodes of each operator there are, the most frequent first; those of subgraphs included. */
  readonly operators: readonly { readonly op: string; readonly count: number }[];
}

export interface CheckedFile {
  readonly file: string;
  /** Where it is asked for, of models that could be read. */
  readonly summary?: ModelSummary;
  /** False when there was no model to check. */
  readonly isRead: boolean;
  /** How it fares in each runtime that was asked about; absent if none was. */
  readonly runtimes?: readonly RuntimeSummary[];
  readonly inputs: readonly ValueReport[];
  readonly outputs: readonly ValueReport[];
  /** Sizes that were bound, by name. */
  readonly dims: Readonly<Record<string, number>>;
  readonly sizes: readonly SizeReport[];
  readonly relations: readonly RelationReport[];
  readonly findings: readonly Finding[];
  /** Findings that a report of bounded length does not list, where there are any. */
  readonly unlisted?: readonly UnlistedFindings[];
  /** Findings that settings leave out. */
  readonly ignored: number;
  /** Findings that the baseline knows. */
  readonly baselined: number;
  /** Null if no lock file is used. */
  readonly lock: LockReport | null;
}

export interface CheckCounts {
  readonly models: number;
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  readonly ignored: number;
  readonly baselined: number;
}

export interface CheckReport {
  /** False when a finding is at least as severe as `failOn`. */
  readonly ok: boolean;
  readonly failOn: Severity;
  readonly counts: CheckCounts;
  readonly models: readonly CheckedFile[];
  /** Findings that belong to none of the checked models: a missing model, a stale baseline entry. */
  readonly findings: readonly Finding[];
}

export function checkReport(
  models: readonly CheckedFile[],
  findings: readonly Finding[],
  failOn: Severity,
): CheckReport {
  const all = [...models.flatMap((model) => model.findings), ...findings];
  const count = (severity: Severity) => all.filter((item) => item.severity === severity).length;
  return {
    ok: !all.some(({ severity }) => isAtLeast(severity, failOn)),
    failOn,
    counts: {
      models: models.length,
      errors: count('error'),
      warnings: count('warning'),
      infos: count('info'),
      ignored: models.reduce((sum, { ignored }) => sum + ignored, 0),
      baselined: models.reduce((sum, { baselined }) => sum + baselined, 0),
    },
    models,
    findings,
  };
}

/** Every finding of the report, in order, with its file. */
export function allFindings({ models, findings }: CheckReport): readonly Finding[] {
  return [...models.flatMap((model) => model.findings.map((item) => ({ file: model.file, ...item }))), ...findings];
}
