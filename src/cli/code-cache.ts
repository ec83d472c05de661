/** The program's own code as V8 compiled it is kept for the next process, unless that is not wanted. */
import { isCacheOff } from '../runtime/node-cache-folder.js';
import { keepCode } from '../runtime/node-code-cache.js';

export function keepOwnCode(args: readonly string[]): void {
  if (!isCacheOff() && !args.includes('--no-cache')) keepCode();
}
