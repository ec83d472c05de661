/** The page of a code: what `unstride rules US1203` prints and docs/rules/US1203.md holds. */
import { catalogue, type DiagnosticCode } from '../diagnostics.js';
import { isFixable } from './fixes/index.js';
import { rules } from './index.js';
import { contractPages } from './pages/contract.js';
import { cuttingPages } from './pages/cutting.js';
import { filePages } from './pages/files.js';
import { graphPages } from './pages/graph.js';
import { operatorPages } from './pages/operators.js';
import { runningPages } from './pages/running.js';
import { shapePages } from './pages/shapes.js';
import { tilingPages } from './pages/tiling.js';
import type { Explanation } from './rule.js';

const explanations = new Map<string, Explanation>([
  ...[filePages, graphPages, shapePages, operatorPages, runningPages, cuttingPages, tilingPages, contractPages].flatMap(
    Object.entries,
  ),
  ...rules.map(({ code, explanation }) => [code, explanation] as const),
]);

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
