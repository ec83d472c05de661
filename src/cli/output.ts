/** What every command writes: results on standard output, everything else on standard error. */
import type { Diagnostic } from '../diagnostics.js';
import { renderDiagnostics } from '../report/diagnostics.js';
import { jsonDocument } from '../report/json.js';
import { colorsFor } from './terminal.js';
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
  process.stderr.write(renderDiagnostics(diagnostics, colorsFor(process.stderr)));
}
