/** The page in a real browser: served by `unstride view`, isolated, under its Content-Security-Policy. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { readNpz } from '../../src/files/npz.js';
import { chromiumFile } from '../browser/chromium.js';
import { useVisits } from './use-visits.js';
import type { Visit } from './visit.js';

const title = chromiumFile === undefined ? 'the page: skipped, there is no Chromium on the PATH' : 'the page';
// Reporters count what is skipped, and do not show why.
if (chromiumFile === undefined) console.warn(title);

const root = path.join(import.meta.dirname, '..', '..');
const fixture = (name: string) => path.join(root, 'fixtures', name);

function isInSight(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  const around = element.closest('.scroll')?.getBoundingClientRect();
  return around !== undefined && top >= around.top && bottom <= around.bottom + 1;
}

/** Of the shadow tree that the drawing is in. */
function countAnimations(svg: Element): number {
  const root = svg.getRootNode();
  return root instanceof ShadowRoot ? root.getAnimations().length : 0;
}

describe.skipIf(chromiumFile === undefined)(title, () => {
  let dist = '';
  let visit: Visit;
  let page: Page;
  const folder = useVisits(
    'page',
    (visited) => {
      ({ dist, visit } = visited);
      page = visit.page;
    },
    ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  );

  const node = (...args: readonly string[]) =>
    spawnSync(process.execPath, [path.join(dist, 'cli.js'), ...args], { cwd: root, encoding: 'utf8' });

  it('draws a network, says which sizes are legal, and of others which node breaks, and why', async () => {
    await visit.openFiles(fixture('unet/dynamo/model.onnx'));
    await page.locator('.stage .box').first().waitFor();
    expect(await page.locator('.size .legal').allTextContents()).toEqual([
      'any size',
      'multiple of 16',
      'multiple of 16',
    ]);
    await visit.setSize('H', '100');
    await visit.tab('Findings');
    const finding = page.locator('.finding.error');
    expect(await finding.textContent()).toContain('US1203');
    expect(await finding.locator('.chain').textContent()).toContain('image 100 → 50');
    expect(await finding.locator('.remedies li').count()).toBeGreaterThan(1);
    await finding.getByRole('button').click();
    expect(await page.locator('tr.broken').count()).toBe(1);
    await visit.setSize('H', '96');
    expect(await page.locator('tr.broken').count()).toBe(0);
    expect(await page.locator('tbody tr').first().textContent()).toContain('[N, 4, 96, W]');
  });

  it('explains the layer that is clicked, with the picture that moves', async () => {
    await visit.openFiles(fixture('dcgan/torchscript/model.onnx'));
    await page.locator('.box[role=button]').first().click();
    await page.locator('.explanation').waitFor();
    await visit.idle();
    expect(await page.locator('.explanation h2').textContent()).toContain('ConvTranspose');
    expect(await page.locator('.explanation figure svg[data-picture=slide]').count()).toBe(1);
    expect(await page.locator('.explanation figure svg[data-picture=slide]').evaluate(countAnimations)).toBeGreaterThan(
      0,
    );
  });

  it('runs on a picture with the bits of Node, and gives the results and the decoder away', async () => {
    await visit.openFiles(fixture('unet/dynamo/model.onnx'));
    await visit.tab('Run');
    await page.getByLabel('from').selectOption('picture');
    await page.locator('fieldset input[type=file]').setInputFiles(fixture('pictures/cells.png'));
    await page.getByLabel('the same bits on every machine').check();
    await visit.run();
    expect(await page.locator('.results figure').count()).toBe(2);
    expect(await page.locator('.results canvas').first().getAttribute('width')).toBe('256');
    await visit.tab('Export');
    await visit.idle();
    const results = await visit.saved('Results as .npz', folder);
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
    const decoder = await visit.saved('Decoder 1 as .onnx', folder);
    const samples = node('run', decoder, '--input', 'random', '--dim', 'N=1,H=32,W=48', '--output-npz', own);
    expect([samples.status, samples.stderr]).toEqual([0, '']);
    expect(array(own).dims).toEqual([1, 1, 32, 48]);
  });

  it('samples a generator with sliders', async () => {
    await visit.openExample(/VAE decoder/);
    await visit.tab('Run');
    await page.getByRole('button', { name: 'Sample' }).click();
    await page.locator('.results canvas').waitFor();
    await visit.idle();
    const pixels = () =>
      page.locator('.results canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const first = await pixels();
    await page.locator('input[type=range]').first().fill('2.5');
    await visit.idle();
    await page.waitForTimeout(100);
    expect(await pixels()).not.toBe(first);
    expect(page.url()).toMatch(/#example=digits$/);
  });

  it('runs on what the camera sees', async () => {
    await visit.openFiles(fixture('vae/torchscript/model.onnx'));
    await visit.tab('Run');
    await page.getByLabel('from').first().selectOption('camera');
    await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0);
    await page.getByRole('button', { name: 'Take and run' }).click();
    await page.locator('.results canvas').first().waitFor();
    await visit.idle();
    expect(await page.locator('.results > .notes').textContent()).toContain('float32[1, 1,');
  });

  it('finds layers by operator, name and shape, and shows the one that was chosen elsewhere', async () => {
    await visit.openFiles(fixture('twins/deeplabv3-mobilenetv3-256.onnx'));
    await visit.tab('Layers');
    const rows = page.locator('tbody tr');
    expect(await rows.count()).toBe(100);
    await page.getByLabel('search').fill('resi');
    await expect.poll(() => rows.locator('td:first-child').allTextContents()).toEqual(['Resize', 'Resize']);
    expect(await page.locator('.toolbar [role=status]').textContent()).toBe('2 of 158 nodes');
    await rows.last().getByRole('button').click();
    await visit.idle();
    const name = await page.locator('tr.chosen button').textContent();
    await page.getByLabel('search').fill('');
    await visit.tab('Drawing');
    await visit.tab('Layers');
    expect(await page.locator('tr.chosen button').textContent()).toBe(name);
    await expect.poll(() => page.locator('tr.chosen').evaluate(isInSight)).toBe(true);
  });

  it('takes a model and the file of its weights that are dropped together, or one after the other', async () => {
    const [model, weights] = ['model.onnx', 'weights.bin'].map((name) => fixture(`unet/external-data/${name}`));
    await visit.drop(model!, weights!);
    await page.locator('aside').waitFor();
    await visit.idle();
    expect(await page.locator('.missing').count()).toBe(0);
    await visit.drop(model!);
    await page.locator('.missing').waitFor();
    await visit.idle();
    expect(await page.locator('.missing').textContent()).toContain('weights.bin');
    await visit.drop(weights!);
    await page.locator('.missing').waitFor({ state: 'detached' });
    await visit.idle();
    await visit.drop(fixture('pictures/cells.png'));
    await visit.run();
    expect(await page.locator('.results figure').count()).toBe(2);
  });

  it('stops a run, and goes on in another worker; each model has one, and no memory of those before', async () => {
    const workers = () => page.workers().filter((worker) => worker.url().endsWith('page-worker.js')).length;
    await visit.openFiles(fixture('unet/dynamo/model.onnx'));
    await visit.setSize('H', '1024');
    await visit.setSize('W', '1024');
    await visit.tab('Run');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('it was stopped');
    for (const size of ['N', 'H', 'W']) await visit.setSize(size, '16');
    await visit.run();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.locator('.results h3').first().textContent()).toContain('[16, 1, 16, 16]');
    for (const name of ['vae/torchscript', 'dcgan/torchscript']) {
      await visit.openFiles(fixture(`${name}/model.onnx`));
      // The browser ends one that computes by force, after some seconds.
      await expect.poll(workers, { timeout: 20_000 }).toBe(1);
    }
  });

  it('opens another model while one is being opened, and says nothing of the first', async () => {
    const input = page.locator('label.button input[type=file]').first();
    await input.setInputFiles(fixture('twins/fcn-resnet50-256.onnx'));
    await visit.drop(fixture('vae/torchscript/model.onnx'));
    await page.locator('aside').waitFor();
    await visit.idle();
    expect(await page.locator('aside h2').textContent()).toBe('model.onnx');
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('goes on after a damaged file', async () => {
    const damaged = path.join(folder, 'damaged.onnx');
    writeFileSync(damaged, Buffer.from('08ff', 'hex'));
    await page.locator('label.button input[type=file]').first().setInputFiles(damaged);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/US1\d{3}/);
    await visit.openFiles(fixture('vae/torchscript/model.onnx'));
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.locator('aside h2').textContent()).toBe('model.onnx');
  });
});
