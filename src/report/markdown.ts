/** The check report as Markdown: for job summaries and comments on pull requests. */

import { printable } from '../diagnostics/printable.js';
import { allFindings, type CheckedFile, type CheckReport } from './check.js';
import { bySeverity, severityText } from './diagnostics.js';
import type { Finding } from './finding.js';
import { describeValue } from './inspect-text.js';
import { cell, code, table } from './markdown-text.js';
import { remarksOf, sentence } from './message.js';
import { placeText } from './pretty.js';
import { changeText } from './pretty-lock.js';
import { ruleFacts } from './rule-facts.js';
import { sizeTexts } from './size-texts.js';

/** Further rows are only counted, since a job summary is limited to 1 MiB. */
const mostRows = 200;

export function renderMarkdown(report: CheckReport, version: string): string {
  const { counts, ok } = report;
  const findings = bySeverity(allFindings(report));
  const models = `${counts.models} ${counts.models === 1 ? 'model' : 'models'}`;
  const lines = [
    `## ${ok ? '✅' : '❌'} unstride check: ${severityText(findings) || 'no findings'} in ${models}`,
    '',
    ...table(
      ['', 'model', 'shapes', 'legal sizes', 'findings'],
      report.models.slice(0, mostRows).map((model) => modelRow(model)),
    ),
    ...rest(report.models.length, 'models'),
  ];
  if (findings.length > 0) {
    const rows = findings.slice(0, mostRows).map((item) => findingRow(item, version));
    lines.push('', ...table(['', 'code', 'where', 'what'], rows), ...rest(findings.length, 'findings'));
  }
  lines.push(...report.models.flatMap(lockLines));
  return `${lines.join('\n')}\n`;
}

function rest(length: number, what: string): string[] {
  return length <= mostRows ? [] : ['', `… and ${length - mostRows} more ${what}.`];
}

function modelRow({ file, isRead, inputs, outputs, sizes, dims, relations, findings }: CheckedFile): string[] {
  const texts = [
    ...Object.entries(dims).map(([name, size]) => `${name} = ${size}`),
    ...sizeTexts(sizes),
    ...relations.map(({ text }) => text),
  ];
  const side = (values: CheckedFile['inputs']) =>
    values.map((value) => code(`${value.name} ${describeValue(value)}`)).join(', ');
  return [
    markOf(findings),
    code(file),
    isRead ? `${side(inputs)} → ${side(outputs)}` : '',
    texts.map(cell).join('<br>'),
    severityText(findings),
  ];
}

function markOf(findings: readonly Finding[]): string {
  const [worst] = bySeverity(findings);
  return worst === undefined || worst.severity === 'info' ? '✅' : icons[worst.severity];
}

const icons = { error: '❌', warning: '⚠️', info: 'ℹ️' } as const;

function findingRow(item: Finding, version: string): string[] {
  const place = [
    item.file === undefined ? '' : code(item.file),
    item.node === undefined ? '' : code(placeText(item)),
    item.origin === undefined ? '' : code(item.origin),
  ];
  const what = [
    cell(sentence(item.message)),
    item.expected === undefined ? '' : `expected ${code(item.expected)}`,
    item.actual === undefined ? '' : `got ${code(item.actual)}`,
    ...remarksOf(item).map(({ kind, text }) => (kind === 'remedy' ? `remedy: ${code(text)}` : cell(text))),
    item.hint === undefined ? '' : `**${cell(sentence(item.hint))}**`,
  ];
  const lines = (parts: readonly string[]) => parts.filter((part) => part !== '').join('<br>');
  return [icons[item.severity], `[${item.code}](${ruleFacts(item.code, version).uri})`, lines(place), lines(what)];
}

function lockLines({ file, lock }: CheckedFile): string[] {
  if (lock === null || lock.changes.length === 0) return [];
  const changes = lock.changes.slice(0, mostRows).flatMap(({ kind, name, op, from, to }) => {
    const label = `${kind === 'value' ? (op ?? kind) : kind} ${name}`;
    return [
      ...(from === undefined ? [] : [`- ${label} ${changeText(from, undefined)}`]),
      ...(to === undefined ? [] : [`+ ${label} ${to}`]),
    ].map(printable);
  });
  return [
    '',
    `${code(file)} against ${code(lock.file)}:`,
    '',
    '```diff',
    ...changes,
    '```',
    ...rest(lock.changes.length, 'changes'),
  ];
}
