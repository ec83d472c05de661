/** What drawings of the fixtures show: levels, blocks, skips; and that SVG shows all of it. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDrawing } from '../../src/draw/build.js';
import { draw } from '../../src/draw/draw.js';
import type { NetworkDrawing } from '../../src/draw/drawing.js';
import { sceneOf, styles } from '../../src/draw/scene.js';
import { registerAllOperators } from '../../src/ops/index.js';
import { openModel } from '../../src/runtime/open.js';
import { fixtures, readFixture } from '../support/fixtures.js';

beforeAll(registerAllOperators);

const opened = (name: string) => openModel(path.join(readFixture(name).folder, 'model.onnx'));

/** `down.0 at 0`, in topological order. */
const blocksOf = ({ blocks }: NetworkDrawing) =>
  blocks.flatMap(({ role, name, level }) => (role === 'layers' ? [`${name} at ${level}`] : []));
const skipsOf = ({ blocks, edges }: NetworkDrawing) =>
  edges.flatMap(({ from, to, kind, join }) =>
    kind === 'skip' ? [`${blocks[from]!.name} → ${blocks[to]!.name}: ${join}`] : [],
  );

describe('what is drawn', () => {
  it('of a U-Net: blocks down and up, skips that are concatenated', async () => {
    const { drawing, sizeText } = buildDrawing((await opened('unet/dynamo')).model.graph);
    expect(blocksOf(drawing)).toEqual([
      'down.0 at 0',
      'down.1 at 1',
      'down.2 at 2',
      'down.3 at 3',
      'down.4 at 4',
      'up.0 at 3',
      'up.1 at 2',
      'up.2 at 1',
      'up.3 at 0',
    ]);
    expect(skipsOf(drawing)).toEqual([
      'down.3 → up.0: concat',
      'down.2 → up.1: concat',
      'down.1 → up.2: concat',
      'down.0 → up.3: concat',
    ]);
    const { extent, layers, isBottleneck } = drawing.blocks[5]!;
    expect({ channels: extent.channels, sizes: extent.sizes?.map(sizeText) }).toEqual({
      channels: 64,
      sizes: ['H/16', 'W/16'],
    });
    expect(layers.map(({ kind, kernel, operators }) => [kind, kernel, operators])).toEqual([
      ['pooling', '2×2', ['MaxPool']],
      ['convolution', '3×3', ['Conv', 'Relu']],
      ['convolution', '3×3', ['Conv', 'Relu']],
    ]);
    expect(isBottleneck).toBe(true);
    expect(drawing.sizesFor).toBe('H, W multiples of 16');
  });

  it('of a U-Net without padding: the same levels, though sizes shrink at each layer', async () => {
    const { drawing, sizeText } = buildDrawing((await opened('unet/valid-torchscript')).model.graph);
    expect(drawing.levels).toHaveLength(5);
    expect(skipsOf(drawing)).toHaveLength(4);
    expect(drawing.blocks[2]!.extent.sizes?.map(sizeText)).toEqual(['H/2 - 88', 'W/2 - 88']);
  });

  it('of a SegNet: indices of maxima, from the grid that they are of', async () => {
    const { drawing } = buildDrawing((await opened('segnet/dynamo')).model.graph);
    expect(drawing.levels).toHaveLength(5);
    const indices = drawing.edges.filter(({ join }) => join === 'indices');
    expect(indices).toHaveLength(4);
    for (const { from, to } of indices) expect(drawing.blocks[from]!.level).toBe(drawing.blocks[to]!.level);
  });

  it('of an FCN: scores that are added on their way up', async () => {
    const { drawing } = buildDrawing((await opened('fcn8s/dynamo')).model.graph);
    expect(skipsOf(drawing)).toEqual(['stage5 → upscore2: add', 'stage4 → upscore_pool4: add']);
    expect(drawing.levels).toHaveLength(6);
  });

  it('of a VAE: an hourglass around a vector; of its decoder, and of a DCGAN, only what grows', async () => {
    const whole = buildDrawing((await opened('vae/dynamo')).model.graph).drawing;
    expect(whole.levels.map(({ isVector }) => isVector)).toEqual([false, false, false, true]);
    expect(whole.blocks.find(({ isBottleneck }) => isBottleneck)).toMatchObject({ level: 3 });
    for (const name of ['vae/decoder-dynamo', 'dcgan/dynamo']) {
      const { blocks } = buildDrawing((await opened(name)).model.graph).drawing;
      const levels = blocks.map(({ level }) => level);
      expect(levels).toEqual(levels.toSorted((a, b) => b - a));
      expect(new Set(levels).size).toBe(4);
    }
  });
});

describe.each(fixtures)('%s', (name) => {
  it('has every node in a block, once, and costs that add up', async () => {
    const { graph } = (await opened(name)).model;
    for (const levelOfDetail of ['blocks', 'layers'] as const) {
      const { drawing } = buildDrawing(graph, { levelOfDetail });
      const nodes = drawing.blocks.flatMap((block) => block.nodes);
      expect(new Set(nodes).size).toBe(nodes.length);
      const parameters = drawing.blocks.reduce((sum, block) => sum + block.parameters, 0);
      // Exporters share numbers, such as a 1, among nodes; a block has its own.
      expect(parameters - drawing.totals.parameters).toBeGreaterThanOrEqual(0);
      expect(parameters - drawing.totals.parameters).toBeLessThan(8);
      // Topological order, without a way back.
      for (const { from, to } of drawing.edges) expect(from).toBeLessThan(to);
    }
  });

  it('shows each block as a box and each edge as an arrow, inside the picture', async () => {
    const built = buildDrawing((await opened(name)).model.graph);
    const { blocks, edges } = built.drawing;
    for (const style of styles) {
      const { boxes, arrows, width, height, texts } = await sceneOf({ ...built, title: name, style, heat: undefined });
      const drawn = style === 'table' ? blocks.filter(({ role }) => role === 'layers') : blocks;
      expect(boxes.map(({ block }) => block)).toEqual(drawn.map(({ id }) => id));
      const ends = ({ from, to }: { from: number; to: number }) => `${from} ${to}`;
      const expected = style === 'table' ? [] : edges.map(ends).sort();
      expect(
        arrows
          .filter(({ from }) => from >= 0)
          .map(ends)
          .sort(),
      ).toEqual(expected);
      const points = [...arrows.flatMap((arrow) => arrow.points), ...texts, ...boxes];
      for (const { x, y } of points) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(width);
        expect(y).toBeLessThanOrEqual(height);
      }
    }
  });

  it('gives the same text each time', async () => {
    const { model } = await opened(name);
    expect((await draw(model)).text).toBe((await draw(model)).text);
  });
});
