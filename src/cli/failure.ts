/** Reports an error on standard error, as JSON if requested, and chooses the exit code. */
import { printable } from '../diagnostics/printable.js';
import { type Diagnostic, diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import { withMemoryExplained } from '../limits/stop.js';
import { writeDiagnostics, writeFailureJson, writeStderr } from './output.js';
import { colorsFor } from './terminal.js';
import { type ExitCode, exitCodes, FailedWrite, UsageError } from './usage.js';

export interface FailureContext {
  /** The command that failed, if there is one. */
  readonly command?: string | undefined;
  readonly isJson: boolean;
}

export function reportFailure(error: unknown, { command, isJson }: FailureContext): ExitCode {
  const colors = colorsFor(process.stderr);
  if (error instanceof UsageError || (error instanceof Error && error.name === 'CACError')) {
    const [message, hint] = error instanceof UsageError ? [error.message, error.hint] : [printable(error.message)];
    writeStderr(`${colors.red(colors.bold('error'))} ${message}${hint === undefined ? '' : `; ${hint}`}`);
    writeStderr(`see unstride${command === undefined ? '' : ` ${command}`} --help`);
    return exitCodes.usage;
  }
  if (error instanceof FailedWrite) {
    writeStderr(`${colors.red(colors.bold('error'))} ${error.message}`);
    return exitCodes.fault;
  }
  const diagnostics = diagnosticsOf(error);
  if (diagnostics !== undefined) {
    if (isJson) writeFailureJson(diagnostics);
    writeDiagnostics(diagnostics);
    return exitCodes.fault;
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  writeStderr(`${colors.red(colors.bold('internal error'))} ${printable(message)}`);
  writeStderr('this is a fault of unstride, not of your model: please report it with the command that you ran');
  if (process.env['UNSTRIDE_DEBUG'] === '1' && error instanceof Error) writeStderr(error.stack ?? '');
  else writeStderr('UNSTRIDE_DEBUG=1 shows where it happened');
  return exitCodes.internal;
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] | undefined {
  const explained = withMemoryExplained(error);
  if (explained instanceof ModelError) return explained.diagnostics;
  if (explained instanceof ProblemError) return [diagnostic(explained.problem)];
  return undefined;
}
