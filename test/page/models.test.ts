/** Models of many kinds on the page, one after another in one visit; and what is damaged or means harm. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpz } from '../../src/files/npz.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { chromiumFile } from '../browser/chromium.js';
import { cases, isAbsent, realModels, titleFor, zooModels } from '../support/shared-data.js';
import { packagedPage, ViewCommand } from './built-page.js';
import { Visit } from './visit.js';

const title = chromiumFile === undefined ? 'models on the page: skipped, there is no Chromium on the PATH' : 'models';
// Reporters count what is skipped, and do not show why.
if (chromiumFile === undefined) console.warn(title);

const root = path.join(import.meta.dirname, '..', '..');
const fixtures = path.join(root, 'fixtures');

/** Set in soaks: every model, and each is run. */
const isSoak = process.env['UNSTRIDE_SOAK_MODELS'] === '1';

function modelsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.onnx')).sort();
}

/** What those that other tests open are not: of a language, of windows, of float16, of Keras. */
const some = [
  'clients/tiny-bert/onnx/model.onnx',
  'fcn8s/grouped-torchscript/model.onnx',
  'lookalikes/swinunetr.torchscript.onnx',
  'unet/float16/model.onnx',
  'unet/keras/model.onnx',
];

/** Run as well: a network with indices. */
const run = ['segnet/odd-torchscript/model.onnx'];

/** Of models of others, those that take no longer than others to open. */
const mostBytes = 150_000;

/** Some of the cases that are about limits; in soaks all of them that are models. */
const harm = [
  'concat-of-50000',
  'constant-matmuls',
  'line-break-in-a-symbol',
  'operator-named-proto',
  'symbolic-text-bomb',
];

function harmful(): string[] {
  if (isAbsent(cases)) return [];
  const names = readdirSync(cases).filter((name) => existsSync(path.join(cases, name, 'model.onnx')));
  return isSoak ? names : names.filter((name) => harm.includes(name));
}

/** In the page: `H=256`. */
function sizesGiven(rows: readonly Element[]): string[] {
  return rows.map((row) => `${row.querySelector('label')?.textContent}=${row.querySelector('input')?.value}`);
}

function bytesOf(tensor: Pick<Tensor, 'data'> | undefined): Buffer {
  const data = tensor?.data;
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.alloc(0);
}

