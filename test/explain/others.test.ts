/** Resize, windows and MaxUnpool explained, with values written out. */
import { describe, expect, it } from 'vitest';
import { plainColors } from '../../src/cli/terminal.js';
import { explainLayers } from '../../src/explain/explain.js';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Value } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32 } from '../../src/ir/tensor.js';
import { renderLayer } from '../../src/report/explain-text.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';

function only(x: Shape, make: (builder: GraphBuilder, x: Value) => Value) {
  const builder = new GraphBuilder();
  const model = modelOf(builder.graph(make(builder, builder.input('x', x))));
  const { layers, unexplained } = explainLayers(model, infer(model.graph));
  expect([layers.length, unexplained]).toEqual([1, []]);
  return { layer: layers[0]!, text: renderLayer(layers[0]!, plainColors) };
}

const resized =
  (mode: string, coordinates = 'half_pixel') =>
  (builder: GraphBuilder, x: Value) =>
    builder.add('Resize', [x, undefined, builder.constant(float32([4], [1, 1, 2, 2]))], {
      mode,
      coordinate_transformation_mode: coordinates,
    });

describe('Resize', () => {
  it('linear: positions, and weights of the elements on both sides', () => {
    const { layer, text } = only([1, 1, 4, 4], resized('linear'));
    expect(layer).toMatchObject({
      kind: 'Resize',
      decidedBy: 'scales',
      axes: [{ formula: { filled: 'out = floor(4·2) = 8' }, sampleInput: 4, sampleOutput: 8 }, {}],
    });
    const [axis] = layer.kind === 'Resize' ? layer.axes : [];
    expect(axis?.samples[0]).toEqual({ output: 0, position: -0.25, reads: [{ input: 0, weight: 1 }] });
    expect(axis?.samples[1]).toEqual({
      output: 1,
      position: 0.25,
      reads: [
        { input: 0, weight: 0.75 },
        { input: 1, weight: 0.25 },
      ],
    });
    expect(text).toContain('x_in = (x_out + 0.5)/2 − 0.5');
    expect(text).toContain('0·0.75 + 1·0.25');
  });

  it('nearest, of open sizes: a small sample, which is said', () => {
    const { layer, text } = only([1, 1, symbol('H'), symbol('W')], resized('nearest', 'asymmetric'));
    expect(layer.axes[0]?.formula.filled).toBe('out = floor(H·2) = 2*H');
    expect(text).toContain('The size is open: for 8 → 16.');
    const [axis] = layer.kind === 'Resize' ? layer.axes : [];
    expect(axis?.samples[3]).toEqual({ output: 3, position: 1.5, reads: [{ input: 1, weight: 1 }] });
  });
});

it('MaxPool: what is cut off at the end', () => {
  const { layer, text } = only([1, 1, 7, 8], (builder, x) =>
    builder.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }),
  );
  expect(layer).toMatchObject({
    kind: 'Window',
    axes: [
      { output: 3, cutOff: 1 },
      { output: 4, cutOff: 0 },
    ],
  });
  expect(text).toContain('Along height the last position of the padded input fits no window and is not');
});

it('AveragePool with SAME: the padding that the size asks for', () => {
  const { layer } = only([1, 1, 7, 8], (builder, x) =>
    builder.add('AveragePool', [x], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  );
  expect(layer).toMatchObject({
    decidedBy: 'auto_pad',
    axes: [
      { output: 4, padBegin: 1, padEnd: 1, formula: { filled: 'out = ceil(7/2) = 4' } },
      { output: 4, padBegin: 0, padEnd: 1 },
    ],
  });
});
