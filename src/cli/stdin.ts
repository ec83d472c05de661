/** Reads standard input, which is possible only once. */
import { buffer } from 'node:stream/consumers';
import { UsageError } from './usage.js';

/**
 * The whole content.
 * @param what the words for what is expected from it
 * @throws UsageError if it is a terminal, where a user would not know that input is expected
 */
export async function readStdin(what: string): Promise<Uint8Array> {
  if (process.stdin.isTTY === true) {
    throw new UsageError(`${what} is to come from standard input, which is a terminal`, 'pipe it in, or name a file');
  }
  return new Uint8Array(await buffer(process.stdin));
}
