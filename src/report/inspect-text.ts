/** The inspect report for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import { shellWord } from '../diagnostics/shell-word.js';
import { exampleSize } from '../ir/example-size.js';
import { formatShape } from '../ir/shape.js';
import type { InspectReport, NodeReport, ValueReport } from './inspect.js';
import { isApproximate } from './leading-terms.js';
import { sizeTexts } from './size-texts.js';
import { type Column, textTable } from './text-table.js';
import { formatBytes, formatCount, formatDimBytes, formatDimCount } from './units.js';

const columns: readonly Column[] = [
  { title: 'node', shrinkTo: 8 },
  { title: 'op', shrinkTo: 8 },
  { title: 'output', shrinkTo: 12 },
  { title: 'params', align: 'right' },
  { title: 'MACs', align: 'right' },
  { title: 'memory', align: 'right' },
];

export interface TextOptions {
  readonly colors: Colors;
  /** Characters in a line (default: nothing is cut). */
  readonly width?: number | undefined;
}

export function renderInspect(report: InspectReport, { colors, width }: TextOptions): string {
  const [titles, ...rows] = textTable(columns, [...rowsOf(report.nodes)], width);
  const lines = [
    ...heading(report, colors),
    '',
    ...interfaceLines(report, colors),
    '',
    ...(rows.length === 0 ? ['(no nodes)'] : [colors.bold(titles!), ...rows]),
    '',
    ...totalLines(report, colors),
    ...sizeLines(report, colors),
  ];
  return `${lines.join('\n')}\n`;
}

function heading({ file, byteLength, producer, irVersion, opsets }: InspectReport, colors: Colors): string[] {
  const sets = Object.entries(opsets).map(([domain, version]) =>
    domain === '' ? `opset ${version}` : `${domain} ${version}`,
  );
  const exporter = [producer.name, producer.version].filter((part) => part !== '').join(' ');
  const facts = [...sets, `IR ${irVersion}`, exporter, byteLength === null ? '' : formatBytes(byteLength)];
  const line = printable(facts.filter((fact) => fact !== '').join(', '));
  return file === null ? [line] : [colors.bold(printable(file)), line];
}

function interfaceLines({ inputs, outputs }: InspectReport, colors: Colors): string[] {
  const describe = (label: string, values: readonly ValueReport[]) => {
    const longest = Math.max(0, ...values.map(({ name }) => printable(name).length));
    return values.map((value, i) => {
      const head = colors.bold((i === 0 ? label : '').padEnd(8));
      return `${head} ${printable(value.name).padEnd(longest)}  ${printable(describeValue(value))}`;
    });
  };
  return [...describe('inputs', inputs), ...describe('outputs', outputs)];
}

/** `float32[N, 3, H, W]`. */
export function describeValue({ elementType, shape, description }: ValueReport): string {
  if (description !== undefined) return description;
  return `${elementType ?? '?'}${formatShape(shape ?? undefined)}`;
}

function* rowsOf(nodes: readonly NodeReport[], depth = 0): Iterable<readonly string[]> {
  const indent = '  '.repeat(depth);
  for (const node of nodes) {
    yield nodeRow(node, indent);
    for (const { attribute, nodes: inner } of node.subgraphs) {
      yield [`${indent}  ${attribute}:`];
      yield* rowsOf(inner, depth + 2);
    }
  }
}

function nodeRow(node: NodeReport, indent: string): readonly string[] {
  const op = node.domain === '' || node.domain === 'ai.onnx' ? node.opType : `${node.domain}.${node.opType}`;
  return [
    `${indent}${node.name === '' ? `#${node.index}` : node.name}`,
    node.version === null ? `${op} (unknown)` : op,
    node.outputs.map(({ shape, description }) => description ?? formatShape(shape ?? undefined)).join(' '),
    node.parameters === 0 ? '' : formatCount(node.parameters),
    node.macs === 0 ? '' : formatDimCount(node.macs ?? undefined),
    formatDimBytes(node.activationBytes ?? undefined),
  ];
}

function totalLines({ totals, symbols }: InspectReport, colors: Colors): string[] {
  const label = (text: string) => colors.bold(text.padEnd(12));
  const about = (dim: typeof totals.macs) => (dim !== null && isApproximate(dim) ? '≈ ' : '');
  const { macs, activationBytes, peakActivationBytes } = totals;
  const nodes = `${totals.nodes}${totals.unknownNodes === 0 ? '' : `, ${totals.unknownNodes} of unknown operators`}`;
  const lines = [
    `${label('nodes')} ${nodes}`,
    `${label('parameters')} ${totals.parameters.toLocaleString('en')} (${formatBytes(totals.parameterBytes)})`,
    `${label('MACs')} ${about(macs)}${formatDimCount(macs ?? undefined)}`,
  ];
  const all = `${about(activationBytes)}${formatDimBytes(activationBytes ?? undefined)}`;
  lines.push(
    peakActivationBytes === null
      ? `${label('activations')} ${all} in all`
      : `${label('activations')} ${all} in all, ${formatBytes(peakActivationBytes)} at most at one time`,
  );
  if (symbols.length > 0) {
    const example = symbols.map((name) => `--dim ${shellWord(`${name}=${exampleSize(name)}`)}`);
    lines.push(colors.dim(`open sizes: ${symbols.map(printable).join(', ')}; for numbers add ${example.join(' ')}`));
  }
  return lines;
}

function sizeLines({ sizes, constraints }: InspectReport, colors: Colors): string[] {
  if (constraints.length === 0) return [];
  return ['', colors.bold('legal sizes'), ...sizeTexts(sizes).map((text) => `  ${printable(text)}`)];
}
