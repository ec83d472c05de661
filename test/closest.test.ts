import { expect, it } from 'vitest';
import { closest } from '../src/closest.js';

const names = ['inputs', 'outputs', 'values', 'budgets'];

it.each([
  ['outputs', 'outputs'],
  ['output', 'outputs'],
  ['ouptuts', 'outputs'],
  ['Inputs', 'inputs'],
  ['budget', 'budgets'],
  ['shapes', undefined],
  ['x', undefined],
])('%s is nearest to %s', (name, expected) => {
  expect(closest(name, names)).toBe(expected);
});
