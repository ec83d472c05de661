import { describe, expect, it } from 'vitest';
import { type PicturedResizeAxis, resizePicture } from '../../../src/explain/picture/resize.js';
import { unpoolPicture } from '../../../src/explain/picture/unpool.js';
import { twice } from '../../support/pictured-layers.js';
import { cellsOf, gridOf, numbersIn, parseXml, sizesAt, textOf, titleOf, withClass } from '../../support/svg.js';

describe('MaxUnpool', () => {
  const axis = (input: number, output = 2 * input) => ({
    kernel: 2,
    stride: 2,
    padBegin: 0,
    padEnd: 0,
    input,
    output,
    sizes: { input, output },
  });

  it('puts each value to its index, in its window', () => {
    const root = parseXml(unpoolPicture([axis(2), axis(3)]).svg);
    expect(titleOf(root)).toBe('MaxUnpool, 2×3 → 4×6');
    const names = numbersIn(root, 'pooled');
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    const indices = numbersIn(root, 'indices').map(Number);
    expect(new Set(indices).size).toBe(6);
    const inOrder = [...names].sort((a, b) => indices[names.indexOf(a)]! - indices[names.indexOf(b)]!);
    expect(numbersIn(root, 'output')).toEqual(inOrder);
    indices.forEach((index, i) => {
      expect(Math.floor(index / 6 / 2)).toBe(Math.floor(i / 3));
      expect(Math.floor((index % 6) / 2)).toBe(i % 3);
    });
    expect(cellsOf(gridOf(root, 'output'), 'between')).toBe(24 - 6);
    expect(withClass(gridOf(root, 'output'), 'pool')[0]!.children).toHaveLength(6);
    expect(textOf(root)).toContain('The places are an example');
  });

  it('has room for what the pooling left over', () => {
    const root = parseXml(unpoolPicture([axis(3, 7)]).svg);
    expect(sizesAt(root, 'output')).toEqual(['7']);
    expect(cellsOf(gridOf(root, 'output'), 'in') + cellsOf(gridOf(root, 'output'), 'between')).toBe(7);
  });

  it('draws large ones smaller, without indices that would be others', () => {
    const root = parseXml(unpoolPicture(twice(axis(64))).svg);
    expect(sizesAt(root, 'output')).toEqual(['128', '128']);
    expect(() => gridOf(root, 'indices')).toThrow();
    expect(textOf(root)).toContain('left out');
  });
});

describe('Resize', () => {
  const halfPixel = { operator: 'Resize', mode: 'linear', coordinates: 'half_pixel' };

  /** Linear, half_pixel, doubled; the first samples alone where they are many. */
  function doubled(input: number): PicturedResizeAxis {
    const output = 2 * input;
    const samples = Array.from({ length: output <= 12 ? output : 6 }, (_, at) => {
      const position = (at + 0.5) / 2 - 0.5;
      const reads = [
        { input: Math.max(0, Math.floor(position)), weight: at % 2 === 0 ? 0.25 : 0.75 },
        { input: Math.min(input - 1, Math.floor(position) + 1), weight: at % 2 === 0 ? 0.75 : 0.25 },
      ];
      return { output: at, position, reads };
    });
    return { input, output, samples, sizes: { input, output } };
  }

  it('places every output over the input, and one with what it reads', () => {
    const root = parseXml(resizePicture(halfPixel, [doubled(3), doubled(4)])!.svg);
    expect(titleOf(root)).toBe('Resize, 3×4 → 6×8');
    expect(cellsOf(gridOf(root, 'input'), 'in')).toBe(12);
    expect(withClass(root, 'samples')[0]!.attributes.get('data-count')).toBe('48');
    expect(withClass(withClass(root, 'samples')[0]!, 'sample')).toHaveLength(47);
    expect(textOf(root)).toContain('The marked output reads 4 inputs, with the weights ');
    const [first] = withClass(root, 'sample');
    const cell = 64;
    expect(Number(first!.attributes.get('cx'))).toBe(cell / 4);
  });

  it('draws the start of large axes', () => {
    const root = parseXml(resizePicture(halfPixel, twice(doubled(64)))!.svg);
    expect(sizesAt(root, 'input')).toEqual(['64', '64']);
    expect(withClass(root, 'samples')[0]!.attributes.get('data-count')).toBe('36');
    expect(textOf(root)).toContain('The start of the axes is drawn');
  });

  it('draws nothing where one output stands for too many inputs', () => {
    const axis: PicturedResizeAxis = {
      input: 1000,
      output: 2,
      samples: [
        { output: 0, position: 249.5, reads: [{ input: 249, weight: 1 }] },
        { output: 1, position: 749.5, reads: [{ input: 749, weight: 1 }] },
      ],
      sizes: { input: 1000, output: 2 },
    };
    expect(resizePicture(halfPixel, [axis])).toBeUndefined();
  });
});
