/** Output of commands: results on standard output, everything else on standard error. */
import type { Diagnostic } from '../diagnostics.js';
import { renderDiagnostics } from '../report/diagnostics.js';
import { jsonDocument } from '../report/json.js';
import { fitLines } from '../report/wrap.js';
import { colorsFor, widthOf } from './terminal.js';
import { version } from './version.js';

/** The JSON document of a command. */
export function writeJson(body: object): void {
  process.stdout.write(jsonDocument(version(), body));
}

/** The JSON document of a command that failed. */
export function writeFailureJson(diagnostics: readonly Diagnostic[]): void {
  writeJson({ ok: false, diagnostics });
}

export function writeDiagnostics(diagnostics: readonly Diagnostic[]): void {
  process.stderr.write(renderDiagnostics(diagnostics, colorsFor(process.stderr), widthOf(process.stderr)));
}

/** A sentence or more. */
export function writeStderr(text: string): void {
  writeText(process.stderr, `${text}\n`);
}

/** What is for people: on a terminal long lines are broken at words, and go on below, indented. */
export function writeText(stream: NodeJS.WriteStream, text: string): void {
  stream.write(fitLines(text, widthOf(stream)));
}
