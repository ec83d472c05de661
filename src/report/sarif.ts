/** The check report as SARIF 2.1.0 (OASIS), for code scanning. */
import { fingerprint, fingerprintKey } from '../contract/baseline.js';
import { jsonText } from '../diagnostics/printable.js';
import { type DiagnosticCode, nodeLabel, type Severity } from '../diagnostics.js';
import { allFindings, type CheckReport } from './check.js';
import type { Finding } from './finding.js';
import { messageText, sentence } from './message.js';
import { ruleFacts } from './rule-facts.js';

const levels = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>;

/** Where a file is from the root of the repository; undefined for one that is outside, or not there. */
type ToRepository = (file: string) => string | undefined;

/** @param toRepository code scanning takes relative paths from there, wherever the tool ran */
export function renderSarif(report: CheckReport, version: string, toRepository: ToRepository = (file) => file): string {
  const place = (file: string) => artifactLocation(toRepository(file) ?? file);
  const findings = allFindings(report);
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'unstride',
            version,
            informationUri: 'https://www.npmjs.com/package/unstride',
            rules: codes.map((code) => ruleOf(code, version)),
          },
        },
        invocations: [{ executionSuccessful: true }],
        artifacts: report.models.map(({ file }) => ({ location: place(file) })),
        results: findings.map((item) => resultOf(item, codes, place)),
        columnKind: 'utf16CodeUnits',
      },
    ],
  };
  return `${jsonText(log, 2)}\n`;
}

function ruleOf(code: DiagnosticCode, version: string) {
  const { title, severity, description, page, uri } = ruleFacts(code, version);
  return {
    id: code,
    shortDescription: { text: sentence(title) },
    fullDescription: { text: description },
    help: { text: page, markdown: page },
    helpUri: uri,
    defaultConfiguration: { level: levels[severity] },
  };
}

function resultOf(item: Finding, codes: readonly DiagnosticCode[], place: (file: string) => { readonly uri: string }) {
  const { file = '', source } = item;
  const inModel = { artifactLocation: place(file), ...firstLine };
  return {
    ruleId: item.code,
    ruleIndex: codes.indexOf(item.code),
    level: levels[item.severity],
    message: { text: messageText(item) },
    locations: [
      {
        ...(source !== undefined
          ? {
              physicalLocation: {
                artifactLocation: place(source.file),
                region: { startLine: source.line },
              },
            }
          : file !== '' && { physicalLocation: inModel }),
        logicalLocations: logicalLocations(item),
      },
    ],
    ...(source !== undefined &&
      file !== '' && {
        relatedLocations: [{ id: 0, physicalLocation: inModel, message: { text: 'The model.' } }],
      }),
    properties: { data: item.data },
    partialFingerprints: { 'unstride/v1': fingerprintKey(fingerprint(item, file)) },
  };
}

/** Models have no lines, but GitHub's code scanning refuses results without one. */
const firstLine = { region: { startLine: 1 } };

/** The node and its module. */
function logicalLocations({ file, node, module, value }: Finding) {
  const locations: { name: string; fullyQualifiedName: string; kind: string }[] = [];
  const qualified = (...parts: (string | undefined)[]) =>
    parts.filter((part) => part !== undefined && part !== '').join('/');
  if (node !== undefined) {
    const name = nodeLabel(node);
    locations.push({ name, fullyQualifiedName: qualified(file, module, name), kind: 'node' });
  } else if (value !== undefined) {
    locations.push({ name: value, fullyQualifiedName: qualified(file, value), kind: 'value' });
  }
  if (module !== undefined)
    locations.push({ name: module, fullyQualifiedName: qualified(file, module), kind: 'module' });
  return locations;
}

/** Relative paths stay relative. */
function artifactLocation(file: string): { readonly uri: string } {
  if (/^https?:/i.test(file)) return { uri: encodeURI(file) };
  const slashes = /^[A-Za-z]:[\\/]|^\\\\|^[^/]*\\/.test(file) ? file.replaceAll('\\', '/') : file;
  const encoded = slashes.split('/').map(encodeURIComponent).join('/');
  if (/^[A-Za-z]:\//.test(slashes)) return { uri: `file:///${slashes[0]}:${encoded.slice(encoded.indexOf('/'))}` };
  return { uri: slashes.startsWith('/') ? `file://${encoded}` : encoded.replace(/^(?:\.\/)+/, '') };
}
