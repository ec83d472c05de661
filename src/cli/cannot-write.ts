import { diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import { whyNotWritten } from '../files/why-not-written.js';

/** @throws ModelError US2010 for what the system said when `file` was to be written, or the problem that was found before */
export function cannotWrite(file: string, message: string, error: unknown, hint?: string): never {
  if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file })]);
  const actual = whyNotWritten(error) ?? (error as Error).message;
  throw new ModelError([diagnostic({ code: 'US2010', message, actual, hint }, { file })]);
}
