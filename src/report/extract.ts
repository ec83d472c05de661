/** The part that was cut out of a model: plain data, and its text for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import type { Diagnostic } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Dim } from '../ir/dim.js';
import type { Model } from '../ir/graph.js';
import { typeText } from './decoders.js';
import { costOf, type ValueReport, valueReport } from './inspect.js';
import { textTable } from './text-table.js';
import { formatBytes, formatCount, formatDimCount } from './units.js';

/** Totals of a network or a part of one. */
export interface PartTotals {
  readonly nodes: number;
  readonly parameters: number;
  readonly parameterBytes: number;
  /** Null if unknown. */
  readonly macs: Dim | null;
}

export interface ExtractReport {
  readonly file: string;
  readonly output: string;
  /** Bytes of the written model. */
  readonly byteLength: number;
  /** The file for weights beside it. */
  readonly weights: { readonly file: string; readonly byteLength: number } | null;
  readonly inputs: readonly ValueReport[];
  readonly outputs: readonly ValueReport[];
  /** Inputs that were not named but added because the part needs them. */
  readonly added: readonly string[];
  readonly part: PartTotals;
  readonly whole: PartTotals;
  readonly diagnostics: readonly Diagnostic[];
}

/** The totals, and the inputs and outputs with their types. */
export function describePart(
  model: Model,
  inference: Inference,
): { readonly totals: PartTotals } & Pick<ExtractReport, 'inputs' | 'outputs'> {
  const { graph } = model;
  return {
    totals: costOf(graph, inference),
    inputs: graph.inputs.map((value) => valueReport(value, inference)),
    outputs: graph.outputs.map((value) => valueReport(value, inference)),
  };
}

/** @param width of the terminal */
export function renderExtract(report: ExtractReport, colors: Colors, width?: number): string {
  const { file, output, byteLength, weights, inputs, outputs, added, part, whole } = report;
  const columns = [{ title: '' }, { title: 'name', shrinkTo: 16 }, { title: 'type', shrinkTo: 12 }];
  const row = (kind: string) => (value: ValueReport) => [
    kind,
    `${value.name}${added.includes(value.name) ? ' (added)' : ''}`,
    valueTypeText(value),
  ];
  const [, ...values] = textTable(columns, [...inputs.map(row('input')), ...outputs.map(row('output'))], width);
  const [titles = '', ...amounts] = textTable(
    [
      { title: '' },
      { title: 'nodes', align: 'right' },
      { title: 'parameters', align: 'right' },
      { title: 'weights', align: 'right' },
      { title: 'MACs', align: 'right', shrinkTo: 8 },
    ],
    [amountRow('part', part), amountRow('whole', whole)],
    width,
  );
  const beside = weights === null ? '' : ` and ${printable(weights.file)}, ${formatBytes(weights.byteLength)}`;
  return `${[
    colors.bold(`a part of ${printable(file)}`),
    ...values,
    '',
    colors.bold(titles),
    ...amounts,
    '',
    `wrote ${printable(output)}, ${formatBytes(byteLength)}${beside}`,
  ].join('\n')}\n`;
}

function valueTypeText(value: ValueReport): string {
  if (value.description !== undefined) return value.description;
  return value.elementType === null && value.shape === null ? 'not known' : typeText(value);
}

function amountRow(what: string, { nodes, parameters, parameterBytes, macs }: PartTotals): string[] {
  return [what, String(nodes), formatCount(parameters), formatBytes(parameterBytes), formatDimCount(macs ?? undefined)];
}
