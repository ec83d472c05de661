/** Attributes and sizes that would have plans list or reserve more than tensors hold are left to references. */
import { describe, expect, it } from 'vitest';
import { compileFor } from '../../src/compile.js';
import type { Value } from '../../src/ir/graph.js';
import { int64, zeros } from '../../src/ir/tensor.js';
import { isNear } from '../../src/limits/tables.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';
import type { AttributeInput } from '../support/run-operator.js';

const target = { tier: 'baseline', precision: 'fast', threads: 1 } as const;
const billion = 1_000_000_000;

type Layer = (builder: GraphBuilder, x: Value) => Value;

function window(opType: string, attributes: Readonly<Record<string, AttributeInput>>): Layer {
  return (builder, x) => {
    const weights = opType.startsWith('Conv') ? [builder.constant(zeros('float32', [1, 1, 3, 3]))] : [];
    return builder.add(opType, [x, ...weights], attributes);
  };
}

const layers: Readonly<Record<string, Layer>> = {
  'a pooling of 10^9': window('MaxPool', {
    kernel_shape: [billion + 1, billion + 1],
    pads: [billion / 2, billion / 2, billion / 2, billion / 2],
  }),
  'an average over 10^9': window('AveragePool', {
    kernel_shape: [billion + 1, billion + 1],
    pads: [billion / 2, billion / 2, billion / 2, billion / 2],
  }),
  'a dilation of 2^31': window('Conv', { dilations: [2 ** 31, 2 ** 31], pads: [2 ** 31, 2 ** 31, 2 ** 31, 2 ** 31] }),
  'strides and pads of 10^9': window('Conv', {
    strides: [billion, billion],
    pads: [billion, billion, billion, billion],
  }),
  'a transposed dilation of 10^8': window('ConvTranspose', {
    dilations: [billion / 10, billion / 10],
    pads: [billion / 10, billion / 10, billion / 10, billion / 10],
  }),
  'wide pads together': window('MaxPool', { kernel_shape: [4001, 4001], pads: [2000, 2000, 2000, 2000] }),
  'a row of 2^20 pixels': (builder, x) =>
    builder.add('Resize', [x, undefined, undefined, builder.constant(int64([4], [1, 1, 1, 2 ** 20]))]),
  'a padding to 2^20 pixels': (builder, x) =>
    builder.add('Pad', [x, builder.constant(int64([8], [0, 0, 0, 0, 0, 0, 0, 2 ** 20]))], { mode: 'edge' }),
};

describe.each(Object.entries(layers))('%s', (_, layer) => {
  const builder = new GraphBuilder();
  const y = layer(builder, builder.input('x', [1, 1, 4, 4]));
  const model = modelOf(builder.graph(y));

  it('is left to its reference, with the reason', () => {
    const { plan } = compileFor(model, target);
    expect(plan.steps).toHaveLength(1);
    expect(plan.steps[0]).toMatchObject({
      kind: 'reference',
      reason: expect.stringMatching(/reaches further than kernels|a table would list/),
    });
    expect(JSON.stringify(plan.constants).length).toBeLessThan(1000);
  });

  it('runs', async () => {
    const session = await InferenceSession.create(model, { threads: 1 });
    const [output] = Object.values(
      await session.run({ x: new Tensor('float32', new Float32Array(16).fill(2), [1, 1, 4, 4]) }),
    );
    expect(output!.size).toBeLessThan(2 ** 23);
    await session.release();
  });
});

it('takes windows as networks have them', () => {
  expect(isNear({})).toBe(true);
  expect(isNear({ kernel_shape: [65_536], pads: [32_768, 32_767] })).toBe(true);
  expect(isNear({ strides: [2 ** 20 + 1] })).toBe(false);
  expect(isNear({ pads: [-(2 ** 21), 0] })).toBe(false);
});
