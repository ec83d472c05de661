/** The page of a code: what `unstride rules US1203` prints and docs/rules/US1203.md holds. */
import { contractPages } from '../contract/pages.js';
import { convertPages } from '../convert/pages.js';
import { catalogue } from '../diagnostics/catalogue.js';
import type { Explanation, Pages } from '../diagnostics/page.js';
import type { DiagnosticCode } from '../diagnostics.js';
import { feedPages } from '../feed/pages.js';
import { filesPages } from '../files/pages.js';
import { inferPages } from '../infer/pages.js';
import { limitsPages } from '../limits/pages.js';
import { onnxPages } from '../onnx/pages.js';
import { opsPages } from '../ops/pages.js';
import { presentPages } from '../present/pages.js';
import { explanations as ofRules } from '../rules/explanations.js';
import { isFixable } from '../rules/fixes/index.js';
import { runtimePages } from '../runtime/pages.js';
import { runtimesPages } from '../runtimes/pages.js';
import { solvePages } from '../solve/pages.js';
import { splitDecodersPages } from '../split/decoders/pages.js';
import { splitPages } from '../split/pages.js';
import { splitTilesPages } from '../split/tiles/pages.js';

/** By the folder that they are in, beside what states the codes. */
export const pagesByRoom: Readonly<Record<string, Pages>> = {
  contract: contractPages,
  convert: convertPages,
  feed: feedPages,
  files: filesPages,
  infer: inferPages,
  limits: limitsPages,
  onnx: onnxPages,
  ops: opsPages,
  present: presentPages,
  runtime: runtimePages,
  runtimes: runtimesPages,
  solve: solvePages,
  split: splitPages,
  'split/decoders': splitDecodersPages,
  'split/tiles': splitTilesPages,
};

const explanations = new Map<string, Explanation>([...Object.values(pagesByRoom).flatMap(Object.entries), ...ofRules]);

export const codes = (Object.keys(catalogue) as DiagnosticCode[]).sort();

export function explanationOf(code: DiagnosticCode): Explanation | undefined {
  return explanations.get(code);
}

/** Markdown. */
export function rulePage(code: DiagnosticCode): string {
  const { severity, title } = catalogue[code];
  const explanation = explanationOf(code);
  const lines = [
    `# ${code}: ${title}`,
    '',
    `Severity: ${severity}.${isFixable(code) ? ' `unstride fix` can fix it.' : ''}`,
    '',
  ];
  if (explanation === undefined) return lines.join('\n');
  const { meaning, reason, bad, good, remedy } = explanation;
  lines.push(meaning, '', '## Why it matters', '', reason, '');
  lines.push('## Bad', '', '```text', bad.trimEnd(), '```', '', '## Good', '', '```text', good.trimEnd(), '```', '');
  lines.push('## What to do', '', remedy, '');
  return lines.join('\n');
}

const blocks: ReadonlyMap<string, string> = new Map(
  Object.entries({
    US10: 'Files',
    US11: 'Graphs',
    US12: 'Shapes',
    US13: 'Operators and attributes',
    US14: 'Transposed convolution and unpooling',
    US15: 'Waste',
    US16: 'Hygiene',
    US17: 'Other runtimes',
    US20: 'Feeding and running',
    US21: 'Cutting parts out',
    US22: 'Tiles',
    US30: 'Contracts',
  }),
);

/** The table of all codes, as Markdown. */
export function rulesIndex(): string {
  const lines = [
    '# Codes',
    '',
    'Every message of unstride has a code with a page. `unstride rules` lists them, `unstride rules US1203` prints a page.',
    'Errors are faults of the model, warnings are models that work in some places and not in others, and infos are advice',
    'that fails no check. `unstride fix` fixes those with a mark. The pages are made from the rules themselves (`npm run docs`).',
  ];
  let block = '';
  for (const code of codes) {
    const { severity, title } = catalogue[code];
    if (code.slice(0, 4) !== block) {
      block = code.slice(0, 4);
      lines.push('', `## ${blocks.get(block) ?? block}`, '', '| code | severity | fix | |', '|---|---|---|---|');
    }
    lines.push(`| [${code}](${code}.md) | ${severity} | ${isFixable(code) ? '✓' : ''} | ${title} |`);
  }
  return `${lines.join('\n')}\n`;
}
