/** All views of the page, as they are laid out, for who sees and who does not, and by keys alone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumFile } from '../browser/chromium.js';
import { tabTo } from './keys.js';
import { layoutFaults } from './layout-faults.js';
import { useVisits } from './use-visits.js';
import type { Visit } from './visit.js';

const title =
  chromiumFile === undefined ? 'the views of the page: skipped, there is no Chromium on the PATH' : 'the views';
// Reporters count what is skipped, and do not show why.
if (chromiumFile === undefined) console.warn(title);

const fixture = (name: string) => path.join(import.meta.dirname, '..', '..', 'fixtures', name);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(options?: object): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly target: readonly unknown[] }[];
    }[];
  }>;
}

/** In the page: what axe-core finds serious; of colors alone where the theme is all that differs. */
async function findBarriers(isOfColors: boolean): Promise<string[]> {
  const { axe: checker } = globalThis as unknown as { readonly axe: Axe };
  const { violations } = await checker.run({
    resultTypes: ['violations'],
    ...(isOfColors && { runOnly: { type: 'rule', values: ['color-contrast'] } }),
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

/** Screenshots of all of them are kept in the folder that is named, for who wants to look at them. */
const screenshots = process.env['UNSTRIDE_SCREENSHOTS'];

const widths = [390, 1024, 1600];
const themes = ['light', 'dark'] as const;

describe.skipIf(chromiumFile === undefined)(title, () => {
  let visit: Visit;
  let page: Page;
  useVisits('views', (visited) => {
    ({ visit } = visited);
    page = visit.page;
  });

  /** What is wrong with what is shown, at all widths and in both themes. */
  const faultsOf = async (name: string) => {
    const faults: string[] = [];
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme });
      // Colors move nothing: who looks at screenshots has all of them.
      for (const width of colorScheme === 'light' || screenshots !== undefined ? widths : [1024]) {
        await page.setViewportSize({ width, height: 900 });
        const found = await page.evaluate(layoutFaults);
        faults.push(...found.map((fault) => `${name}, ${width}, ${colorScheme}: ${fault}`));
        if (screenshots !== undefined) {
          const file = path.join(screenshots, `${name}-${width}-${colorScheme}.png`);
          await page.screenshot({ path: file, fullPage: true });
        }
      }
      await page.evaluate(axe);
      const barriers = await page.evaluate(findBarriers, colorScheme === 'dark');
      faults.push(...barriers.map((barrier) => `${name}, ${colorScheme}: ${barrier}`));
    }
    await page.emulateMedia({ colorScheme: 'light' });
    return faults;
  };

  it('have nothing cut, beside the page or on top of another, and no barrier', async () => {
    const faults = await faultsOf('welcome');
    await visit.openFiles(fixture('unet/dynamo/model.onnx'));
    await page.locator('.box[role=button]').nth(3).click();
    await page.locator('.explanation').waitFor();
    await visit.idle();
    faults.push(...(await faultsOf('drawing')));
    await visit.tab('Layers');
    faults.push(...(await faultsOf('layers')));
    await visit.setSize('H', '100');
    await visit.tab('Findings');
    faults.push(...(await faultsOf('findings')));
    await visit.setSize('H', '96');
    await visit.tab('Run');
    await page.getByLabel('from').selectOption('picture');
    await page.locator('fieldset input[type=file]').setInputFiles(fixture('pictures/cells.png'));
    await visit.setSize('H', '');
    await visit.run();
    await page.getByText('Time per layer').click();
    faults.push(...(await faultsOf('run')));
    await visit.tab('Export');
    await visit.idle();
    faults.push(...(await faultsOf('export')));
    await visit.openFiles(fixture('vae/torchscript/model.onnx'));
    await visit.tab('Run');
    await visit.run();
    faults.push(...(await faultsOf('latent')));
    await visit.drop(fixture('pictures/resized.npz'));
    await page.getByRole('alert').waitFor();
    faults.push(...(await faultsOf('failure')));
    expect(faults).toEqual([]);
  });

  it('do the whole job by keys alone', async () => {
    const press = (...keys: readonly string[]) =>
      keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    // Long before it opens: a browser that is not told in time opens the system's own.
    const chooser = page.waitForEvent('filechooser');
    await tabTo(page, /^VAE decoder/);
    await press('Enter');
    await page.locator('aside').waitFor();
    await visit.idle();
    // A newcomer's file: the chooser opens by a key, and what is chosen there is the system's.
    await tabTo(page, /^Open a model/);
    await press('Enter');
    await (await chooser).setFiles(fixture('unet/dynamo/model.onnx'));
    await page.getByLabel('H', { exact: true }).waitFor();
    await visit.idle();
    await tabTo(page, /^Legal sizes/);
    await press('Enter');
    await visit.idle();
    expect(await page.getByLabel('H', { exact: true }).inputValue()).not.toBe('');
    await tabTo(page, /^H$/);
    await press('ArrowUp', 'Tab');
    await visit.idle();
    await tabTo(page, /see why/);
    await press('Enter');
    await tabTo(page, /\(Concat\)/);
    await press('Enter');
    await visit.idle();
    expect(await page.locator('tr.broken.chosen').count()).toBe(1);
    await tabTo(page, /^H$/);
    await press('ArrowDown', 'Tab');
    await visit.idle();
    expect(await page.locator('tr.broken').count()).toBe(0);
    await tabTo(page, /^Layers/);
    await press('ArrowLeft');
    await page.locator('.stage .box').first().waitFor();
    await visit.idle();
    await tabTo(page, /^The network/);
    await press('Tab', 'ArrowRight', 'ArrowRight', 'Enter');
    await page.locator('.box.chosen').waitFor();
    await visit.idle();
    expect(await page.locator('.explanation h2').textContent()).toContain('MaxPool');
    await press('Escape');
    expect(await page.locator('.explanation').count()).toBe(0);
    await tabTo(page, /^Drawing/);
    await press('ArrowRight', 'ArrowRight', 'ArrowRight');
    await tabTo(page, /^Run$/);
    await press('Enter');
    await page.locator('.results').waitFor();
    await visit.idle();
    await tabTo(page, /^Run$/);
    await press('ArrowRight');
    await page.getByRole('button', { name: 'Decoder 1 as .onnx' }).waitFor();
    await tabTo(page, /^Decoder 1 as/);
    const download = page.waitForEvent('download');
    await press('Enter');
    expect((await download).suggestedFilename()).toBe('model.decoder.onnx');
  });
});
