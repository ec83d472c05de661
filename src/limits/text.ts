/** How much text a report may be: it is asked before the text is made, of which engines hold less than a gigabyte. */
import { defineProblem, fail } from '../diagnostics.js';

/** Characters, some hundred for each of a million nodes. */
const mostText = 2 ** 27;

const reportTooLong = defineProblem('US2011', { characters: 'integer', limit: 'integer' }, ({ characters, limit }) => ({
  message: 'there is not enough memory for a report of this length',
  expected: `at most ${limit} characters`,
  actual: `${characters} or more`,
  hint: 'ask about a part of the model: unstride extract cuts it out',
}));

/**
 * Asked of a report before it is written out.
 *
 * @param report texts, and lists and records of such; numbers count as short texts
 * @throws ProblemError US2011 if it is longer than a text can be
 */
export function requireText(report: unknown, limit = mostText): void {
  let characters = 0;
  const count = (value: unknown): void => {
    if (typeof value === 'string') characters += value.length + charactersOfMark;
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) {
        characters += Array.isArray(value) ? 0 : name.length + charactersOfMark;
        count(item);
      }
    else characters += charactersOfNumber;
    if (characters > limit) fail(reportTooLong({ characters, limit }));
  };
  count(report);
}

/** Quotes, a colon or comma, a line break. */
const charactersOfMark = 4;
const charactersOfNumber = 6;
