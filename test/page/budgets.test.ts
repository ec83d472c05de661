/** The page stays free: no task of its own thread takes long while a model is opened and run, however large the model is. */
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumFile } from '../browser/chromium.js';
import { writeLargeUnet } from './large-unet.js';
import { tasksDuring } from './main-thread.js';
import { useVisits } from './use-visits.js';
import type { Visit } from './visit.js';

const title = chromiumFile === undefined ? 'budgets of the page: skipped, there is no Chromium on the PATH' : 'budgets';
// Reporters count what is skipped, and do not show why.
if (chromiumFile === undefined) console.warn(title);

/**
 * Milliseconds of a processor: by the clock a task takes as long as other programs let it. Beside a busy sibling core a task has
 * fewer instructions a millisecond, so one that is too long is looked at again: what the page does too long it does each time.
 */
const most = 50;
const again = { retry: 2 };

/** In the page: what no page should do. */
function work(): void {
  let sum = 0;
  for (let i = 0; i < 3e8; i++) sum += i % 7;
  if (sum < 0) throw new Error('no sum of these');
}

const fixture = (name: string) => path.join(import.meta.dirname, '..', '..', 'fixtures', name);

describe.skipIf(chromiumFile === undefined)(title, again, () => {
  let browser: Browser;
  let visit: Visit;
  const folder = useVisits('budgets', (visited) => ({ browser, visit } = visited));

  it.each(['unet/dynamo/model.onnx', 'twins/deeplabv3-mobilenetv3-256.onnx'])('are kept with %s', async (name) => {
    const { page } = visit;
    const tasks = await tasksDuring(browser, page, async () => {
      await visit.openFiles(fixture(name));
      await page.getByLabel('every layer').check();
      await visit.idle();
      await page.locator('.box[role=button]').nth(4).press('Enter');
      await page.locator('.explanation').waitFor();
      await visit.idle();
      await visit.tab('Layers');
      await page.locator('tr.chosen').waitFor();
      if (!name.startsWith('twins/')) {
        await visit.tab('Run');
        await visit.run();
      }
    });
    expect(tasks.filter(({ worked }) => worked > 0).length).toBeGreaterThan(100);
    expect(tasks.filter(({ worked }) => worked > most)).toEqual([]);
  });

  it('are seen to be exceeded', async () => {
    const tasks = await tasksDuring(browser, visit.page, () => visit.page.evaluate(work));
    expect(tasks[0]?.worked).toBeGreaterThan(most);
  });

  it('are kept with a U-Net of 120 MB', async () => {
    const file = path.join(folder, 'unet.onnx');
    expect(writeLargeUnet(file)).toBeGreaterThan(120e6);
    const tasks = await tasksDuring(browser, visit.page, () => visit.openFiles(file));
    expect(await visit.page.locator('.stage .box').count()).toBeGreaterThan(8);
    expect(await visit.page.locator('aside').textContent()).toContain('31');
    expect(tasks.filter(({ worked }) => worked > most)).toEqual([]);
  });
});
