/** Receptive fields, computed by hand. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Graph, Value } from '../../../src/ir/graph.js';
import { float32 } from '../../../src/ir/tensor.js';
import { openModel } from '../../../src/runtime/open.js';
import { fieldsOf } from '../../../src/split/fields/follow.js';
import { type ReceptiveField, receptiveField } from '../../../src/split/fields/receptive-field.js';
import { pictureAxes } from '../../../src/split/tiles/picture-axes.js';
import { readFixture } from '../../support/fixtures.js';
import { GraphBuilder } from '../../support/graph.js';
import { fieldsAt } from './support.js';

const kernel = (b: GraphBuilder, size: number) => b.constant(float32([1, 1, size], new Float32Array(size)));

function fieldOf(build: (b: GraphBuilder, x: Value) => Value, size = 96): { field: ReceptiveField; stride: number } {
  const b = new GraphBuilder(18);
  const x = b.input('x', [1, 1, size]);
  const y = build(b, x);
  const fields = fieldsAt(b.graph(y), [1, 1, size]);
  expect(fields.refusals).toEqual([]);
  const [field] = receptiveField(fields, y);
  return { field: field!, stride: fields.strides[0]! };
}

function conv(b: GraphBuilder, x: Value, size: number, dilation = 1): Value {
  const pad = ((size - 1) * dilation) / 2;
  return b.add('Conv', [x, kernel(b, size)], { pads: [pad, pad], dilations: [dilation] });
}

const down = (b: GraphBuilder, x: Value) => b.add('MaxPool', [x], { kernel_shape: [2], strides: [2] });
const up = (b: GraphBuilder, x: Value) => b.add('ConvTranspose', [x, kernel(b, 2)], { strides: [2] });

describe('receptive fields', () => {
  it('grow by the kernel less one for each convolution', () => {
    const { field, stride } = fieldOf((b, x) => conv(b, conv(b, conv(b, x, 3), 3), 5));
    expect({ ...field, stride }).toEqual({ picture: 0, size: 9, before: 4, after: 4, stride: 1 });
  });

  it('grow by dilated kernels, as atrous convolutions promise', () => {
    // 1 + 2·(1 + 2 + 4 + 8), WaveNet's arithmetic.
    expect(fieldOf((b, x) => [1, 2, 4, 8].reduce((y, dilation) => conv(b, y, 3, dilation), x)).field.size).toBe(31);
  });

  it('grow by the stride after poolings', () => {
    // VGG's blocks: two convolutions and a pooling, three times: 1 + Σ stride·(kernel − 1) = 1 + 5 + 10 + 20.
    const block = (b: GraphBuilder, x: Value) => down(b, conv(b, conv(b, x, 3), 3));
    const { field, stride } = fieldOf((b, x) => block(b, block(b, block(b, x))));
    expect(field.size).toBe(36);
    expect(stride).toBe(8);
  });

  it('depend on the phase after upsampling, and are those of the widest', () => {
    // A position of the result has one of the pooled, whose window is two wide; the convolution after sees two of them.
    const { field, stride } = fieldOf((b, x) => conv(b, up(b, down(b, x)), 3));
    expect({ ...field, stride }).toEqual({ picture: 0, size: 4, before: 2, after: 2, stride: 2 });
  });

  it('are those of the path that sees most', () => {
    const { field } = fieldOf((b, x) => b.add('Add', [conv(b, x, 7), up(b, down(b, x))]));
    expect(field.size).toBe(7);
  });

  it('count from the edges that a crop takes off', () => {
    const { field } = fieldOf((b, x) => b.add('Conv', [x, kernel(b, 5)]));
    expect(field).toEqual({ picture: 0, size: 5, before: 0, after: 4 });
  });
});

describe('of networks', () => {
  async function graphOf(file: string): Promise<Graph> {
    return (await openModel(file)).model.graph;
  }

  function fieldsWith(graph: Graph, dims: readonly number[]) {
    const shapes = new Map([[graph.inputs[0]!.name, dims]]);
    return fieldsOf(graph, infer(graph, { inputShapes: shapes }), pictureAxes(graph, shapes));
  }

  it('are what the literature says: 404 pixels at the stride of 32 for the classifier of FCN on VGG-16', async () => {
    const graph = await graphOf(
      path.join(readFixture('fcn8s/dynamo').folder, '..', '..', 'twins', 'fcn8s-vgg16-500.onnx'),
    );
    const fields = fieldsWith(graph, [1, 3, 500, 500]);
    // fc6 is the convolution of 7×7.
    const classifier = graph.nodes.find(
      ({ opType, inputs }) => opType === 'Conv' && graph.constants.get(inputs[1]!)?.dims[2] === 7,
    );
    const sizes = receptiveField(fields, classifier!.outputs[0]!).map(({ size }) => size);
    expect(sizes).toEqual([404, 404]);
    expect(fields.axes.get(classifier!.outputs[0]!)!.map((place) => place?.scale.numerator)).toEqual([
      undefined,
      undefined,
      32,
      32,
    ]);
  });

  it('are those of a U-Net of four poolings: 204 pixels at a total stride of 16', async () => {
    const graph = await graphOf(path.join(readFixture('unet/dynamo').folder, 'model.onnx'));
    const fields = fieldsWith(graph, [1, 1, 256, 256]);
    expect(fields.strides).toEqual([16, 16]);
    // Two convolutions see 4 more. Up: 1, 5, of which the level below has 3, 7, 4, 8, 5 where it falls badly, 9, 5. At the
    // bottom 9. Down, twice as many and 4: 22, 48, 100, 204.
    expect(receptiveField(fields, graph.outputs[0]!).map(({ size }) => size)).toEqual([204, 204]);
  });
});
