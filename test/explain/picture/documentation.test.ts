/** The pictures of docs/transposed-convolution.md: made by `npm run docs`, and current. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainByHand } from '../../../src/explain/by-hand.js';
import { picturesOf } from '../../../src/explain/picture/pictures.js';
import { unpoolPicture } from '../../../src/explain/picture/unpool.js';
import { windowPictures } from '../../../src/explain/picture/window.js';
import { slid, twice } from '../../support/pictured-layers.js';
import { parseXml, titleOf } from '../../support/svg.js';

const docs = path.join(import.meta.dirname, '../../../docs');

interface ByHand {
  readonly input: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly outputPadding?: number;
}

/** As `unstride explain --input … --kernel …` does, square. */
function drawn(kind: string, { input, kernel, stride = 1, padding = 0, outputPadding = 0 }: ByHand): string {
  const layer = {
    input: twice(input),
    kernel: twice(kernel),
    stride: twice(stride),
    dilation: twice(1),
    padding: twice(padding),
    paddingWord: undefined,
    outputPadding: twice(outputPadding),
    outputShape: undefined,
  };
  return picturesOf(explainByHand(layer, 'pytorch')).find((picture) => picture.kind === kind)!.svg;
}

const worked: ByHand = { input: 2, kernel: 2, stride: 2, padding: 1 };
const unpooled = { kernel: 2, stride: 2, padBegin: 0, padEnd: 0, input: 2, output: 4, sizes: { input: 2, output: 4 } };

const pictures = new Map<string, string>([
  ['convolution', windowPictures('Convolution', twice(slid({ input: 4, kernel: 3 })))[0]!.svg],
  ['stride-1', drawn('slide', { input: 2, kernel: 2 })],
  ['stride-2', drawn('slide', { input: 2, kernel: 2, stride: 2 })],
  ['stride-2-padding-1', drawn('slide', worked)],
  ...['dilate', 'pad', 'crop', 'convolve'].map((kind) => [kind, drawn(kind, worked)] as const),
  // Relationships 8 to 14 of Dumoulin and Visin, with the sizes of their figures.
  ['relationship-8', drawn('slide', { input: 2, kernel: 3 })],
  ['relationship-9', drawn('slide', { input: 6, kernel: 4, padding: 2 })],
  ['relationship-10', drawn('slide', { input: 5, kernel: 3, padding: 1 })],
  ['relationship-11', drawn('slide', { input: 7, kernel: 3, padding: 2 })],
  ['relationship-12', drawn('slide', { input: 2, kernel: 3, stride: 2 })],
  ['relationship-13', drawn('slide', { input: 3, kernel: 3, stride: 2, padding: 1 })],
  ['relationship-14', drawn('slide', { input: 3, kernel: 3, stride: 2, padding: 1, outputPadding: 1 })],
  ['overlap-uneven', drawn('overlap', { input: 4, kernel: 3, stride: 2 })],
  ['overlap-even', drawn('overlap', { input: 4, kernel: 4, stride: 2, padding: 1 })],
  ['unpool', unpoolPicture(twice(unpooled)).svg],
]);

describe('docs/pictures', () => {
  it.each([...pictures])('%s.svg is current', async (name, svg) => {
    parseXml(svg);
    expect(svg.length).toBeLessThan(60_000);
    await expect(svg).toMatchFileSnapshot(path.join(docs, 'pictures', `${name}.svg`));
  });

  it('are all shown, with what they show in words', () => {
    const page = readFileSync(path.join(docs, 'transposed-convolution.md'), 'utf8');
    const shown = [...page.matchAll(/!\[([^\]]{20,})\]\(pictures\/([\w-]+)\.svg\)/g)].map(([, , name]) => name);
    expect(shown.sort()).toEqual([...pictures.keys()].sort());
  });

  it('has none that is not made here', () => {
    const known = new Set([...pictures.keys()].map((name) => `${name}.svg`));
    const others = ['unet.svg', 'page.png'];
    const files = readdirSync(path.join(docs, 'pictures')).filter((file) => !others.includes(file));
    expect(files.filter((file) => !known.has(file))).toEqual([]);
  });

  it.each([
    ['relationship-8', '2×2 → 4×4'],
    ['relationship-9', '6×6 → 5×5'],
    ['relationship-10', '5×5 → 5×5'],
    ['relationship-11', '7×7 → 5×5'],
    ['relationship-12', '2×2 → 5×5'],
    ['relationship-13', '3×3 → 5×5'],
    ['relationship-14', '3×3 → 6×6'],
  ])('%s has the sizes of the figure: %s', (name, sizes) => {
    expect(titleOf(parseXml(pictures.get(name)!))).toBe(`Transposed convolution, ${sizes}`);
  });
});
