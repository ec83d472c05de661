/** The page that docs/guide/browser.md shows, with the files that it names beside it. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shownFilesAtTheEnd } from '../support/transcript.js';
import { Chromium, chromiumFile } from './chromium.js';

const root = path.join(import.meta.dirname, '..', '..');
const script = path.join(root, 'dist', 'unstride.min.js');
const reason =
  chromiumFile === undefined ? 'there is no Chromium' : existsSync(script) ? undefined : 'the package is not built';

describe.skipIf(reason !== undefined)(`a page${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let folder: string;
  let chromium: Chromium;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-guide-'));
    copyFileSync(script, path.join(folder, 'unstride.min.js'));
    copyFileSync(path.join(root, 'fixtures/unet/dynamo/model.onnx'), path.join(folder, 'unet.onnx'));
    copyFileSync(path.join(root, 'fixtures/pictures/cells.png'), path.join(folder, 'cells.png'));
    const page = readFileSync(path.join(root, 'docs/guide/browser.md'), 'utf8');
    for (const { name, text } of shownFilesAtTheEnd(page)) writeFileSync(path.join(folder, name), text);
    chromium = await Chromium.start({}, [folder]);
  });
  afterAll(async () => {
    await chromium?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('without a bundler finds the cells', async () => {
    const { page, complaints } = await chromium.open('guide', 'page.html');
    await page.waitForFunction(() => document.querySelector('p')?.textContent !== '');
    expect(await page.textContent('p')).toBe('27.8 % cells');
    expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
  });
});