describe.skipIf(chromiumFile === undefined)(title, () => {
  let dist = '';
  let view: ViewCommand;
  let browser: Browser;
  let visit: Visit;
  const folder = mkdtempSync(path.join(tmpdir(), 'unstride-models-'));

  beforeAll(async () => {
    dist = await packagedPage();
    view = await ViewCommand.start(dist);
    browser = await chromium.launch({ executablePath: chromiumFile! });
    visit = await Visit.start(browser, view.address);
  });
  afterAll(async () => {
    await visit.end();
    await browser.close();
    await view.stop();
    rmSync(folder, { recursive: true });
  });

  /** @returns what went wrong, in the page's words; empty where it is open and drawn */
  const opening = async (file: string): Promise<string> => {
    const weights = path.join(path.dirname(file), 'weights.bin');
    const input = visit.page.locator('label.button input[type=file]').first();
    await input.setInputFiles([file, ...(existsSync(weights) ? [weights] : [])]);
    await visit.idle();
    const alert = visit.page.getByRole('alert');
    if ((await alert.count()) > 0) return (await alert.textContent()) ?? '';
    return (await visit.page.locator('.stage .box').count()) > 0 ? '' : 'nothing is drawn';
  };

  it('are opened and drawn, each after the other', async () => {
    const faults: string[] = [];
    for (const name of isSoak ? modelsBelow(fixtures) : some) {
      const fault = await opening(path.join(fixtures, name));
      if (fault !== '') faults.push(`${name}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });

  it.each([
    [titleFor('real ones', realModels), realModels],
    [titleFor('of a zoo', zooModels), zooModels],
  ])('are opened and drawn: %s', async (_, of) => {
    const faults: string[] = [];
    const isWanted = (name: string) => isSoak || statSync(path.join(of, name)).size < mostBytes;
    for (const name of modelsBelow(of).filter(isWanted)) {
      const fault = await opening(path.join(of, name));
      if (fault !== '') faults.push(`${name}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });

  it.each(isSoak ? modelsBelow(fixtures).filter((name) => !name.startsWith('twins/')) : run)(
    'has the bits of Node: %s',
    async (name) => {
      const file = path.join(fixtures, name);
      expect(await opening(file)).toBe('');
      const { page } = visit;
      const legal = page.getByRole('button', { name: 'Legal sizes' });
      if ((await legal.count()) > 0) await legal.click();
      await visit.idle();
      expect(await page.locator('.finding.error, .broken').count()).toBe(0);
      const sizes = await page.locator('div.size').evaluateAll(sizesGiven);
      await visit.tab('Run');
      for (const select of await page.getByLabel('from').all()) await select.selectOption('random');
      await page.getByLabel('the same bits on every machine').check();
      await visit.run();
      await visit.tab('Export');
      const [made, own] = [await visit.saved('Results as .npz', folder), path.join(folder, 'own.npz')];
      const options = ['--precision', 'strict', '--seed', '0', '--output-npz', own];
      const dims = sizes.flatMap((size) => ['--dim', size]);
      const args = [path.join(dist, 'cli.js'), 'run', file, '--input', 'random', ...dims, ...options];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, expect.any(String)]);
      const [there, here] = [made, own].map((npz) => readNpz(readFileSync(npz), () => true));
      expect([...there!.keys()]).toEqual([...here!.keys()]);
      for (const [output, tensor] of here!) {
        const other = there!.get(output);
        expect(other?.dims).toEqual(tensor.dims);
        expect(bytesOf(other).equals(bytesOf(tensor)), output).toBe(true);
      }
    },
  );

  it(titleFor('that show a fault or mean harm end in a message, or are shown', cases), async () => {
    const faults: string[] = [];
    for (const name of harmful()) {
      const words = await opening(path.join(cases, name, 'model.onnx'));
      if (/A fault of|Stopped/.test(words)) faults.push(`${name}: ${words}`);
    }
    expect(faults).toEqual([]);
    expect(await opening(path.join(fixtures, 'vae/torchscript/model.onnx'))).toBe('');
  });

  // The second takes as much memory as the page lets a run have.
  it.skipIf(isAbsent(cases)).each(['stride-of-2-to-31', ...(isSoak ? ['loop-doubles-its-state'] : [])])(
    'that take too much when they run end in a message: %s',
    async (name) => {
      expect(await opening(path.join(cases, name, 'model.onnx'))).toBe('');
      await visit.tab('Run');
      await visit.page.getByRole('button', { name: 'Run', exact: true }).click();
      await visit.page.getByRole('alert').waitFor();
      expect(await visit.page.getByRole('alert').textContent()).toContain('US2011');
    },
  );

  it.skipIf(isAbsent(cases))('runs end in a message on a picture that claims to be larger than it is', async () => {
    expect(await opening(path.join(fixtures, 'unet/torchscript/model.onnx'))).toBe('');
    await visit.drop(path.join(cases, 'jpeg-that-claims', 'claims.jpg'));
    await visit.page.getByRole('button', { name: 'Run', exact: true }).click();
    await visit.page.getByRole('alert').waitFor();
    expect(await visit.page.getByRole('alert').textContent()).toContain('US2005');
  });

  it('that are damaged end in a message', async () => {
    const whole = readFileSync(path.join(fixtures, 'vae/torchscript/model.onnx'));
    const cut = [1, 3, 7].map((part) => whole.subarray(0, (whole.length * part) / 8));
    const contents = [Buffer.alloc(0), Buffer.from('version https://git-lfs.github.com/spec/v1\n'), ...cut];
    for (const content of contents) {
      const file = path.join(folder, 'damaged.onnx');
      writeFileSync(file, content);
      expect(await opening(file)).toMatch(/US1\d{3}/);
    }
    expect(await opening(path.join(fixtures, 'vae/torchscript/model.onnx'))).toBe('');
  });
});
