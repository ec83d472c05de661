import fc from 'fast-check';
import { expect, it } from 'vitest';
import { overlapPicture } from '../../../src/explain/picture/overlap.js';
import { transposedAxis } from '../../../src/explain/picture/transposed-drawing.js';
import type { ConvTransposeAxis } from '../../../src/ops/convolution/conv-transpose-geometry.js';
import { scatter } from '../../../src/ops/convolution/scatter.js';
import { transposed, twice } from '../../support/pictured-layers.js';
import { cellsOf, gridOf, numbersIn, parseXml, sizesAt, textOf } from '../../support/svg.js';

function draw(axes: readonly ConvTransposeAxis[]) {
  return parseXml(overlapPicture(axes.map(transposedAxis), 'a checkerboard')!.svg);
}

it('writes how many inputs reach each output', () => {
  const root = draw(twice(transposed({ input: 2, kernel: 3, stride: 2 })));
  // biome-ignore format: a picture
  expect(numbersIn(root, 'overlap').map(Number)).toEqual([
    1, 1, 2, 1, 1,
    1, 1, 2, 1, 1,
    2, 2, 4, 2, 2,
    1, 1, 2, 1, 1,
    1, 1, 2, 1, 1,
  ]);
  expect(textOf(root)).toContain('A checkerboard.');
});

it('shades by the count, and outputs that no input reaches are as padding is', () => {
  const root = draw([transposed({ input: 3, kernel: 1, stride: 2 })]);
  expect(cellsOf(gridOf(root, 'overlap'), 'around')).toBe(2);
  expect(cellsOf(gridOf(root, 'overlap'), 'shade4')).toBe(3);
});

it('shows of a large output both ends and the middle', () => {
  const root = draw([transposed({ input: 16, kernel: 64, stride: 32, padBegin: 16 })]);
  expect(sizesAt(root, 'overlap')).toEqual(['512']);
  expect(numbersIn(root, 'overlap').join('')).toBe('1111122222211111⋯⋯');
});

it('draws nothing for kernels that are too large to count', () => {
  expect(overlapPicture([transposedAxis(transposed({ input: 1, kernel: 1e9 }))], '')).toBeUndefined();
});

it('counts as the naive scatter does', () => {
  const axis = fc
    .record({
      input: fc.integer({ min: 1, max: 5 }),
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 4 }),
      dilation: fc.integer({ min: 1, max: 3 }),
      padBegin: fc.integer({ min: 0, max: 4 }),
      padEnd: fc.integer({ min: 0, max: 4 }),
      tail: fc.integer({ min: 0, max: 3 }),
    })
    .map(transposed)
    .filter(({ output }) => output >= 1 && output <= 15);
  fc.assert(
    fc.property(fc.array(axis, { minLength: 1, maxLength: 2 }), (axes) => {
      const sizes = (pick: (axis: ConvTransposeAxis) => number) =>
        axes.reduce((product, each) => product * pick(each), 1);
      const ones = (count: number) => new Float64Array(count).fill(1);
      const counts = new Float64Array(sizes(({ output }) => output));
      const geometry = { batch: 1, inputChannels: 1, outputChannels: 1, group: 1, axes };
      scatter(geometry, ones(sizes(({ input }) => input)), ones(sizes(({ kernel }) => kernel)), undefined, counts);
      expect(numbersIn(draw(axes), 'overlap').map(Number)).toEqual([...counts]);
    }),
    { numRuns: 50 },
  );
});
