/** Files that end before the bytes that a tensor is said to have there. Node's files know no more of external data. */
import { defineProblem, fail, quoted } from '../diagnostics.js';

const externalTooShort = defineProblem(
  'US1006',
  { location: 'string', needed: 'integer', offset: 'integer', size: 'integer' },
  ({ location, needed, offset, size }) => ({
    message: `the external file ${quoted(location)} is too short`,
    expected: needed === 0 ? `at least ${offset} bytes` : `${needed} bytes at ${offset}`,
    actual: `a file of ${size} bytes`,
    hint: 'the file is damaged or belongs to another export: export the model again, or fetch it anew',
  }),
);

export function failTooShort(location: string, offset: number, length: number, size: number): never {
  fail(externalTooShort({ location, needed: length, offset, size }));
}
