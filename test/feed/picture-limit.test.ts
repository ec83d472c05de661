import { expect, it } from 'vitest';
import { mostPixelsFor } from '../../src/feed/picture-limit.js';
import { symbol } from '../../src/ir/dim.js';
import { GraphBuilder } from '../support/graph.js';

const [n, h, w] = ['N', 'H', 'W'].map((name) => symbol(name)) as [never, never, never];

it.each([
  ['is that of cameras for a small model', [n, 3, 64, 64], 50_000_000],
  ['grows with the model', [1, 3, 224, 224], 75_264_000],
  ['has an end', [1, 3, 4096, 4096], 100_000_000],
  ['is the default one for open sizes', [n, 3, h, w], 100_000_000],
])('the limit of pixels %s', (_, dims, pixels) => {
  const builder = new GraphBuilder();
  const x = builder.input('x', dims);
  expect(mostPixelsFor(builder.graph(builder.add('Relu', [x])))).toBe(pixels);
});

it('the limit of pixels knows sizes that are given', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', [n, 3, h, w]);
  const sizes = new Map([
    ['H', 32],
    ['W', 32],
  ]);
  expect(mostPixelsFor(builder.graph(builder.add('Relu', [x])), sizes)).toBe(50_000_000);
});
