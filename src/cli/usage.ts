/** Wrong usage of the program, as opposed to an error in the model or the data. */

export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(
    message: string,
    /** What to do about it (default: see the help). */
    readonly hint?: string,
  ) {
    super(message);
  }
}

export const exitCodes = { done: 0, fault: 1, usage: 2, internal: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
