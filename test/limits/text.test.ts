/** How long reports may be, and what becomes of longer ones. */
import { expect, it } from 'vitest';
import { ProblemError } from '../../src/diagnostics.js';
import { withMemoryExplained } from '../../src/limits/stop.js';
import { requireText } from '../../src/limits/text.js';

function problemOf(run: () => void) {
  try {
    run();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
  }
  return undefined;
}

it('a report of more text than there may be is refused before it is made', () => {
  const report = { nodes: Array.from({ length: 100 }, (_, i) => ({ name: 'n'.repeat(90), index: i })) };
  expect(() => requireText(report, 13_000)).not.toThrow();
  const problem = problemOf(() => requireText(report, 5000));
  expect(problem).toMatchObject({ code: 'US2011', data: { limit: 5000 } });
  expect(problem!.actual).toMatch(/^5[01]\d\d or more$/);
});

it('a text that is longer than the engine can hold is no fault of ours', () => {
  let error: unknown;
  try {
    'n'.repeat(2 ** 28).padEnd(2 ** 30);
  } catch (thrown) {
    error = withMemoryExplained(thrown);
  }
  expect(error).toMatchObject({ diagnostics: [{ code: 'US2011' }] });
});
