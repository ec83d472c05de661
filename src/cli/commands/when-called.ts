/** Commands are declared from the start, so that help and faults know them all; what they do is loaded if one is called. */
import type { ExitCode } from '../usage.js';

/** The action of a command, from a function that imports it. */
export function whenCalled<A extends readonly unknown[]>(
  load: () => Promise<(...given: A) => ExitCode | Promise<ExitCode>>,
): (...given: A) => Promise<ExitCode> {
  return async (...given) => (await load())(...given);
}
