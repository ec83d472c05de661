import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transposedConvolutionPictures } from '../../../src/explain/picture/transposed.js';
import { transposedAxis } from '../../../src/explain/picture/transposed-drawing.js';
import type { ConvTransposeAxis } from '../../../src/ops/convolution/conv-transpose-geometry.js';
import { dilatePadConvolve } from '../../../src/ops/convolution/dilate-pad-convolve.js';
import { type GivenTransposed, transposed, twice } from '../../support/pictured-layers.js';
import {
  cellsOf,
  elementsOf,
  gridOf,
  numbersIn,
  parseXml,
  sizesAt,
  textOf,
  titleOf,
  withClass,
  type XmlElement,
} from '../../support/svg.js';

function draw(axes: readonly ConvTransposeAxis[], options?: Parameters<typeof transposedConvolutionPictures>[1]) {
  const pictures = transposedConvolutionPictures(axes.map(transposedAxis), options);
  return new Map(pictures.map(({ kind, svg }) => [kind, parseXml(svg)]));
}

/** Cells of each kind, in a grid. */
function counts(root: XmlElement, grid: string) {
  const kinds = ['in', 'between', 'around', 'added', 'out'] as const;
  const found = kinds.map((kind) => [kind, cellsOf(gridOf(root, grid), kind)] as const);
  return Object.fromEntries(found.filter(([, count]) => count > 0));
}

function crossedOut(root: XmlElement): number {
  return Number(withClass(gridOf(root, 'marked'), 'cut')[0]?.attributes.get('data-count') ?? 0);
}

const square = (given: GivenTransposed) => twice(transposed(given));

