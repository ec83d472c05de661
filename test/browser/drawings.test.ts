/**
 * Drawings as a browser shows them: texts lie on no other text, on no box that is not theirs and on no arrow, and nothing is
 * outside of the picture.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draw } from '../../src/draw/draw.js';
import { emptyMetadata, type Model } from '../../src/ir/graph.js';
import { registerAllOperators } from '../../src/ops/index.js';
import { openModel } from '../../src/runtime/open.js';
import { branches, nestedUnet, pyramid, streams, unet } from '../draw/architectures.js';
import { readFixture } from '../support/fixtures.js';
import { isAbsent, onnxTests, realModels, titleFor } from '../support/shared-data.js';
import { chromiumFile } from './chromium.js';

const title =
  chromiumFile === undefined
    ? 'drawings in Chromium: skipped, there is none on the PATH, and UNSTRIDE_CHROMIUM names none'
    : 'drawings in Chromium';
if (chromiumFile === undefined) console.warn(title);

/** What is wrong with the drawing that the page shows; run in the page. */
function faultsInPage(): string[] {
  interface Area {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }
  const svg = document.querySelector('svg')!;
  const faults: string[] = [];
  const slack = 0.5;
  const meets = (a: Area, b: Area) =>
    a.x + a.width > b.x + slack &&
    b.x + b.width > a.x + slack &&
    a.y + a.height > b.y + slack &&
    b.y + b.height > a.y + slack;
  // The box of a text has room above and below its letters.
  const texts = [...svg.querySelectorAll('text')].map((element) => {
    const { x, y, width, height } = element.getBBox();
    const area = { x, y: y + height * 0.18, width, height: height * 0.64 };
    return { words: element.textContent ?? '', area, isInside: element.classList.contains('inside') };
  });
  const picture = svg.viewBox.baseVal;
  for (const { words, area } of texts) {
    const { x, y, width, height } = area;
    if (x < 0 || y < 0 || x + width > picture.width || y + height > picture.height) faults.push(`outside: ${words}`);
  }
  for (const [i, a] of texts.entries())
    for (const b of texts.slice(i + 1)) if (meets(a.area, b.area)) faults.push(`'${a.words}' is on '${b.words}'`);
  const outlines = [...svg.querySelectorAll<SVGGraphicsElement>('.outline')].map((element) => element.getBBox());
  for (const [i, a] of outlines.entries()) {
    if (outlines.slice(i + 1).some((b) => meets(a, b))) faults.push(`box ${i} is on another`);
    for (const { words, area, isInside } of texts)
      if (!isInside && meets(a, area)) faults.push(`'${words}' is on box ${i}`);
  }
  for (const line of svg.querySelectorAll<SVGGeometryElement>('.arrow path')) {
    const length = line.getTotalLength();
    for (let at = 0; at <= length; at += 3) {
      const { x, y } = line.getPointAtLength(at);
      const on = texts.find(
        ({ area }) => x > area.x && x < area.x + area.width && y > area.y && y < area.y + area.height,
      );
      const box = outlines.findIndex(
        (area) => x > area.x + 1 && x < area.x + area.width - 1 && y > area.y + 1 && y < area.y + area.height - 1,
      );
      if (on !== undefined) faults.push(`an arrow crosses '${on.words}'`);
      if (box >= 0) faults.push(`an arrow crosses box ${box}`);
      if (on !== undefined || box >= 0) break;
      if (x < 0 || y < 0 || x > picture.width || y > picture.height) faults.push('an arrow leaves the picture');
    }
  }
  return faults;
}

describe.skipIf(chromiumFile === undefined)(title, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    registerAllOperators();
    browser = await chromium.launch({ executablePath: chromiumFile! });
    page = await browser.newPage();
  });
  afterAll(() => browser?.close());

  async function faultsOf(model: Model, options: Parameters<typeof draw>[1] = {}): Promise<string[]> {
    const { text, network } = await draw(model, options);
    await page.setContent(text);
    const arrows = await page.locator('.arrow[data-from]:not([data-from="-1"])').count();
    const isTable = options.style === 'table';
    const missing = !isTable && arrows !== network.edges.length ? [`${arrows} arrows of ${network.edges.length}`] : [];
    return [...missing, ...(await page.evaluate(faultsInPage))];
  }

  const open = async (file: string) => (await openModel(file)).model;
  const modelOf = (graph: Model['graph']): Model => ({
    graph,
    irVersion: 10,
    opsets: new Map([['', 22]]),
    producer: { name: '', version: '' },
    metadata: emptyMetadata,
  });

  it.each([
    'unet/dynamo',
    'unet/valid-torchscript',
    'fcn8s/torchscript',
    'segnet/dynamo',
    'vae/dynamo',
    'vae/decoder-dynamo',
    'dcgan/torchscript',
  ])('%s, in every style and at every level of detail', async (name) => {
    const model = await open(path.join(readFixture(name).folder, 'model.onnx'));
    for (const style of ['u', 'flow', 'table'] as const)
      for (const levelOfDetail of ['blocks', 'layers'] as const)
        expect(await faultsOf(model, { style, levelOfDetail }), `${style} ${levelOfDetail}`).toEqual([]);
    expect(await faultsOf(model, { color: 'macs', theme: 'dark' })).toEqual([]);
  });

  it.each([
    ['U-Net++', nestedUnet(5)],
    ['FPN', pyramid()],
    ['streams', streams()],
    ['1-D', unet(1)],
    ['3-D', unet(3)],
    ['branches', branches(20, 3)],
  ])('%s', async (_, graph) => {
    for (const style of ['u', 'flow'] as const) expect(await faultsOf(modelOf(graph), { style }), style).toEqual([]);
  });

  const real = isAbsent(realModels) ? [] : readdirSync(realModels);
  it.skipIf(real.length === 0)(titleFor('real models', realModels), async () => {
    for (const name of real)
      expect(await faultsOf(await open(path.join(realModels, name, 'model.onnx'))), name).toEqual([]);
  });

  const ten = [
    'simple/test_expand_shape_model1',
    'node/test_convtranspose_pad',
    'node/test_lstm_defaults',
    'node/test_layer_normalization_2d_axis0_expanded',
    'node/test_if',
    'node/test_attention_4d_expanded',
    'node/test_gelu_default_1_expanded',
    'node/test_resize_upsample_scales_nearest',
    'pytorch-operator/test_operator_maxpool',
    'pytorch-operator/test_operator_concat2',
  ];
  it.skipIf(isAbsent(onnxTests))(titleFor("graphs of ONNX's tests", onnxTests), async () => {
    for (const name of ten) {
      const file = path.join(onnxTests, name, 'model.onnx');
      expect(existsSync(file), name).toBe(true);
      expect(await faultsOf(await open(file)), name).toEqual([]);
    }
  });
});
