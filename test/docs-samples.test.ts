/** The samples of the guide and of the recipes. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { testSamples } from './support/samples.js';
import { shownFilesAtTheEnd } from './support/transcript.js';

const root = path.join(import.meta.dirname, '..');
const textOf = (document: string) => readFileSync(path.join(root, document), 'utf8');
const documents = ['docs/guide', 'docs/recipes'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => `${folder}/${name}`),
);

testSamples(documents);

/** Shown files that no command of the page uses, and the test that does. */
const usedElsewhere = new Map([
  ['docs/guide/browser.md', 'browser/guide.test.ts'],
  ['docs/guide/shapes-in-ci.md', 'repository.test.ts'],
]);

it('no page shows a file that nothing uses', () => {
  const unused = documents.filter((document) => shownFilesAtTheEnd(textOf(document)).length > 0);
  expect(unused).toEqual([...usedElsewhere.keys()]);
  for (const [page, test] of usedElsewhere) expect(textOf(`test/${test}`)).toContain(page);
});

it('every recipe is in the list', () => {
  const list = textOf('docs/recipes/README.md');
  const missing = documents.filter((file) => file.startsWith('docs/recipes/') && !list.includes(path.basename(file)));
  expect(missing).toEqual([]);
});
