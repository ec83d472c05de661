/** The diff of two models as Markdown, for comments on pull requests. */
import type { LayerChange } from '../contract/layer-change.js';
import type { DiffReport } from './diff.js';
import { arithmeticText, diffSummary, isShapeArithmetic, layerTitle, operatorText, totalRows } from './diff-text.js';
import { cell, code, table } from './markdown-text.js';
import { changeText } from './pretty-lock.js';

const mostRows = 200;

export function renderDiffMarkdown(report: DiffReport): string {
  const lines = [
    `## ${code(report.from)} → ${code(report.to)}`,
    '',
    report.same ? 'No difference.' : `${diffSummary(report)}.`,
  ];
  const facts = [
    ...report.facts.map(({ name, from, to }) => [name, `${from ?? 'none'} → ${to ?? 'none'}`]),
    ...totalRows(report.totals),
    ...report.inputs.map(({ name, from, to }) => [`input ${name}`, changeText(from ?? 'none', to ?? 'none')]),
    ...report.outputs.map(({ name, from, to }) => [`output ${name}`, changeText(from ?? 'none', to ?? 'none')]),
  ];
  if (facts.length > 0)
    lines.push(
      '',
      ...table(
        ['', 'old → new'],
        facts.map(([name, text]) => [cell(name!), code(text!)]),
      ),
    );
  const own = report.layers.filter(({ follows }) => !follows);
  const following = report.layers.filter(({ follows }) => follows);
  const layers = own.filter((layer) => !isShapeArithmetic(layer));
  if (layers.length > 0) lines.push('', ...layerTable(layers));
  for (const status of ['added', 'removed'] as const) {
    const nodes = own.filter((layer) => layer.status === status && isShapeArithmetic(layer));
    if (nodes.length > 0)
      lines.push('', `${status === 'added' ? 'Added' : 'Removed'}: ${cell(arithmeticText(nodes))}.`);
  }
  if (following.length > 0) {
    lines.push(
      '',
      '<details><summary>Shapes that change as a consequence</summary>',
      '',
      ...layerTable(following),
      '',
      '</details>',
    );
  }
  return `${lines.join('\n')}\n`;
}

const words = { added: 'added', removed: 'removed', changed: 'changed' } as const;

function layerTable(layers: readonly LayerChange[]): string[] {
  const rows = layers.slice(0, mostRows).map((layer) => {
    const { status, attributes, parameters, inputs, shapes } = layer;
    const changes =
      status === 'changed'
        ? [...attributes, ...parameters, ...inputs, ...shapes].map(
            ({ name, from, to }) => `${code(name)} ${code(changeText(from ?? 'none', to ?? 'none'))}`,
          )
        : shapes.map(({ from, to }) => code(from ?? to ?? ''));
    return [words[status], code(layerTitle(layer)), cell(operatorText(layer)), changes.join('<br>')];
  });
  const hidden = layers.length - rows.length;
  return [
    ...table(['', 'layer', 'operator', 'old → new'], rows),
    ...(hidden === 0 ? [] : ['', `… and ${hidden} more.`]),
  ];
}
