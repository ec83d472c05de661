/** Standard input, which is read once. */
import { buffer } from 'node:stream/consumers';
import { UsageError } from './usage.js';

/**
 * All of it.
 * @param what is to come from there
 * @throws UsageError where it is a terminal, at which nobody would know what is waited for
 */
export async function readStdin(what: string): Promise<Uint8Array> {
  if (process.stdin.isTTY === true) {
    throw new UsageError(`${what} is to come from standard input, which is a terminal`, 'pipe it in, or name a file');
  }
  return new Uint8Array(await buffer(process.stdin));
}
