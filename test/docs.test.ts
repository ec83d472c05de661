import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { operators } from '../src/ops/index.js';
import { operatorTable } from '../src/report/operator-table.js';
import { codes, explanationOf, rulePage, rulesIndex } from '../src/rules/page.js';

const docs = path.join(import.meta.dirname, '..', 'docs');

describe('generated pages', () => {
  it('docs/operators.md is what the registry says', async () => {
    await expect(operatorTable(operators, 27)).toMatchFileSnapshot(path.join(docs, 'operators.md'));
  });

  it('docs/rules lists every code', async () => {
    await expect(rulesIndex()).toMatchFileSnapshot(path.join(docs, 'rules', 'README.md'));
  });

  it.each(codes)('docs/rules/%s.md is what the rule says of itself', async (code) => {
    expect(explanationOf(code), 'an explanation in src/rules/pages/ or at the rule').toBeDefined();
    await expect(rulePage(code)).toMatchFileSnapshot(path.join(docs, 'rules', `${code}.md`));
  });

  it('docs/rules has no page of a code that is gone', () => {
    const pages = readdirSync(path.join(docs, 'rules')).filter((file) => file !== 'README.md');
    expect(pages.map((file) => file.replace('.md', '')).filter((code) => !codes.some((item) => item === code))).toEqual(
      [],
    );
  });
});
