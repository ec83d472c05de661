import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loweredOperators } from '../src/lower/lower.js';
import { operators } from '../src/ops/index.js';
import { compilationLimits } from '../src/report/compilation-limits.js';
import { operatorTable } from '../src/report/operator-table.js';
import { codes, explanationOf, rulePage, rulesIndex } from '../src/report/pages.js';

const compiled = new Set(loweredOperators.map(({ name }) => name));
const docs = path.join(import.meta.dirname, '..', 'docs');

/** Reasons that the page gives for all operators together. */
const ofAnyOperator: ReadonlySet<string> = new Set([
  'a case of the operator that no kernel has',
  'another type than kernels compute with, or inputs that no loop takes',
  'an output without a name',
]);

describe('generated pages', () => {
  it('docs/operators.md is what the registry says', async () => {
    await expect(operatorTable(operators, 27, compiled)).toMatchFileSnapshot(path.join(docs, 'operators.md'));
  });

  it('what is not compiled is what lowerings say of nodes that they do not take', () => {
    const lower = path.join(import.meta.dirname, '..', 'src', 'lower');
    const sources = readdirSync(lower, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(path.join(lower, file), 'utf8'))
      .join('\n');
    expect([...compilationLimits.keys()].filter((name) => !compiled.has(name))).toEqual([]);
    const reasons = new Set([...compilationLimits.values()].flat());
    expect(
      [...reasons].filter(
        (reason) => !sources.includes(`return '${reason}'`) && !sources.includes(`longSums = '${reason}'`),
      ),
    ).toEqual([]);
    const given = [...sources.matchAll(/return '([a-z][^']* [^']*)'/gi)].map(([, reason]) => reason!);
    expect(given.length).toBeGreaterThan(30);
    expect(given.filter((reason) => !reasons.has(reason) && !ofAnyOperator.has(reason))).toEqual([]);
  });

  it('docs/api.md is what the types say', async () => {
    const { apiReference }: { apiReference(types: string): string } = await import(
      path.join(import.meta.dirname, '..', 'scripts', 'api-reference.js')
    );
    const types = mkdtempSync(path.join(tmpdir(), 'unstride-types-'));
    try {
      const root = path.join(import.meta.dirname, '..');
      const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', types], { cwd: root });
      await expect(apiReference(types)).toMatchFileSnapshot(path.join(docs, 'api.md'));
    } finally {
      rmSync(types, { recursive: true });
    }
  });

  it('docs/rules lists every code', async () => {
    await expect(rulesIndex()).toMatchFileSnapshot(path.join(docs, 'rules', 'README.md'));
  });

  it.each(codes)('docs/rules/%s.md is what the rule says of itself', async (code) => {
    expect(explanationOf(code), 'a page in the pages.ts of a room, or at the rule').toBeDefined();
    await expect(rulePage(code)).toMatchFileSnapshot(path.join(docs, 'rules', `${code}.md`));
  });

  it('docs/rules has no page of a code that is gone', () => {
    const pages = readdirSync(path.join(docs, 'rules')).filter((file) => file !== 'README.md');
    expect(pages.map((file) => file.replace('.md', '')).filter((code) => !codes.some((item) => item === code))).toEqual(
      [],
    );
  });
});
