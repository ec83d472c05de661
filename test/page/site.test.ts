/** The static site: on a host without isolation headers, under the strictest policy that lets it run; and what it loads first. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examples } from '../../src/page/gallery.js';
import { Chromium, chromiumFile, isolation, type OpenedPage } from '../browser/chromium.js';
import { site } from './built-page.js';

const title = chromiumFile === undefined ? 'the site: skipped, there is no Chromium on the PATH' : 'the site';
// Reporters count what is skipped, and do not show why.
if (chromiumFile === undefined) console.warn(title);

const policy = { 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };
const most = 300_000;

let folder = '';
beforeAll(async () => {
  folder = await site();
});

/** Bytes of files, compressed as hosts do. */
function compressed(files: Iterable<string>): number {
  return [...files].reduce((sum, name) => sum + brotliCompressSync(readFileSync(path.join(folder, name))).length, 0);
}

/** What entries import, without what they import later. */
function loadedAtOnce(...entries: readonly string[]): Set<string> {
  const names = new Set<string>();
  const visit = (name: string) => {
    if (names.has(name)) return;
    names.add(name);
    const code = readFileSync(path.join(folder, name), 'utf8');
    for (const [, target] of code.matchAll(/\b(?:from|import)"\.\/([\w.-]+\.js)"/g)) visit(target!);
  };
  for (const name of entries) visit(name);
  return names;
}

it('loads at most 150 KB compressed before a model is dropped', () => {
  const scripts = loadedAtOnce('page-main.js', 'page-worker.js');
  expect(scripts.size).toBeGreaterThan(2);
  expect(compressed([...scripts, 'index.html', 'page.css', 'icon.svg'])).toBeLessThan(most / 2);
});

it('has every example, with its weights', () => {
  for (const { file } of examples) expect(statSync(path.join(folder, 'examples', file)).size).toBeGreaterThan(0);
  expect(existsSync(path.join(folder, 'mozjpeg_dec.wasm'))).toBe(true);
});

describe.skipIf(chromiumFile === undefined)(title, () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await Chromium.start({ strict: policy, isolated: { ...policy, ...isolation } }, [folder]);
  });
  afterAll(() => chromium.stop());

  it('opens an example at the sizes of the address, runs it on one thread, and says so', async () => {
    const opened: OpenedPage = await chromium.open('strict', 'index.html#example=unet&size.N=1&size.H=32&size.W=32');
    const { page, complaints, requests } = opened;
    page.setDefaultTimeout(60_000);
    await page.locator('.stage .box').first().waitFor();
    await page.waitForFunction(() => document.querySelector('.status button') === null);
    expect(await page.getByLabel('H', { exact: true }).inputValue()).toBe('32');
    expect(await page.locator('footer').textContent()).toContain('one thread');
    await page.getByRole('tab', { name: 'Run' }).click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.locator('.results').waitFor();
    expect(await page.locator('.results > p').textContent()).toContain('on one thread');
    expect(await page.locator('.results h3').first().textContent()).toContain('[1, 1, 32, 32]');
    expect(page.url()).toContain('#example=unet&size.N=1&size.H=32&size.W=32');
    expect(complaints).toEqual([]);
    // All that this visit took but the model: the page, the engine, the kernels. A few files, for each of them takes a while.
    const loaded = new Set(requests.filter((name) => name.includes('.') && existsSync(path.join(folder, name))));
    expect(compressed(loaded)).toBeLessThan(most);
    expect(loaded.size).toBeLessThan(28);
    await page.close();
  });

  it('runs where it is isolated too, and the policy forbids threads', async () => {
    const { page } = await chromium.open('isolated', 'index.html#example=digits');
    page.setDefaultTimeout(60_000);
    await page.locator('.stage .box').first().waitFor();
    expect(await page.locator('footer').textContent()).not.toContain('one thread');
    await page.getByRole('tab', { name: 'Run' }).click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.locator('.results canvas').waitFor();
    expect(await page.locator('.results > p').textContent()).toContain('on one thread');
    await page.close();
  });
});
