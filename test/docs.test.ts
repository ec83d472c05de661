import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawNetwork } from '../src/draw/draw-network.js';
import { kernelsByOperator } from '../src/lower/all.js';
import { operators } from '../src/ops/index.js';
import { operatorTable } from '../src/report/operator-table.js';
import { codes, explanationOf, rulePage, rulesIndex } from '../src/report/pages.js';
import { openModel } from '../src/runtime/open.js';
import { areFresh, builtFile } from './support/built.js';

const docs = path.join(import.meta.dirname, '..', 'docs');

describe('generated pages', () => {
  it('docs/operators.md is what the registry says', async () => {
    await expect(operatorTable(operators, 27, kernelsByOperator)).toMatchFileSnapshot(path.join(docs, 'operators.md'));
  });

  // That a lowering gives no reason but those it declares is a matter of types.
  it('lowerings declare no reason that none of them gives', () => {
    const lower = path.join(import.meta.dirname, '..', 'src', 'lower');
    const sources = readdirSync(lower, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(path.join(lower, file), 'utf8'))
      .join('\n');
    const reasons = new Set([...kernelsByOperator.values()].flatMap(({ except }) => except));
    expect(reasons.size).toBeGreaterThan(40);
    // Those that several places give have names.
    const named = [...sources.matchAll(/const (\w+) = ('|`)([^'`]+)\2(?: as const)?;/g)]
      .filter(([, name]) => new RegExp(`return [^;]*\\b${name};`).test(sources))
      .map(([, , , text]) => text!.replace(/\$\{\w+\}/g, '\u0000'));
    const isNamed = (reason: string) => named.includes(reason) || named.includes(reason.replace(/\d+/, '\u0000'));
    // Others are texts in the declaration and where they are given.
    const isGiven = (reason: string) => sources.split(`'${reason}'`).length > 2;
    expect([...reasons].filter((reason) => !isNamed(reason) && !isGiven(reason))).toEqual([]);
  });

  it('docs/api.md is what the types say', async () => {
    const { apiReference }: { apiReference(types: string): string } = await import(
      path.join(import.meta.dirname, '..', 'scripts', 'api-reference.js')
    );
    const page = path.join(docs, 'api.md');
    // The build has the same types in other indentation; tsc takes long, and writes the page where it is to be renewed.
    const words = (text: string) => text.replaceAll(/^ +| +$/gm, '');
    const isBuilt = areFresh([builtFile('types/index.d.ts')]);
    if (isBuilt && words(apiReference(builtFile('types'))) === words(readFileSync(page, 'utf8'))) return;
    const types = mkdtempSync(path.join(tmpdir(), 'unstride-types-'));
    try {
      const root = path.join(import.meta.dirname, '..');
      const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', types], { cwd: root });
      await expect(apiReference(types)).toMatchFileSnapshot(page);
    } finally {
      rmSync(types, { recursive: true });
    }
  });

  it('docs/pictures/unet.svg is what draw makes of the bundled U-Net', async () => {
    const { model } = await openModel(path.join(docs, '..', 'fixtures', 'unet', 'dynamo', 'model.onnx'));
    const { text } = await drawNetwork(model, { title: 'U-Net' });
    await expect(text).toMatchFileSnapshot(path.join(docs, 'pictures', 'unet.svg'));
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
