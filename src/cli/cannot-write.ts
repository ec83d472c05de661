import { diagnostic, ModelError } from '../diagnostics.js';
import { whyNotWritten } from '../files/why-not-written.js';

/** @throws ModelError US2010 for what the system said when `file` was to be written */
export function cannotWrite(file: string, message: string, error: unknown, hint?: string): never {
  const actual = whyNotWritten(error) ?? (error as Error).message;
  throw new ModelError([diagnostic({ code: 'US2010', message, actual, hint }, { file })]);
}
