/** The output of a run of many files: a line for each file, errors as they occur, a summary at the end. */

import { printable } from '../../../diagnostics/printable.js';
import type { Diagnostic } from '../../../diagnostics.js';
import { renderDiagnostics } from '../../../report/diagnostics.js';
import { jsonLine, type RunLine, type RunSummary, renderSummary, SummaryCounts } from '../../../report/run-many.js';
import { writeDiagnostics, writeDocument, writeText } from '../../output.js';
import { type FileProgress, startFileProgress } from '../../progress.js';
import { colorsFor, widthOf } from '../../terminal.js';
import { version } from '../../version.js';
import { InOrder } from './in-order.js';

/** The most different diagnostics that do not belong to a file. */
const maxDiagnostics = 50;

export class ManyReporting {
  private readonly summary = new SummaryCounts();
  /** Diagnostics of the model and its sizes, each once. */
  private readonly diagnostics = new Map<string, Diagnostic>();
  private readonly lines = new InOrder<RunLine>((line) => this.emit(line));
  private progress: FileProgress | undefined;

  constructor(
    private readonly isJson: boolean,
    private readonly isQuiet: boolean,
  ) {}

  get failed(): number {
    return this.summary.counts.failed;
  }

  /** @param there files that need no work */
  start(total: number, there: number): void {
    this.progress = startFileProgress(process.stderr, total, there, this.isQuiet);
  }

  add(index: number, line: RunLine): void {
    this.lines.add(index, line);
  }

  note(diagnostics: readonly Diagnostic[]): void {
    for (const item of diagnostics) {
      if (this.diagnostics.size < maxDiagnostics) this.diagnostics.set(JSON.stringify(item), item);
    }
  }

  /** Ctrl-C was pressed. */
  interrupted(isSecond: boolean): void {
    if (isSecond) this.progress?.stop();
    else this.progress?.log('stopping after the file at hand; Ctrl-C again stops at once\n');
  }

  end(facts: Omit<RunSummary, 'done' | 'failed' | 'skipped' | 'written' | 'notes'>): void {
    this.lines.flush();
    this.progress?.stop();
    const stream = this.isJson ? process.stderr : process.stdout;
    const { counts, written, notes } = this.summary;
    writeDiagnostics([...this.diagnostics.values()]);
    writeText(stream, renderSummary({ ...counts, written, notes, ...facts }, colorsFor(stream)));
  }

  private emit(line: RunLine): void {
    this.summary.add(line);
    if (line.state === 'failed') {
      const colors = colorsFor(process.stderr);
      const named = line.diagnostics.some(({ file }) => file === line.file)
        ? ''
        : `${colors.red(colors.bold('failed'))} ${printable(line.file)}\n`;
      this.progress?.log(`${named}${renderDiagnostics(line.diagnostics, colors, widthOf(process.stderr))}`);
    }
    if (line.state !== 'skipped') this.progress?.advance(line.file);
    if (this.isJson) writeDocument(process.stdout, jsonLine(version(), line));
  }
}
