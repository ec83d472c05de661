import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type SlidAxis, windowPictures } from '../../../src/explain/picture/window.js';
import { type GivenWindow, slid, twice } from '../../support/pictured-layers.js';
import { cellsOf, elementsOf, gridOf, parseXml, sizesAt, textOf, titleOf, withClass } from '../../support/svg.js';

function draw(axes: readonly SlidAxis[]) {
  return new Map(windowPictures('Conv', axes, { name: 'down1' }).map(({ kind, svg }) => [kind, parseXml(svg)]));
}

const square = (given: GivenWindow) => twice(slid(given));

it('slides a window over the padded input by the stride, and crosses out what none reads', () => {
  const pictures = draw(square({ input: 6, kernel: 3, stride: 2, padBegin: 1 }));
  expect([...pictures.keys()]).toEqual(['pad', 'slide']);
  const root = pictures.get('slide')!;
  expect(titleOf(root)).toBe('down1: Conv, 6×6 → 3×3');
  expect(textOf(root)).toContain('window 3×3, stride 2, padding 1');
  expect(cellsOf(gridOf(root, 'padded'), 'in')).toBe(36);
  expect(cellsOf(gridOf(root, 'padded'), 'around')).toBe(28);
  expect(withClass(gridOf(root, 'padded'), 'cut')[0]!.attributes.get('data-count')).toBe('15');
  expect(cellsOf(gridOf(root, 'output'), 'out')).toBe(9);
  const style = textOf([...elementsOf(root)].find(({ name }) => name === 'style')!);
  const cell = Number(withClass(root, 'down')[0]!.attributes.get('data-cell'));
  // By the stride over the input, by one over the output.
  expect(style).toContain(`to{transform:translateX(${3 * 2 * cell}px)}`);
  expect(style).toContain(`to{transform:translateX(${3 * cell}px)}`);
});

it('has no step for padding where there is none', () => {
  expect([...draw(square({ input: 4, kernel: 2, stride: 2 })).keys()]).toEqual(['slide']);
});

it('shows what the last window of ceil mode reads beyond the padding', () => {
  const root = draw([slid({ input: 7, kernel: 2, stride: 2, output: 4 })]).get('slide')!;
  expect(cellsOf(gridOf(root, 'padded'), 'added')).toBe(1);
  expect(textOf(root)).toContain('beyond the padding');
});

it('leaves out whole strides of a large input, so that what is left over is as in the layer', () => {
  const root = draw(square({ input: 224, kernel: 7, stride: 2, padBegin: 3 })).get('slide')!;
  expect(sizesAt(root, 'padded')).toEqual(['3', '224', '3', '3', '224', '3']);
  expect(sizesAt(root, 'output')).toEqual(['112', '112']);
  expect(withClass(gridOf(root, 'padded'), 'cut')).toHaveLength(1);
  expect(textOf(root)).not.toContain('Not to scale');
});

it('draws any window: well-formed, below 60 KB, whole ones with all their cells', () => {
  const axis = fc
    .record({
      input: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(224, 1e9)),
      kernel: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(16, 1e6)),
      stride: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(16, 1e6)),
      dilation: fc.constantFrom(1, 2, 50),
      padBegin: fc.constantFrom(0, 1, 3, 1e6),
      padEnd: fc.constantFrom(0, 2, 1e6),
    })
    .map(slid)
    .filter(({ geometry }) => geometry.output >= 1);
  fc.assert(
    fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), (axes) => {
      const pictures = windowPictures('MaxPool', axes);
      for (const { svg } of pictures) expect(svg.length).toBeLessThan(60_000);
      const root = parseXml(pictures.at(-1)!.svg);
      if (/left out|Not to scale/.test(textOf(root))) return;
      const product = (pick: (axis: SlidAxis['geometry']) => number) =>
        axes.slice(-2).reduce((all, { geometry }) => all * pick(geometry), 1);
      expect(cellsOf(gridOf(root, 'padded'), 'in')).toBe(product(({ input }) => input));
      expect(cellsOf(gridOf(root, 'output'), 'out')).toBe(product(({ output }) => output));
    }),
    { numRuns: 40 },
  );
});
