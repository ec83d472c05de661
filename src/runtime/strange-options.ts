/** What is told of names that are no options: it comes where there are some. */
import { closest } from '../closest.js';
import { namesOf } from './check-options.js';
import type { SessionNote } from './session-options.js';

/** @param names those that the call does not know */
export function strangeNotes(
  call: 'create' | 'run',
  names: readonly string[],
  outputNames: readonly string[] = [],
): readonly SessionNote[] {
  return names.map((name) => {
    const output = closest(name, outputNames);
    const near = closest(name, namesOf(call)) ?? (output === undefined ? undefined : `the output ${output}`);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    return { about: 'option', text: `'${call}' has no option '${name.slice(0, 100)}', which changes nothing${hint}` };
  });
}
