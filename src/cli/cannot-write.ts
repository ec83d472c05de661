import { defineProblem, diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import { whyNotWritten } from '../files/why-not-written.js';

const notWritten = defineProblem(
  'US2010',
  { file: 'string', message: 'string', reason: 'string', hint: 'string?' },
  ({ message, reason, hint }) => ({ message, actual: reason, hint }),
);

/** @throws ModelError US2010 for what the system said when `file` was to be written, or the problem that was found before */
export function cannotWrite(file: string, message: string, error: unknown, hint?: string): never {
  if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file })]);
  const actual = whyNotWritten(error) ?? (error as Error).message;
  throw new ModelError([diagnostic(notWritten({ file, message, reason: actual, hint }), { file })]);
}
