/** What references compute, in words. */
import { expect, it } from 'vitest';
import { countReferences, referenceTexts, referenceUse, shareText } from '../../src/plan/reference-use.js';
import { referenceLines } from '../../src/report/run.js';

const steps = [
  ...['Conv', 'Relu'].map((operator) => ({ operator, reason: undefined })),
  ...['Loop', 'ArgMax', 'ArgMax'].map((operator) => ({ operator, reason: 'an operator without a kernel' })),
  { operator: 'Gather', reason: 'indices that are computed' },
];

it('counts by operator and reason, the most frequent first', () => {
  expect(countReferences(steps)).toEqual({
    steps: 4,
    total: 6,
    operators: [
      { operator: 'ArgMax', steps: 2, reason: 'an operator without a kernel' },
      { operator: 'Loop', steps: 1, reason: 'an operator without a kernel' },
      { operator: 'Gather', steps: 1, reason: 'indices that are computed' },
    ],
  });
});

it('says which, why, and the share of the time', () => {
  const use = referenceUse(countReferences(steps), 25, 100);
  expect(referenceLines(use)).toEqual([
    '25 % of the run by references: 4 of 6 steps',
    '  2 ArgMax (an operator without a kernel)',
    '  1 Loop (an operator without a kernel)',
    '  1 Gather (indices that are computed)',
  ]);
  expect(referenceTexts(use, 1)).toEqual(['2 ArgMax (an operator without a kernel)', '2 others']);
});

it('says nothing where there are none, and nothing above the whole', () => {
  expect(referenceLines(referenceUse(countReferences(steps.slice(0, 2)), 0, 3))).toEqual([]);
  expect(referenceUse(countReferences(steps), 3, 2).share).toBe(1);
  expect(referenceUse(countReferences(steps), 0, 0).share).toBe(0);
  expect(shareText(0.001)).toBe('less than 1 %');
});
