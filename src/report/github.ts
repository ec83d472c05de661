/** Annotations for GitHub Actions: workflow commands, one on each line. */
import type { Severity } from '../diagnostics.js';
import { allFindings, type CheckReport } from './check.js';
import type { Finding } from './finding.js';
import { messageText } from './message.js';
import { ruleFacts } from './rule-facts.js';

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const satisfies Record<Severity, string>;

/** GitHub shows at most this many annotations of a kind for one step. */
const most = 10;

export interface GithubOptions {
  readonly version: string;
  /** The path of a file relative to the repository; undefined if it is not in it. */
  toRepository(file: string): string | undefined;
}

/** At most ten annotations of a kind; if there are more findings, the tenth counts the rest. */
export function renderGithub(report: CheckReport, options: GithubOptions): string {
  const findings = allFindings(report);
  const lines = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const kind = findings.filter((item) => item.severity === severity);
    const shown = kind.length > most ? kind.slice(0, most - 1) : kind;
    const rest = kind.slice(shown.length);
    return [
      ...shown.map((item) => annotation(item, options)),
      ...(rest.length === 0 ? [] : [rollUp(rest, commands[severity])]),
    ];
  });
  return lines.map((line) => `${line}\n`).join('');
}

function annotation(item: Finding, { version, toRepository }: GithubOptions): string {
  const source = item.source && toRepository(item.source.file);
  const file = source ?? (item.file === undefined ? undefined : toRepository(item.file));
  const properties = [
    ...(file === undefined ? [] : [`file=${escapeProperty(file)}`]),
    ...(source === undefined ? [] : [`line=${item.source!.line}`]),
    `title=${escapeProperty(`${item.code}: ${ruleFacts(item.code, version).title}`)}`,
  ];
  // An annotation on a line of Python does not show the model, so its text names it.
  const text = `${messageText(item)}${source === undefined || item.file === undefined ? '' : `\nModel: ${item.file}`}`;
  return `::${commands[item.severity]} ${properties.join(',')}::${escapeData(text)}`;
}

function rollUp(findings: readonly Finding[], command: string): string {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  const list = [...counts].map(([code, count]) => `${code} × ${count}`).join(', ');
  return `::${command} title=unstride::${escapeData(`${findings.length} more: ${list}. The job's log and summary have them all.`)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
