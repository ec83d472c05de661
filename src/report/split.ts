/** The report of `unstride split`, on how the two halves join: plain data, and its text for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import type { Diagnostic } from '../diagnostics.js';
import type { NetworkKind } from '../split/decoders/findings.js';
import type { Join } from '../split/decoders/split.js';
import { type CrossingReport, describeCrossing, typeText } from './decoders.js';
import type { PartTotals } from './extract.js';
import type { ValueReport } from './inspect.js';
import { textTable } from './text-table.js';
import { formatBytes, formatCount, formatDimCount } from './units.js';

export interface WrittenHalf {
  /** The half's file name; it is in the same folder as the file on how they join. */
  readonly file: string;
  readonly byteLength: number;
  /** The file for weights beside it. */
  readonly weights: { readonly file: string; readonly byteLength: number } | null;
  readonly inputs: readonly ValueReport[];
  readonly outputs: readonly ValueReport[];
  readonly totals: PartTotals;
}

export interface JoinReport {
  /** Values that cross, with their names in both halves. */
  readonly values: readonly (CrossingReport & { readonly encoder: string; readonly decoder: string })[];
  readonly modelInputs: Join['inputs'];
  readonly modelOutputs: Join['outputs'];
}

export interface SplitReport extends JoinReport {
  /** File name of the model. */
  readonly file: string;
  readonly kind: NetworkKind;
  readonly candidate: number;
  readonly isCertain: boolean;
  readonly reasons: readonly string[];
  readonly encoder: WrittenHalf;
  readonly decoder: WrittenHalf;
  readonly diagnostics: readonly Diagnostic[];
}

export function describeJoin({ values, inputs, outputs }: Join): JoinReport {
  return {
    values: values.map((value) => ({
      ...describeCrossing(value),
      encoder: value.encoder,
      decoder: value.decoder,
    })),
    modelInputs: inputs,
    modelOutputs: outputs,
  };
}

/**
 * @param join path of the file on how they join; both halves are beside it
 * @param width of the terminal
 */
export function renderSplit(
  report: SplitReport,
  join: { readonly file: string; readonly folder: string },
  colors: Colors,
  width?: number,
): string {
  const { file, values, encoder, decoder, modelInputs, modelOutputs, reasons } = report;
  const columns = [{ title: '' }, { title: 'name', shrinkTo: 16 }, { title: 'type', shrinkTo: 12 }, { title: 'at' }];
  const [, ...crossing] = textTable(
    columns,
    values.map((value) => [value.role, value.name, typeText(value), value.scale ?? '']),
    width,
  );
  const [titles = '', ...halves] = textTable(
    [
      { title: '' },
      { title: 'inputs of the model', shrinkTo: 12 },
      { title: 'outputs of it', shrinkTo: 12 },
      { title: 'nodes', align: 'right' },
      { title: 'parameters', align: 'right' },
      { title: 'MACs', align: 'right', shrinkTo: 8 },
      { title: 'file', align: 'right' },
    ],
    (['encoder', 'decoder'] as const).map((half) => {
      const { totals, byteLength, weights } = half === 'encoder' ? encoder : decoder;
      return [
        half,
        modelInputs[half].join(', '),
        modelOutputs[half].join(', '),
        String(totals.nodes),
        formatCount(totals.parameters),
        formatDimCount(totals.macs ?? undefined),
        formatBytes(byteLength + (weights?.byteLength ?? 0)),
      ];
    }),
    width,
  );
  const place = join.folder === '.' ? '' : ` to ${printable(join.folder)}`;
  return `${[
    colors.bold(`${printable(file)} in two halves`),
    ...reasons.map(printable),
    '',
    colors.bold('what crosses'),
    ...crossing,
    '',
    colors.bold(titles),
    ...halves,
    '',
    `wrote ${[encoder.file, decoder.file].map(printable).join(', ')} and ${printable(join.file)}${place}`,
  ].join('\n')}\n`;
}
