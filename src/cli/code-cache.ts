/** The program's own code as V8 compiled it is kept for the next process, unless that is not wanted. */
import { keepCodeUnasked } from '../runtime/node-code-cache.js';

export function keepOwnCode(args: readonly string[]): void {
  if (!args.includes('--no-cache')) keepCodeUnasked();
}
