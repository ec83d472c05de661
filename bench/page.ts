/**
 * The page in Chromium: how long it takes until a model is open and drawn, and how long its own thread is busy at a time meanwhile.
 *
 *     npm run build && cd bench && npm ci && npm run page
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumFile } from '../test/browser/chromium.js';
import { ViewCommand } from '../test/page/built-page.js';
import { writeLargeUnet } from '../test/page/large-unet.js';
import { tasksDuring } from '../test/page/main-thread.js';
import { Visit } from '../test/page/visit.js';
import { median } from './statistics.js';

const rounds = 5;
const root = path.join(import.meta.dirname, '..');
const fixture = (name: string) => path.join(root, 'fixtures', name);

if (chromiumFile === undefined) throw new Error('there is no Chromium on the PATH, and UNSTRIDE_CHROMIUM names none');
const folder = mkdtempSync(path.join(tmpdir(), 'unstride-page-bench-'));
const large = path.join(folder, 'unet-120MB.onnx');
writeLargeUnet(large);
const view = await ViewCommand.start(path.join(root, 'dist'));
const browser = await chromium.launch({ executablePath: chromiumFile });
try {
  for (const file of [fixture('unet/dynamo/model.onnx'), fixture('twins/deeplabv3-mobilenetv3-256.onnx'), large]) {
    const opened: number[] = [];
    const longest: number[] = [];
    const worked: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const visit = await Visit.start(browser, view.address);
      const started = performance.now();
      await visit.openFiles(file);
      opened.push(performance.now() - started);
      // Once more, traced: tracing takes time itself.
      const tasks = await tasksDuring(browser, visit.page, async () => {
        await visit.openFiles(file);
        if (file !== large && !file.includes('twins')) {
          await visit.tab('Run');
          await visit.run();
        }
      });
      longest.push(Math.max(...tasks.map(({ taken }) => taken)));
      worked.push(tasks[0]?.worked ?? 0);
      await visit.end();
    }
    const text = (of: readonly number[]) =>
      `${median(of).toFixed(0)} (${of.map((item) => item.toFixed(0)).join(', ')}) ms`;
    console.log(path.relative(root, file).replace(/^.*unstride-page-bench-[^/]*\//, ''));
    console.log(`  open and drawn ${text(opened)}`);
    console.log(`  longest task   ${text(longest)} by the clock, ${text(worked)} of the processor`);
  }
} finally {
  await browser.close();
  await view.stop();
  rmSync(folder, { recursive: true });
}
