/** Wrong usage of the program, as opposed to an error in the model or the data. */
import { printable } from '../diagnostics/printable.js';

export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** What to do about it (default: see the help). */
  readonly hint: string | undefined;

  /** @param message one sentence, or a line for each fault; names in it are as they came */
  constructor(message: string | readonly string[], hint?: string) {
    super([message].flat().map(printable).join('\n'));
    this.hint = hint === undefined ? undefined : printable(hint);
  }
}

export const exitCodes = { done: 0, fault: 1, usage: 2, internal: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
