/**
 * Output of commands: results on standard output, everything else on standard error. All that commands print leaves here,
 * which is where names of files and models are seen to be harmless (test/cli/hostile-names.test.ts).
 */
import { fitToPrint } from '../diagnostics/printable.js';
import type { Diagnostic } from '../diagnostics.js';
import { renderDiagnostics } from '../report/diagnostics.js';
import { jsonDocument } from '../report/json.js';
import { fitLines } from '../report/wrap.js';
import { colorsFor, widthOf } from './terminal.js';
import { version } from './version.js';

/** The JSON document of a command. */
export function writeJson(body: object): void {
  writeDocument(process.stdout, jsonDocument(version(), body));
}

/** The JSON document of a command that failed. */
export function writeFailureJson(diagnostics: readonly Diagnostic[]): void {
  writeJson({ ok: false, diagnostics });
}

/** A text in a format that has its own way with names: JSON, XML, annotations. */
export function writeDocument(stream: NodeJS.WriteStream, text: string): void {
  stream.write(text);
}

export function writeDiagnostics(diagnostics: readonly Diagnostic[]): void {
  writeLines(process.stderr, renderDiagnostics(diagnostics, colorsFor(process.stderr), widthOf(process.stderr)));
}

/** A sentence or more. */
export function writeStderr(text: string): void {
  writeText(process.stderr, `${text}\n`);
}

/** What is for people: on a terminal long lines are broken at words, and go on below, indented. */
export function writeText(stream: NodeJS.WriteStream, text: string): void {
  writeLines(stream, fitLines(text, widthOf(stream)));
}

/** What is for people, and has lines that fit. */
export function writeLines(stream: NodeJS.WriteStream, text: string): void {
  stream.write(fitToPrint(text, { hasColors: colorsFor(stream).isColorSupported }));
}
