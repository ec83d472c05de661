/** The page in a real browser: served by `unstride view`, isolated, under its Content-Security-Policy. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readNpz } from '../../src/files/npz.js';
import { chromiumFile } from '../browser/chromium.js';
import { packagedPage, ViewCommand } from './built-page.js';

const title = chromiumFile === undefined ? 'the page: skipped, there is no Chromium on the PATH' : 'the page';
// Reporters count what is skipped, and do not show why.
if (chromiumFile === undefined) console.warn(title);

const root = path.join(import.meta.dirname, '..', '..');
const fixture = (name: string) => path.join(root, 'fixtures', name);

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface AxeRun {
  run(): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly target: readonly unknown[] }[];
    }[];
  }>;
}

/** In the page. */
async function findBarriers(): Promise<string[]> {
  const { violations } = await (globalThis as unknown as { axe: AxeRun }).axe.run();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

/** Of the shadow tree that the drawing is in. */
function countAnimations(svg: Element): number {
  const root = svg.getRootNode();
  return root instanceof ShadowRoot ? root.getAnimations().length : 0;
}

describe.skipIf(chromiumFile === undefined)(title, () => {
  let dist = '';
  let view: ViewCommand;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  const folder = mkdtempSync(path.join(tmpdir(), 'unstride-page-'));

  beforeAll(async () => {
    dist = await packagedPage();
    view = await ViewCommand.start(dist);
    browser = await chromium.launch({ executablePath: chromiumFile! });
  });
  afterAll(async () => {
    await browser.close();
    await view.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(view.address);
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const idle = () => page.waitForFunction(() => document.querySelector('.status button') === null);
  const openFiles = async (...files: readonly string[]) => {
    await page
      .locator('label.button input[type=file]')
      .first()
      .setInputFiles([...files]);
    await page.locator('aside').waitFor();
    await idle();
  };
  const tab = (name: string) => page.getByRole('tab', { name }).click();
  const setSize = async (name: string, size: string) => {
    const field = page.getByLabel(name, { exact: true });
    await field.fill(size);
    await field.press('Tab');
    await idle();
  };
  /** What axe-core finds serious. */
  const barriers = async () => {
    await page.evaluate(axe);
    return page.evaluate(findBarriers);
  };
  const saved = async (button: string) => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    const file = path.join(folder, (await download).suggestedFilename());
    await (await download).saveAs(file);
    return file;
  };
  const node = (...args: readonly string[]) =>
    spawnSync(process.execPath, [path.join(dist, 'cli.js'), ...args], { cwd: root, encoding: 'utf8' });

  it('draws a network, says which sizes are legal, and of others which node breaks, and why', async () => {
    await openFiles(fixture('unet/dynamo/model.onnx'));
    await page.locator('.stage .box').first().waitFor();
    expect(await page.locator('.size .legal').allTextContents()).toEqual([
      'any size',
      'multiple of 16',
      'multiple of 16',
    ]);
    await setSize('H', '100');
    await tab('Findings');
    const finding = page.locator('.finding.error');
    expect(await finding.textContent()).toContain('US1203');
    expect(await finding.locator('.chain').textContent()).toContain('image 100 → 50');
    expect(await finding.locator('.remedies li').count()).toBeGreaterThan(1);
    expect(await barriers()).toEqual([]);
    await finding.getByRole('button').click();
    expect(await page.locator('tr.broken').count()).toBe(1);
    await setSize('H', '96');
    expect(await page.locator('tr.broken').count()).toBe(0);
    expect(await page.locator('tbody tr').first().textContent()).toContain('[N, 4, 96, W]');
  });

  it('explains the layer that is clicked, with the picture that moves', async () => {
    await openFiles(fixture('dcgan/torchscript/model.onnx'));
    await page.locator('.box[role=button]').first().click();
    await page.locator('.explanation').waitFor();
    await idle();
    expect(await barriers()).toEqual([]);
    expect(await page.locator('.explanation h2').textContent()).toContain('ConvTranspose');
    expect(await page.locator('.explanation figure svg[data-picture=slide]').count()).toBe(1);
    expect(await page.locator('.explanation figure svg[data-picture=slide]').evaluate(countAnimations)).toBeGreaterThan(
      0,
    );
  });

  it('runs on a picture with the bits of Node, and gives the results and the decoder away', async () => {
    await openFiles(fixture('unet/dynamo/model.onnx'));
    await tab('Run');
    await page.getByLabel('from').selectOption('picture');
    await page.locator('fieldset input[type=file]').setInputFiles(fixture('pictures/cells.png'));
    await page.getByLabel('the same bits on every machine').check();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.locator('.results').waitFor();
    await idle();
    expect(await page.locator('.results figure').count()).toBe(2);
    expect(await page.locator('.results canvas').first().getAttribute('width')).toBe('256');
    expect(await barriers()).toEqual([]);
    await tab('Export');
    await idle();
    expect(await barriers()).toEqual([]);
    const results = await saved('Results as .npz');
    const own = path.join(folder, 'own.npz');
    const run = node(
      'run',
      '--precision',
      'strict',
      fixture('unet/dynamo/model.onnx'),
      '--input',
      fixture('pictures/cells.png'),
      '--output-npz',
      own,
    );
    expect([run.status, run.stderr]).toEqual([0, '']);
    const array = (file: string) => readNpz(readFileSync(file), () => true).get('logits')!;
    expect(array(results).dims).toEqual(array(own).dims);
    const logits = (file: string) => array(file).data as Float32Array;
    const expected = logits(own);
    expect(logits(results).every((logit, i) => Object.is(logit, expected[i]))).toBe(true);
    const decoder = await saved('Decoder 1 as .onnx');
    expect(node('check', decoder, '--fail-on', 'error').status).toBe(0);
  });

  it('samples a generator with sliders', async () => {
    await page.getByRole('button', { name: /VAE decoder/ }).click();
    await page.locator('aside').waitFor();
    await idle();
    await tab('Run');
    await page.getByRole('button', { name: 'Sample' }).click();
    await page.locator('.results canvas').waitFor();
    await idle();
    const pixels = () =>
      page.locator('.results canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const first = await pixels();
    await page.locator('input[type=range]').first().fill('2.5');
    await idle();
    await page.waitForTimeout(100);
    expect(await pixels()).not.toBe(first);
    expect(page.url()).toMatch(/#example=digits$/);
  });

  it('goes on after a damaged file', async () => {
    const damaged = path.join(folder, 'damaged.onnx');
    writeFileSync(damaged, Buffer.from('08ff', 'hex'));
    await page.locator('label.button input[type=file]').first().setInputFiles(damaged);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/US1\d{3}/);
    await openFiles(fixture('vae/torchscript/model.onnx'));
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.locator('aside h2').textContent()).toBe('model.onnx');
  });
});
