/**
 * The baseline: findings that a model already had, which are tolerated until they are fixed. A finding is identified by
 * file, code, node and value, never by its words, which may change.
 */
import { jsonText } from '../diagnostics/printable.js';
import { type Diagnostic, nodeLabel } from '../diagnostics.js';

/** What identifies a finding across runs. */
export interface Fingerprint {
  /** Relative to the baseline file, with `/` between the parts. */
  readonly file: string;
  readonly code: string;
  /** The node's name, or its operator and index if it has none; null if the finding has no node. */
  readonly node: string | null;
  readonly value: string | null;
}

export interface BaselineEntry extends Fingerprint {
  /** Number of findings with this fingerprint. */
  readonly count: number;
}

export class BaselineError extends Error {
  override readonly name = 'BaselineError';
}

export function fingerprint(item: Diagnostic, file: string): Fingerprint {
  const { node } = item;
  return {
    file,
    code: item.code,
    node: node === undefined ? null : nodeLabel(node),
    value: item.value ?? null,
  };
}

/** A text that is unique to the fingerprint. */
export function fingerprintKey({ file, code, node, value }: Fingerprint): string {
  return JSON.stringify([file, code, node, value]);
}

/** One entry for each fingerprint, ordered by file, code, node and value. */
export function baselineOf(fingerprints: readonly Fingerprint[]): BaselineEntry[] {
  const counts = new Map<string, BaselineEntry>();
  for (const { file, code, node, value } of fingerprints) {
    const key = fingerprintKey({ file, code, node, value });
    counts.set(key, { file, code, node, value, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** Matches findings with the entries of a baseline, one for one. */
export class BaselineMatcher {
  private readonly left: Map<string, { readonly entry: BaselineEntry; count: number }>;

  constructor(entries: readonly BaselineEntry[]) {
    this.left = new Map(entries.map((entry) => [fingerprintKey(entry), { entry, count: entry.count }]));
  }

  /** Whether the baseline has the finding; each call uses one up. */
  take(finding: Fingerprint): boolean {
    const found = this.left.get(fingerprintKey(finding));
    if (found === undefined || found.count === 0) return false;
    found.count--;
    return true;
  }

  /** Entries of these files with fewer findings than they count; `count` is the number of missing findings. */
  stale(files: ReadonlySet<string>): BaselineEntry[] {
    return [...this.left.values()]
      .filter(({ entry, count }) => count > 0 && files.has(entry.file))
      .map(({ entry, count }) => ({ ...entry, count }));
  }
}

/** One entry on each line, so that a diff shows what was added and removed. */
export function formatBaseline(entries: readonly BaselineEntry[]): string {
  const lines = entries.map((entry) => `    ${jsonText(entry)}`);
  return `{\n  "version": 1,\n  "findings": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

/** @throws BaselineError with what is wrong */
export function parseBaseline(text: string): BaselineEntry[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new BaselineError(`it is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isRecord(document) || document['version'] !== 1 || !Array.isArray(document['findings'])) {
    throw new BaselineError('it is no baseline of version 1');
  }
  return document['findings'].map((entry: unknown, i) => {
    if (!isEntry(entry)) throw new BaselineError(`findings[${i}] has not file, code, node, value and count`);
    const { file, code, node, value, count } = entry;
    return { file, code, node, value, count };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEntry(value: unknown): value is BaselineEntry {
  if (!isRecord(value)) return false;
  const isTextOrNull = (text: unknown) => text === null || typeof text === 'string';
  const { file, code, node, value: subject, count } = value;
  return (
    typeof file === 'string' &&
    typeof code === 'string' &&
    isTextOrNull(node) &&
    isTextOrNull(subject) &&
    Number.isSafeInteger(count) &&
    (count as number) > 0
  );
}
