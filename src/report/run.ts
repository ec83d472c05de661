/** The report of a run: plain data, and its text for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import type { Diagnostic } from '../diagnostics.js';
import type { ElementType } from '../ir/element-type.js';
import { formatShape } from '../ir/shape.js';
import { type ReferenceUse, referenceTexts, shareText } from '../plan/reference-use.js';
import type { Artifact } from '../present/artifact.js';
import type { PresentedOutput } from '../present/present.js';
import { textTable } from './text-table.js';
import { describeTiles, type TilesReport } from './tiles.js';
import { formatBytes, formatDuration } from './units.js';

export interface RunInputReport {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: readonly number[];
  /** A path, or `random`. */
  readonly source: string;
  /** How the data was converted, in words. */
  readonly notes: readonly string[];
}

export interface WrittenFile extends Omit<Artifact, 'file' | 'content'> {
  readonly path: string;
}

export interface RunOutputReport extends Omit<PresentedOutput, 'artifacts'> {
  readonly files: readonly WrittenFile[];
}

export interface RunReport {
  readonly file: string;
  readonly inputs: readonly RunInputReport[];
  /** The open sizes of the model's inputs, as bound. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly seed: number;
  /** Present if the inputs were run in tiles. */
  readonly tiles?: TilesReport;
  readonly outputs: readonly RunOutputReport[];
  /** Milliseconds. */
  readonly time: {
    readonly read: number;
    readonly compile: number;
    readonly execute: number;
    readonly write: number;
  };
  readonly memory: {
    /** Peak bytes of values, without weights. */
    readonly peakActivationBytes: number;
    /** Peak memory of the whole process in bytes. */
    readonly peakProcessBytes: number;
  };
  /** What references computed instead of kernels. */
  readonly references: ReferenceUse;
  readonly diagnostics: readonly Diagnostic[];
}

export function renderRun(report: RunReport, colors: Colors): string {
  const { inputs, outputs, time, memory, sizes } = report;
  const label = (text: string) => colors.bold(text.padEnd(8));
  const lines: string[] = [];
  inputs.forEach(({ name, elementType, shape, source, notes }, i) => {
    const from =
      source === 'random'
        ? notes.join('; ')
        : [`from ${source}`, ...(notes.length === 0 ? [] : [`(${notes.join('; ')})`])].join(' ');
    lines.push(
      `${label(i === 0 ? 'inputs' : '')} ${printable(`${name}  ${elementType}${formatShape(shape)}  ${from}`)}`,
    );
  });
  const bound = Object.entries(sizes).map(([name, size]) => `${name} = ${size}`);
  if (bound.length > 0) lines.push(`${label('sizes')} ${printable(bound.join(', '))}`);
  if (report.tiles !== undefined) lines.push(`${label('tiles')} ${describeTiles(report.tiles)}`);
  outputs.forEach((output, i) => {
    lines.push(`${label(i === 0 ? 'outputs' : '')} ${printable(describeOutput(output))}`, ...fileLines(output));
  });
  lines.push(
    `${label('time')} ${[
      `read ${formatDuration(time.read)}`,
      `compile ${formatDuration(time.compile)}`,
      `run ${formatDuration(time.execute)}`,
      `write ${formatDuration(time.write)}`,
    ].join(', ')}`,
    ...referenceLines(report.references).map((line) => `${label('')} ${printable(line)}`),
    `${label('memory')} at most ${formatBytes(memory.peakActivationBytes)} for activations, ${formatBytes(memory.peakProcessBytes)} for the process`,
  );
  return `${lines.join('\n')}\n`;
}

/** Lines on what no kernel computed, if there is any. */
export function referenceLines(references: ReferenceUse): string[] {
  const { steps, total, share } = references;
  if (steps === 0) return [];
  const most = `${shareText(share)} of the run by references: ${steps} of ${total} steps`;
  return [most, ...referenceTexts(references).map((text) => `  ${text}`)];
}

function describeOutput({ name, elementType, shape, minimum, maximum }: RunOutputReport): string {
  const type = `${name}  ${elementType}${formatShape(shape)}`;
  if (minimum === null || maximum === null) return type;
  return `${type}  values ${Number(minimum.toPrecision(4))} to ${Number(maximum.toPrecision(4))}`;
}

function fileLines({ files, notes }: RunOutputReport): string[] {
  const rows = files.map(({ path, note }) => [`  ${printable(path)}`, printable(note ?? '')]);
  const lines = textTable([{ title: '' }, { title: '' }], rows).slice(1);
  return [...lines, ...notes.map((note) => `  ${printable(note)}`)];
}
