import { expect, it } from 'vitest';
import { formatShare } from '../../src/pictures/share.js';

it.each([
  [0, '0.0 %'],
  [0.0004, '<0.1 %'],
  [0.0005, '0.1 %'],
  [0.2784, '27.8 %'],
  [1, '100.0 %'],
])('%d is %s', (share, text) => {
  expect(formatShare(share)).toBe(text);
});