describe('a 3×3 input, kernel 3, stride 2, padding 1, output padding 1', () => {
  const pictures = draw(square({ input: 3, kernel: 3, stride: 2, padBegin: 1, padEnd: 1, tail: 1 }));

  it('is a picture for each step, and one that moves', () => {
    expect([...pictures.keys()]).toEqual(['dilate', 'pad', 'crop', 'convolve', 'slide']);
    expect([...pictures.values()].map((root) => titleOf(root))).toEqual([
      '1. Dilate: 1 zero between inputs',
      '2. Pad: 2 zeros on every side',
      '3. Crop: 1 off the start',
      '4. Convolve: the flipped 3×3 kernel at every position',
      'Transposed convolution, 3×3 → 6×6',
    ]);
  });

  it('has the cells of the steps', () => {
    expect(counts(pictures.get('dilate')!, 'input')).toEqual({ in: 9 });
    expect(counts(pictures.get('dilate')!, 'dilated')).toEqual({ in: 9, between: 16 });
    expect(counts(pictures.get('pad')!, 'padded')).toEqual({ in: 9, between: 16, around: 56 });
    expect(crossedOut(pictures.get('crop')!)).toBe(17);
    expect(counts(pictures.get('crop')!, 'cropped')).toEqual({ in: 9, between: 16, around: 39 });
    expect(counts(pictures.get('convolve')!, 'output')).toEqual({ out: 36 });
    expect(crossedOut(pictures.get('slide')!)).toBe(17);
  });

  it('writes the sizes at the axes', () => {
    expect(sizesAt(pictures.get('pad')!, 'padded')).toEqual(['2', '5', '2', '2', '5', '2']);
    expect(sizesAt(pictures.get('slide')!, 'marked')).toEqual(['1', '8', '1', '8']);
    expect(sizesAt(pictures.get('slide')!, 'output')).toEqual(['6', '6']);
  });

  it('names in the legend what is there, and no more', () => {
    const items = (kind: string) => withClass(pictures.get(kind)!, 'legend').map(textOf);
    expect(items('dilate')).toEqual(['inputzero between inputs']);
    expect(items('slide')).toEqual(['inputzero between inputszero aroundcroppedkerneloutput being computed']);
  });

  it('moves over all positions by steps, and rests where less motion is preferred', () => {
    const style = textOf([...elementsOf(pictures.get('slide')!)].find(({ name }) => name === 'style')!);
    expect(style).toMatch(/@media screen and \(prefers-reduced-motion:no-preference\)\{@keyframes/);
    expect(style.match(/steps\(6,end\) infinite/g)).toHaveLength(4);
    expect(style).not.toContain('<');
    const still = textOf([...elementsOf(pictures.get('convolve')!)].find(({ name }) => name === 'style')!);
    expect(still).not.toContain('@keyframes');
  });
});

it('says what a step has nothing to do for', () => {
  const titles = [...draw(square({ input: 2, kernel: 1 })).values()].map((root) => titleOf(root));
  expect(titles.slice(0, 3)).toEqual([
    '1. Dilate: nothing to do at stride 1',
    '2. Pad: nothing to do for a kernel of one',
    '3. Crop: nothing to do, the layer has no padding',
  ]);
});

it('has for a dilated kernel only its elements', () => {
  const root = draw([transposed({ input: 3, kernel: 3, dilation: 2 })]).get('convolve')!;
  expect(withClass(root, 'tap')).toHaveLength(3 + 1);
  expect(textOf(withClass(root, 'legend')[0]!)).toContain('element of the dilated kernel');
});

it('shows what an output size adds at the end, and crosses that out with the rows that are cropped', () => {
  const axes = [
    transposed({ input: 3, kernel: 3, padBegin: 2, padEnd: 1 }),
    transposed({ input: 2, kernel: 2, tail: 2 }),
  ];
  const pictures = draw(axes);
  const crop = pictures.get('crop')!;
  expect(titleOf(crop)).toBe('3. Crop: 2×0 off the start, 1×0 off the end, 0×2 added at the end (height×width)');
  expect(counts(crop, 'marked')).toMatchObject({ added: 14 });
  expect(counts(crop, 'cropped')).toMatchObject({ added: 8 });
});

it('computes the numbers: a 2×2 input and a 2×2 kernel at stride 2, padding 1', () => {
  const values = { input: [1, 2, 3, 4], kernel: [10, 20, 30, 40] };
  const pictures = draw(square({ input: 2, kernel: 2, stride: 2, padBegin: 1 }), { values });
  expect(numbersIn(pictures.get('dilate')!, 'dilated')).toEqual(['1', '0', '2', '0', '0', '0', '3', '0', '4']);
  expect(numbersIn(pictures.get('convolve')!, 'output')).toEqual(['40', '60', '60', '40']);
  const weights = withClass(pictures.get('convolve')!, 'window')[0]!.children.flatMap((child) =>
    typeof child !== 'string' && child.name === 'text' ? [textOf(child)] : [],
  );
  expect(weights).toEqual(['40', '30', '20', '10']);
});

it('draws a large layer with what it leaves out and its own numbers', () => {
  const root = draw(square({ input: 64, kernel: 4, stride: 2, padBegin: 1 })).get('slide')!;
  expect(sizesAt(root, 'marked')).toEqual(['1', '131', '1', '1', '131', '1']);
  expect(sizesAt(root, 'output')).toEqual(['128', '128']);
  expect(textOf(root)).toContain('stands for rows and columns that are left out');
  expect(numbersIn(root, 'output')).toContain('⋱');
});

it('says of a kernel that is too large that it is not to scale', () => {
  const root = draw(square({ input: 16, kernel: 64, stride: 32, padBegin: 16 })).get('pad')!;
  expect(sizesAt(root, 'padded')).toEqual(['63', '481', '63', '63', '481', '63']);
  expect(textOf(root)).toContain('Not to scale');
});

it('draws the last two of three axes and says so', () => {
  const axes = [transposed({ input: 9, kernel: 1 }), ...square({ input: 2, kernel: 2 })];
  const root = draw(axes).get('slide')!;
  expect(counts(root, 'output')).toEqual({ out: 9 });
  expect(textOf(root)).toContain('Of 3 axes the last two are drawn.');
});

it('takes any name as text', () => {
  const name = `</text><script>alert(1)</script>&\u0000\u202e"\ud800\ufffe${'x'.repeat(200)}`;
  for (const root of draw(square({ input: 2, kernel: 2 }), { name }).values()) {
    expect([...elementsOf(root)].map((element) => element.name)).not.toContain('script');
    expect(textOf(root)).toContain('</text><script>alert(1)</script>&\\x00');
    expect(textOf(root)).not.toContain('x'.repeat(100));
  }
});

it.each(['auto', 'light', 'dark', 'print'] as const)('has the theme %s', (theme) => {
  const svg = transposedConvolutionPictures(square({ input: 2, kernel: 2 }).map(transposedAxis), { theme }).at(-1)!.svg;
  expect(svg.includes('prefers-color-scheme')).toBe(theme === 'auto');
  expect(svg.includes('@keyframes')).toBe(theme !== 'print');
});

const anyAxis = fc
  .record({
    input: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(33, 1000, 1e9)),
    kernel: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(16, 64, 1e6)),
    stride: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(8, 32, 1e6)),
    dilation: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom(12, 1000)),
    padBegin: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(31, 1e6)),
    padEnd: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(15, 1e6)),
    tail: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(40, 1e6)),
  })
  .map(transposed)
  .filter(({ output }) => output >= 0);

it('draws any geometry: well-formed, described, below 60 KB, its whole cells those of the plan', () => {
  fc.assert(
    fc.property(fc.array(anyAxis, { minLength: 1, maxLength: 3 }), (axes) => {
      const pictures = transposedConvolutionPictures(axes.map(transposedAxis), { name: 'up1 (ConvTranspose)' });
      const plan = dilatePadConvolve({ batch: 1, inputChannels: 1, outputChannels: 1, group: 1, axes }).axes.slice(-2);
      for (const { svg, kind } of pictures) {
        expect(svg.length).toBeLessThan(60_000);
        const root = parseXml(svg);
        expect(root.attributes.get('role')).toBe('img');
        expect(root.children.slice(0, 2).map((child) => typeof child !== 'string' && child.name)).toEqual([
          'title',
          'desc',
        ]);
        const isWhole = !/left out|Not to scale/.test(textOf(root));
        if (kind !== 'slide' || !isWhole) continue;
        const product = (pick: (axis: (typeof plan)[number]) => number) =>
          plan.reduce((all, axis) => all * pick(axis), 1);
        expect(cellsOf(gridOf(root, 'output'), 'out')).toBe(product(({ output }) => output));
        expect(cellsOf(gridOf(root, 'marked'), 'in')).toBe(product(({ input }) => input));
        expect(crossedOut(root)).toBe(
          product(({ padded, addEnd }) => padded + addEnd) - product(({ cropped }) => cropped),
        );
      }
    }),
    { numRuns: 25 },
  );
});
