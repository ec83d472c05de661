/**
 * The check report as JUnit XML: a suite for each model, with a case for each finding that fails the check, or one
 * passing case. Valid by both schemas in use, Ant's (windyroad/JUnit-Schema) and Jenkins's (junit-10.xsd).
 */
import { withEntities } from '../diagnostics/markup.js';
import { nodeLabel } from '../diagnostics.js';
import type { CheckReport } from './check.js';
import { isAtLeast } from './diagnostics.js';
import type { Finding } from './finding.js';
import { messageText } from './message.js';

interface Suite {
  readonly name: string;
  readonly findings: readonly Finding[];
}

interface Run {
  readonly version: string;
  readonly time: Date;
}

/** @param time when the check began */
export function renderJunit(report: CheckReport, version: string, time: Date): string {
  const suites: Suite[] = report.models.map(({ file, findings }) => ({ name: file, findings }));
  if (report.findings.length > 0) suites.push({ name: 'unstride', findings: report.findings });
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.flatMap((suite, id) => suiteLines(suite, id, report, { version, time })),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suiteLines({ name, findings }: Suite, id: number, { failOn }: CheckReport, { version, time }: Run): string[] {
  const failing = findings.filter(({ severity }) => isAtLeast(severity, failOn));
  const errors = failing.filter(isUnreadable);
  const advice = findings.filter(({ severity }) => !isAtLeast(severity, failOn));
  const attributes = {
    name,
    timestamp: time.toISOString().slice(0, 19),
    hostname: 'localhost',
    tests: Math.max(1, failing.length),
    failures: failing.length - errors.length,
    errors: errors.length,
    time: 0,
    package: '',
    id,
  };
  const cases =
    failing.length === 0
      ? [`    <testcase ${format({ name: 'check', classname: name, time: 0 })}/>`]
      : failing.flatMap((item) => caseLines(item, name));
  return [
    `  <testsuite ${format(attributes)}>`,
    `    <properties><property ${format({ name: 'unstride', value: version })}/></properties>`,
    ...cases,
    `    <system-out>${escapeXml(advice.map((item) => `${item.severity} ${item.code}: ${messageText(item)}`).join('\n\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
}

/** Findings that prevent the check are errors in JUnit's terms, others failures. */
function isUnreadable({ code }: Finding): boolean {
  return code.startsWith('US10');
}

function caseLines(item: Finding, classname: string): string[] {
  const { node, value, code, message } = item;
  const subject = node === undefined ? value : nodeLabel(node);
  const tag = isUnreadable(item) ? 'error' : 'failure';
  return [
    `    <testcase ${format({ name: subject === undefined ? code : `${code} ${subject}`, classname, time: 0 })}>`,
    `      <${tag} ${format({ message, type: code })}>${escapeXml(messageText(item))}</${tag}>`,
    '    </testcase>',
  ];
}

function format(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`)
    .join(' ');
}

/** XML 1.0 cannot represent control characters or lone surrogates. */
function escapeXml(text: string): string {
  return withEntities(text.replaceAll(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd'));
}
