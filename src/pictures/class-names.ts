/** Names of classes, from files. */
import { defineProblem, fail } from '../diagnostics.js';

/** Names by class. */
export type ClassNames = ReadonlyMap<number, string>;

/**
 * Names of classes: one a line, or JSON: an array, an object from numbers to names (`id2label`) or from names to numbers
 * (`label2id`). Throws ProblemError US2005.
 */
export function parseClassNames(text: string): ClassNames {
  const content = text.replace(/^\uFEFF/, '');
  if (/^\s*[[{]/.test(content)) return namesOfJson(content);
  const lines = content.split(/\r\n|\n|\r/);
  while (lines.length > 0 && lines.at(-1)!.trim() === '') lines.pop();
  if (lines.length === 0) invalid('the file has no names', 'an empty file');
  return new Map(lines.map((line, label) => [label, line.trim()]));
}

function namesOfJson(text: string): ClassNames {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    invalid('the file is no JSON', error instanceof Error ? error.message : String(error));
  }
  if (Array.isArray(value)) {
    return new Map(
      value.map((name, label) => {
        if (typeof name !== 'string') invalid(`entry ${label} is no name`, JSON.stringify(name));
        return [label, name];
      }),
    );
  }
  return new Map(Object.entries(value as object).map(entryOf));
}

/** `"3": "cat"` or `"cat": 3`. */
function entryOf([key, value]: [string, unknown]): [number, string] {
  const label = typeof value === 'number' ? value : Number(key);
  const name = typeof value === 'number' ? key : value;
  if (!Number.isInteger(label) || label < 0) invalid(`the entry '${key}' has no class`, `${JSON.stringify(value)}`);
  if (typeof name !== 'string') invalid(`class ${label} has no name`, JSON.stringify(value));
  return [label, name];
}

const classNamesMalformed = defineProblem('US2005', { reason: 'string', actual: 'string' }, ({ reason, actual }) => ({
  message: `the names of classes cannot be read: ${reason}`,
  expected: 'a name a line, or JSON: ["background", "cat"] or {"0": "background", "1": "cat"}',
  actual,
}));

function invalid(message: string, actual: string): never {
  fail(classNamesMalformed({ reason: message, actual }));
}
