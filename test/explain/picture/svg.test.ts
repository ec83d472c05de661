import { expect, it } from 'vitest';
import { element } from '../../../src/explain/picture/svg.js';

it('lines are whole, however long, and long texts are cut', () => {
  const d = 'M0 0h15v15h-15z'.repeat(1000);
  expect(element('path', { d })).toBe(`<path d="${d}"/>`);
  expect(element('g', { class: 'a "b"' })).toBe('<g class="a &quot;b&quot;"/>');
  expect(element('g', { class: 'x'.repeat(9000) }).length).toBeLessThan(5000);
});
