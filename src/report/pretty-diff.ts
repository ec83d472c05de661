/** The diff of two models for a terminal: changes first, then their consequences. */
import type { Colors } from 'picocolors/types.js';
import type { Change, LayerChange } from '../contract/layer-change.js';
import { printable } from '../diagnostics/printable.js';
import type { DiffReport } from './diff.js';
import { arithmeticText, diffSummary, isShapeArithmetic, layerTitle, operatorText, totalRows } from './diff-text.js';
import type { TextOptions } from './inspect-text.js';
import { changeText, type ShapeRow, shapeRows } from './pretty-lock.js';
import { type Column, textTable } from './text-table.js';
import { wrapText } from './wrap.js';

export function renderDiff(report: DiffReport, options: TextOptions): string {
  const { colors } = options;
  const lines = titleLines(report, options);
  if (report.same) return `${[...lines, colors.green(`no difference${renamedText(report)}`)].join('\n')}\n`;
  lines.push('', ...headLines(report, options));
  const own = report.layers.filter(({ follows }) => !follows);
  const following = report.layers.filter(({ follows }) => follows);
  const layers = own.filter((layer) => !isShapeArithmetic(layer));
  if (own.length > 0)
    lines.push('', ...layers.flatMap((layer) => layerLines(layer, options)), ...arithmeticLines(own, options));
  if (following.length > 0)
    lines.push('', colors.bold('shapes that change as a consequence'), ...followingLines(following, options));
  lines.push('', colors.bold(diffSummary(report)));
  return `${lines.join('\n').replaceAll(/\n{3,}/g, '\n\n')}\n`;
}

/** Both paths on one line if they fit. */
function titleLines({ from, to }: DiffReport, { colors, width = Number.POSITIVE_INFINITY }: TextOptions): string[] {
  const names = [from, to].map(printable) as [string, string];
  const fits = names[0].length + names[1].length + 3 <= width;
  const [left, right] = names.map((name) => colors.bold(name));
  return fits ? [`${left} → ${right}`] : [`${left}`, `→ ${right}`];
}

function renamedText({ renamed }: DiffReport): string {
  return renamed === 0 ? '' : `, but ${renamed} ${renamed === 1 ? 'layer has' : 'layers have'} another name`;
}

/** Changes of the model as a whole. */
function headLines({ facts, totals, inputs, outputs }: DiffReport, { colors, width }: TextOptions): string[] {
  const rows = [
    ...facts.map(({ name, from, to }) => [name, `${from ?? 'none'} → ${to ?? 'none'}`]),
    ...totalRows(totals),
    ...inputs.map((change) => ['input', interfaceText(change)]),
    ...outputs.map((change) => ['output', interfaceText(change)]),
  ];
  const lines = textTable([{ title: '' }, { title: '', shrinkTo: 30 }], rows, width).slice(1);
  return lines.map((line) => boldStart(line, rows, colors));
}

function boldStart(line: string, rows: readonly (readonly string[])[], colors: Colors): string {
  const length = Math.max(...rows.map(([label]) => label!.length));
  return `${colors.bold(line.slice(0, length))}${line.slice(length)}`;
}

function interfaceText({ name, from, to }: Change): string {
  if (from === null) return `${name} ${to} is new`;
  if (to === null) return `${name} ${from} is gone`;
  return from.includes(' ') && !from.includes('[') ? `${from} → ${to}` : changeLine(name, from, to);
}

/** A renamed value is shown with both names. */
function changeLine(name: string, from: string, to: string): string {
  return to.startsWith(`${name} `) ? `${from} → ${to}` : `${name} ${changeText(from, to)}`;
}

const signs = { added: '+', removed: '-', changed: '~' } as const;

function layerLines(layer: LayerChange, { colors, width }: TextOptions): string[] {
  const tone = { added: colors.green, removed: colors.red, changed: colors.yellow }[layer.status];
  const shapes = layer.status === 'changed' ? '' : layer.shapes.map(({ from, to }) => from ?? to).join(' ');
  const head = `${signs[layer.status]} ${printable(`${layerTitle(layer)}  ${operatorText(layer)}`)}`;
  const isLong = head.length + shapes.length + 2 > (width ?? Number.POSITIVE_INFINITY);
  const lines = isLong
    ? [tone(head), `    ${printable(shapes)}`]
    : [`${tone(head)}${shapes && `  ${printable(shapes)}`}`];
  if (layer.status !== 'changed') return lines;
  const changes = [...layer.attributes, ...layer.parameters, ...layer.inputs, ...layer.shapes];
  const rows = changes.map(({ name, from, to }) => [name, changeText(from ?? 'none', to ?? 'none')]);
  const columns: readonly Column[] = [
    { title: '', shrinkTo: 12 },
    { title: '', shrinkTo: 30 },
  ];
  return [...lines, ...indent(textTable(columns, rows, width === undefined ? undefined : width - 4).slice(1), 4)];
}

/**
 * Nodes that compute sizes are only counted: there are dozens of them, and their effect shows in the layers that use
 * the sizes.
 */
function arithmeticLines(layers: readonly LayerChange[], { colors, width }: TextOptions): string[] {
  return (['added', 'removed'] as const).flatMap((status) => {
    const nodes = layers.filter((layer) => layer.status === status && isShapeArithmetic(layer));
    if (nodes.length === 0) return [];
    const tone = status === 'added' ? colors.green : colors.red;
    const [first, ...rest] = wrapText(printable(arithmeticText(nodes)), width === undefined ? undefined : width - 2);
    return [tone(`${signs[status]} ${first}`), ...rest.map((line) => tone(`  ${line}`))];
  });
}

/** Further rows are only counted, since they follow from the others. */
const mostFollowing = 12;

function followingLines(layers: readonly LayerChange[], { width }: TextOptions): string[] {
  const rows = layers.flatMap((layer) =>
    layer.shapes.map(
      ({ from, to }): ShapeRow => ({
        mark: undefined,
        labels: [layerTitle(layer), operatorText(layer)],
        change: changeText(from, to),
        tone: (text) => text,
      }),
    ),
  );
  const shown = rows.slice(0, mostFollowing);
  const lines = shapeRows(shown, width === undefined ? undefined : width - 2).map((line) =>
    line.replace(/^ {2}(?! )/, ''),
  );
  const hidden = rows.length - shown.length;
  return indent(hidden === 0 ? lines : [...lines, `… and ${hidden} more; --json has them all`], 2);
}

function indent(lines: readonly string[], by: number): string[] {
  return lines.map((line) => `${' '.repeat(by)}${line}`);
}
