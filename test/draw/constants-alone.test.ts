import { expect, it } from 'vitest';
import { drawNetwork } from '../../src/draw/draw-network.js';
import { float32 } from '../../src/ir/tensor.js';
import { openModel } from '../../src/runtime/open.js';
import { modelBytes, nodeProto } from '../support/model.js';

it.each(['u', 'flow', 'table'] as const)('draws a network without inputs, as %s', async (style) => {
  const bytes = modelBytes({
    nodes: [nodeProto('MatMul', 'a b', 'y')],
    initializers: { a: float32([2, 2], [1, 2, 3, 4]), b: float32([2, 2], [1, 0, 0, 1]) },
    outputs: { y: [2, 2] },
  });
  const { model } = await openModel(bytes);
  const { text, network } = await drawNetwork(model, { style });
  expect(text).toMatch(/^<svg /);
  expect(network.blocks.map(({ role }) => role)).toContain('output');
});
