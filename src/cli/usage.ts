/** Wrong usage of the program, as opposed to an error in the model or the data. */
import { printable } from '../diagnostics/printable.js';
import { whyNotWritten } from '../files/why-not-written.js';

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

/** A file that a command was to write and could not: a fault, but none of the model and none of the command line. */
export class FailedWrite extends Error {
  override readonly name = 'FailedWrite';

  /** @param what begins the sentence: `the lock file 'unstride.lock'` */
  constructor(what: string, cause: unknown) {
    const reason = whyNotWritten(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    super(printable(`${what} cannot be written: ${reason}`), { cause });
  }
}

export const exitCodes = { done: 0, fault: 1, usage: 2, internal: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
