/** The report of a run of many files: a line of JSON for each file, and a summary for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { jsonText, printable } from '../diagnostics/printable.js';
import { counted } from '../diagnostics/units.js';
import type { Diagnostic } from '../diagnostics.js';
import type { ReferenceUse } from '../plan/reference-use.js';
import { type RunInputReport, type RunOutputReport, referenceLines } from './run.js';
import { formatBytes, formatDuration } from './units.js';

/** One file, in schemas/run-line.schema.json. */
export interface RunLine {
  readonly file: string;
  readonly state: 'done' | 'failed' | 'skipped';
  readonly inputs: readonly RunInputReport[];
  /** The open sizes of the model's inputs, as bound. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly outputs: readonly RunOutputReport[];
  /** In milliseconds; for a file of a batch, its share of the run. */
  readonly time: { readonly read: number; readonly execute: number; readonly write: number } | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** `unstride` is the version that wrote it. */
export function jsonLine(version: string, line: RunLine): string {
  return `${jsonText({ unstride: version, ...line })}\n`;
}

/** The most different notes that are shown. */
const maxNotes = 8;

export interface RunSummary {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly isInterrupted: boolean;
  readonly directory: string;
  /** Number of written files by kind. */
  readonly written: ReadonlyMap<string, number>;
  /** Notes on how data and values were converted, with the number of files that each applies to. */
  readonly notes: ReadonlyMap<string, number>;
  /** Milliseconds, from opening the model on. */
  readonly elapsed: number;
  /** The part of it from the first file on. */
  readonly working: number;
  readonly compile: number;
  readonly execute: number;
  /** What references computed instead of kernels, for the sizes that were run last. */
  readonly references: ReferenceUse | undefined;
  readonly peakProcessBytes: number;
}

/** Counts lines as they come, in memory that does not grow with their number. */
export class SummaryCounts {
  readonly counts = { done: 0, failed: 0, skipped: 0 };
  readonly written = new Map<string, number>();
  readonly notes = new Map<string, number>();

  add({ state, inputs, outputs }: RunLine): void {
    this.counts[state]++;
    for (const { files } of outputs) for (const { kind } of files) increase(this.written, kind);
    const notes = new Set([
      ...inputs.flatMap(({ name, notes: own }) => own.map((note) => `${name}: ${note}`)),
      ...outputs.flatMap(({ name, notes: own }) => own.map((note) => `${name}: ${note}`)),
    ]);
    for (const note of notes) if (this.notes.has(note) || this.notes.size <= maxNotes) increase(this.notes, note);
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function renderSummary(summary: RunSummary, colors: Colors): string {
  const { total, done, failed, skipped, notes, written, elapsed, working, compile, execute } = summary;
  const label = (text: string) => colors.bold(text.padEnd(8));
  const left = total - done - failed - skipped;
  const states = [
    `${done} ran`,
    ...(failed > 0 ? [colors.red(`${failed} failed`)] : []),
    ...(skipped > 0 ? [`${skipped} skipped (their results are there)`] : []),
    ...(left > 0 ? [`${left} not run`] : []),
  ];
  const lines = [`${label('files')} ${total}: ${states.join(', ')}`];
  if (summary.isInterrupted) lines.push(`${label('')} interrupted: --skip-existing goes on from here`);
  [...notes].slice(0, maxNotes).forEach(([note, count], i) => {
    lines.push(`${label(i === 0 ? 'notes' : '')} ${printable(note)}${count === done ? '' : ` (${count} of them)`}`);
  });
  if (notes.size > maxNotes) lines.push(`${label('')} and others`);
  if (written.size > 0) {
    const kinds = [...written].map(([kind, count]) => counted(count, kind));
    lines.push(`${label('written')} ${kinds.join(', ')} in ${printable(summary.directory)}`);
  }
  const rate = done > 0 && working > 0 ? `, ${formatRate((1000 * done) / working)}` : '';
  lines.push(
    `${label('time')} ${formatDuration(elapsed)}${rate}; compile ${formatDuration(compile)}, run ${formatDuration(execute)}`,
    ...(summary.references === undefined ? [] : referenceLines(summary.references)).map(
      (line) => `${label('')} ${printable(line)}`,
    ),
    `${label('memory')} at most ${formatBytes(summary.peakProcessBytes)} for the process`,
  );
  return `${lines.join('\n')}\n`;
}

/** `23.4 files/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond >= 100 ? Math.round(perSecond) : Number(perSecond.toPrecision(3))} files/s`;
}
