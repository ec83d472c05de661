/** Absurd numbers and names of models take neither time nor memory, and print harmlessly. */
import { describe, expect, it } from 'vitest';
import { plainColors } from '../../src/cli/terminal.js';
import { explainLayers } from '../../src/explain/explain.js';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32, zeros } from '../../src/ir/tensor.js';
import { renderLayer, renderLayers } from '../../src/report/explain-text.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';

const large = 2 ** 31;

function explained(x: Shape, attributes: Record<string, number[] | string>, kernel = [1, 1]) {
  const builder = new GraphBuilder();
  const weights = builder.constant(zeros('float32', [1, 1, ...kernel]));
  const y = builder.add('ConvTranspose', [builder.input('x', x), weights], attributes);
  const model = modelOf(builder.graph(y));
  const { layers } = explainLayers(model, infer(model.graph));
  for (const layer of layers) expect(renderLayer(layer, plainColors).length).toBeLessThan(20_000);
  return layers;
}

describe('absurd layers', () => {
  it.each<[string, Shape, Record<string, number[] | string>]>([
    ['strides', [1, 1, 4, 4], { strides: [large, large] }],
    ['sizes', [1, 1, large, large], { strides: [2, 2] }],
    ['dilations', [1, 1, 4, 4], { dilations: [large, large] }],
    ['output_shape', [1, 1, 4, 4], { output_shape: [large, large], strides: [3, 3] }],
    ['many phases', [1, 1, 4, 4], { strides: [1000, 1000] }],
  ])('%s', (_, x, attributes) => {
    expect(explained(x, attributes, [1, 1])).toHaveLength(1);
  });

  it('sizes that are negative, which inference reports', () => {
    expect(explained([1, 1, 4, 4], { pads: [9, 9, 9, 9] }, [2, 2]).length).toBeLessThanOrEqual(1);
  });
});

it('names that would steer a terminal', () => {
  const builder = new GraphBuilder();
  const weights = builder.constant(float32([1, 1, 2, 2], [1, 2, 3, 4]));
  const y = builder.add(
    'ConvTranspose',
    [builder.input('\u001b[31mx\n::error::', [1, 1, symbol('H'), symbol('W')]), weights],
    {},
  );
  const model = modelOf(builder.graph(y));
  const [node] = model.graph.nodes;
  Object.assign(node!, { name: '\u001b]0;evil\u0007\n::add-mask::' });
  const { layers } = explainLayers(model, infer(model.graph));
  const text = renderLayers(layers, plainColors) + layers.map((layer) => renderLayer(layer, plainColors)).join('');
  expect(text).toContain('\\x1b]0;evil\\x07\\n::add-mask::');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});
