/** The drawings of layers as Chromium sets them: no text lies on another or outside, whatever the system's font is. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainByHand } from '../../src/explain/by-hand.js';
import type { LayerPicture } from '../../src/explain/picture/document.js';
import { overlapPicture } from '../../src/explain/picture/overlap.js';
import { explanationPage } from '../../src/explain/picture/page.js';
import { picturesOf } from '../../src/explain/picture/pictures.js';
import { resizePicture } from '../../src/explain/picture/resize.js';
import { transposedConvolutionPictures } from '../../src/explain/picture/transposed.js';
import { type TransposedAxis, transposedAxis } from '../../src/explain/picture/transposed-drawing.js';
import { unpoolPicture } from '../../src/explain/picture/unpool.js';
import { windowPictures } from '../../src/explain/picture/window.js';
import { type GivenTransposed, slid, transposed, twice } from '../support/pictured-layers.js';
import { chromiumFile } from './chromium.js';

const title = chromiumFile === undefined ? 'in Chromium: skipped, there is none on the PATH' : 'in Chromium';
// Reporters count what is skipped, and do not show why.
if (chromiumFile === undefined) console.warn(title);

const square = (given: GivenTransposed) => twice(transposedAxis(transposed(given)));
const byHand = (input: number, kernel: number, stride: number, padding: number) => {
  const sizes = { input: twice(input), kernel: twice(kernel), stride: twice(stride), padding: twice(padding) };
  const layer = {
    ...sizes,
    dilation: [1, 1],
    paddingWord: undefined,
    outputPadding: undefined,
    outputShape: undefined,
  };
  return picturesOf(explainByHand(layer, 'pytorch'));
};

/** Sizes as a model with open ones has them. */
function open(axis: TransposedAxis): TransposedAxis {
  const sizes = { input: 'H', dilated: '2*H - 1', padded: '2*H + 5', cropped: '2*H + 3', output: '2*H' };
  return { ...axis, sizes: { ...axis.sizes, ...sizes } };
}

const sizes = (input: number, output: number) => ({ input, output, sizes: { input, output } });
const halfPixel = { operator: 'Resize', mode: 'linear', coordinates: 'half_pixel' };
const samples = Array.from({ length: 6 }, (_, output) => ({
  output,
  position: output / 2 - 0.25,
  reads: [{ input: Math.floor(output / 2), weight: 1 }],
}));

const pictures: readonly LayerPicture[] = [
  ...byHand(2, 2, 2, 1),
  ...byHand(3, 3, 2, 1),
  ...byHand(5, 3, 1, 1),
  ...transposedConvolutionPictures(square({ input: 64, kernel: 4, stride: 2, padBegin: 1 }), { name: 'up1' }),
  ...transposedConvolutionPictures(square({ input: 640, kernel: 16, stride: 8, padBegin: 4 })),
  ...transposedConvolutionPictures(twice(open(square({ input: 5040, kernel: 4, stride: 2, padBegin: 1 })[0]))),
  ...transposedConvolutionPictures([
    transposedAxis(transposed({ input: 3, kernel: 3, padBegin: 2, padEnd: 1 })),
    transposedAxis(transposed({ input: 4, kernel: 2, stride: 3, dilation: 2, padEnd: 2, tail: 3 })),
  ]),
  ...transposedConvolutionPictures([transposedAxis(transposed({ input: 5, kernel: 4, stride: 2, padBegin: 1 }))], {
    values: { input: [1, 2, 3, 4, 5], kernel: [1, -2, 3, 0.25] },
  }),
  overlapPicture(square({ input: 64, kernel: 3, stride: 2 }), 'neighboring outputs differ')!,
  overlapPicture([transposedAxis(transposed({ input: 512, kernel: 31, stride: 1, padBegin: 15 }))], 'all alike')!,
  ...windowPictures('Conv', twice(slid({ input: 224, kernel: 7, stride: 2, padBegin: 3 }))),
  ...windowPictures('MaxPool', [slid({ input: 7, kernel: 2, stride: 2, output: 4 })]),
  unpoolPicture(twice({ kernel: 2, stride: 2, padBegin: 0, padEnd: 0, ...sizes(3, 6) })),
  unpoolPicture(twice({ kernel: 2, stride: 2, padBegin: 0, padEnd: 0, ...sizes(1024, 2048) })),
  resizePicture(halfPixel, twice({ ...sizes(64, 128), samples }))!,
];

/** Texts of a drawing that lie on one another or outside. */
function faultsOf(svg: Element): string[] {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].map((element) => ({
    text: element.textContent ?? '',
    box: element.getBoundingClientRect(),
  }));
  const outside = texts.filter(
    ({ box }) => box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom,
  );
  const over = texts.flatMap((a, i) =>
    texts
      .slice(i + 1)
      .filter(({ box }) => {
        const width = Math.min(a.box.right, box.right) - Math.max(a.box.left, box.left);
        const height = Math.min(a.box.bottom, box.bottom) - Math.max(a.box.top, box.top);
        // Boxes are as high as the font; letters and digits leave a seventh of it free.
        return width > 0.5 && height > Math.min(a.box.height, box.height) / 7;
      })
      .map(({ text }) => `'${a.text}' on '${text}'`),
  );
  return [...outside.map(({ text }) => `'${text}' outside`), ...over];
}

describe.skipIf(chromiumFile === undefined)(title, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumFile! });
    page = await browser.newPage({ reducedMotion: 'reduce' });
  });
  afterAll(() => browser.close());

  it('has every text at a place of its own', async () => {
    await page.setContent(pictures.map(({ svg }) => svg).join(''));
    const faults = await page.$$eval(
      'svg',
      (list, code) => {
        const find = new Function(`return (${code})`)() as (svg: Element) => string[];
        return list.map((svg, i) => find(svg).map((fault) => `${i}: ${svg.getAttribute('data-picture')}: ${fault}`));
      },
      faultsOf.toString(),
    );
    expect(faults).toHaveLength(pictures.length);
    expect(faults.flat()).toEqual([]);
  });

  it('moves where motion is welcome, and rests where it is not', async () => {
    const moving = async (reducedMotion: 'reduce' | 'no-preference') => {
      await page.emulateMedia({ reducedMotion });
      await page.setContent(pictures[5]!.svg);
      return page.evaluate(() => document.getAnimations().length);
    };
    expect(pictures[5]!.kind).toBe('slide');
    expect(await moving('no-preference')).toBe(4);
    expect(await moving('reduce')).toBe(0);
  });

  it.each([375, 1280])('has a page that fits a window of %d pixels', async (width) => {
    const words = `out = (in − 1)·stride − 2·padding + kernel ${'and more '.repeat(20)}`;
    await page.setViewportSize({ width, height: 800 });
    await page.setContent(explanationPage('a/long/name/'.repeat(20), [{ heading: 'up1', words, pictures }]));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});
