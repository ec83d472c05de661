/** Kinds of networks that no fixture is of: where their blocks are, which skips they have, and how they are drawn. */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDrawing } from '../../src/draw/build.js';
import { draw } from '../../src/draw/draw.js';
import type { NetworkDrawing } from '../../src/draw/drawing.js';
import { Grid } from '../../src/draw/layout/grid.js';
import { emptyMetadata, type Graph, type Model } from '../../src/ir/graph.js';
import { registerAllOperators } from '../../src/ops/index.js';
import { branches, chain, nestedUnet, pyramid, streams, unet } from './architectures.js';

beforeAll(registerAllOperators);

const drawingOf = (graph: Graph) => buildDrawing(graph).drawing;
const modelOf = (graph: Graph): Model => ({
  graph,
  irVersion: 10,
  opsets: new Map([['', 22]]),
  producer: { name: '', version: '' },
  metadata: emptyMetadata,
});
const countOf = ({ blocks }: NetworkDrawing) => blocks.filter(({ role }) => role === 'layers').length;
const skipsOf = ({ edges }: NetworkDrawing) => edges.filter(({ kind }) => kind === 'skip');

describe('a network', () => {
  it('of U-Net++ is a triangle: each node of it a block, joined with all before it in its row', () => {
    const drawing = drawingOf(nestedUnet(4));
    expect(countOf(drawing)).toBe(4 + 3 + 2 + 1);
    // Row i has n = 4 - i blocks, of which each reads all before it.
    expect(skipsOf(drawing)).toHaveLength(6 + 3 + 1);
    for (const { from, to, join } of skipsOf(drawing)) {
      expect(join).toBe('concat');
      expect(drawing.blocks[from]!.level).toBe(drawing.blocks[to]!.level);
    }
  });

  it('of FPN has lateral connections that are added, and outputs at each level', () => {
    const drawing = drawingOf(pyramid());
    expect(skipsOf(drawing).map(({ join }) => join)).toEqual(['add', 'add', 'add']);
    expect(drawing.blocks.filter(({ role }) => role === 'output').map(({ level }) => level)).toEqual([3, 2, 1, 0]);
  });

  it.each([1, 2, 3])('of %i axes is drawn as a U, with its sizes', (axes) => {
    const { drawing, sizeText } = buildDrawing(unet(axes));
    expect(countOf(drawing)).toBe(7);
    expect(skipsOf(drawing)).toHaveLength(3);
    const bottom = drawing.blocks.find(({ level }) => level === 3);
    expect(bottom?.extent.sizes?.map(sizeText)).toEqual(['D/8', 'H/8', 'W/8'].slice(3 - axes));
  });

  it('of streams that exchange is a grid', () => {
    const drawing = drawingOf(streams());
    expect(drawing.levels).toHaveLength(2);
    const crossing = drawing.edges.filter(({ from, to }) => drawing.blocks[from]!.level !== drawing.blocks[to]!.level);
    expect(crossing.length).toBeGreaterThanOrEqual(6);
  });

  it('that is a chain is a row, and a long one the graph in layers', async () => {
    expect((await draw(modelOf(chain(6)))).style).toBe('u');
    const { style, network } = await draw(modelOf(chain(20)));
    expect(style).toBe('flow');
    expect(countOf(network)).toBe(20);
  });

  it('has no two blocks in one cell of the grid, and what is made later further right', () => {
    for (const graph of [nestedUnet(5), pyramid(), streams(), unet(2, 5)]) {
      const drawing = drawingOf(graph);
      const { cells } = new Grid(drawing);
      expect(new Set(cells.map(({ row, column }) => `${row} ${column}`)).size).toBe(drawing.blocks.length);
      for (const { from, to } of drawing.edges) expect(cells[from]!.column).toBeLessThan(cells[to]!.column);
    }
  });

  it('of thousands of nodes is folded to what can be seen, whatever the level of detail', async () => {
    const graph = branches(300, 4);
    expect(graph.nodes.length).toBeGreaterThan(2000);
    const { network, text } = await draw(modelOf(graph));
    expect(countOf(network)).toBeLessThanOrEqual(80);
    expect(text.length).toBeLessThan(1e6);
    expect(network.blocks.flatMap(({ nodes }) => nodes)).toHaveLength(graph.nodes.length);
    expect(countOf(buildDrawing(graph, { levelOfDetail: 'layers' }).drawing)).toBeLessThanOrEqual(400);
  });
});
