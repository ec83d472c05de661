import { expect, it } from 'vitest';
import { explanationPage } from '../../../src/explain/picture/page.js';
import { transposedConvolutionPictures } from '../../../src/explain/picture/transposed.js';
import { transposedAxis } from '../../../src/explain/picture/transposed-drawing.js';
import { transposed, twice } from '../../support/pictured-layers.js';

const pictures = transposedConvolutionPictures(twice(transposedAxis(transposed({ input: 2, kernel: 2, stride: 2 }))));
const hostile = '</title><script>alert(1)</script>';

it('needs no other file, runs no script, and takes names and words as text', () => {
  const page = explanationPage(hostile, [{ heading: hostile, words: `${hostile}\nout = 4`, pictures }]);
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  expect(page).toContain("default-src 'none'");
  expect(page).toContain('&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;\nout = 4</pre>');
  expect(page.match(/<figure/g)).toHaveLength(5);
});

it('lists its layers, and has every id once, though layers are alike', () => {
  const section = { heading: 'up', words: '', pictures };
  const page = explanationPage('model', [section, section]);
  expect(page.match(/href="#layer-\d"/g)).toEqual(['href="#layer-1"', 'href="#layer-2"']);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(explanationPage('model', [section])).not.toContain('<nav');
});

it.each([
  ['auto', 'light dark'],
  ['light', 'light'],
  ['dark', 'dark'],
  ['print', 'light'],
] as const)('has the theme %s', (theme, scheme) => {
  const page = explanationPage('model', [], theme);
  expect(page).toContain(`content="${scheme}"`);
  expect(page.includes('prefers-color-scheme')).toBe(theme === 'auto');
});
