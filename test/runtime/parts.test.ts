/** What compiles rare operators comes with the models that have them. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { NodeProtoLike } from '../../src/onnx/proto.js';
import { modelBytes, nodeProto } from '../support/model.js';

/** Modules as they are when nothing has been compiled. */
async function freshModules() {
  const { InferenceSession } = await import('../../src/runtime/inference-session.js');
  const { Tensor } = await import('../../src/runtime/tensor/tensor.js');
  const { loweringGroups } = await import('../../src/lower/registry.js');
  const { integerNodes } = await import('../../src/lower/elementwise/integer-nodes.js');
  const loaded = () => [
    ...loweringGroups.flatMap(({ name, part }) => (part.isLoaded ? [name] : [])),
    ...(integerNodes.isLoaded ? ['integers'] : []),
  ];
  const run = async (...nodes: NodeProtoLike[]) => {
    const session = await InferenceSession.create(
      modelBytes({ inputs: { x: [2, 4] }, nodes, outputs: { y: undefined } }),
    );
    const x = new Tensor('float32', Float32Array.of(3, -1, 4, 1, -5, 9, 2, 6), [2, 4]);
    const { y } = await session.run({ x });
    const { references } = await new Promise<{ references: { steps: number } }>((resolve) => {
      void session.run({ x }, { onReport: (report) => resolve(report as never) });
    });
    await session.release();
    return { y: [...(y!.data as Float32Array)].map(Number), references };
  };
  return { loaded, run };
}

beforeEach(() => vi.resetModules());

it('none for a plain network', async () => {
  const { loaded, run } = await freshModules();
  const { y } = await run(nodeProto('Relu', 'x', 'a'), nodeProto('Add', 'a x', 'y'));
  expect(y).toEqual([6, -1, 8, 2, -5, 18, 4, 12]);
  expect(loaded()).toEqual([]);
});

it.each([
  ['indexing', [nodeProto('ArgMax', 'x', 'a', { axis: 1 }), nodeProto('Cast', 'a', 'y', { to: 1 })], [2, 1]],
  ['functions', [nodeProto('Sub', 'x x', 'a'), nodeProto('Atan', 'a', 'y')], new Array(8).fill(0)],
  ['statistics', [nodeProto('ReduceMax', 'x', 'y', { keepdims: 0 })], [9]],
  [
    'integers',
    [nodeProto('Cast', 'x', 'a', { to: 7 }), nodeProto('Cast', 'a', 'y', { to: 1 })],
    [3, -1, 4, 1, -5, 9, 2, 6],
  ],
] as const)('%s with its operators, and its nodes are compiled', async (group, nodes, expected) => {
  const { loaded, run } = await freshModules();
  const { y, references } = await run(...nodes);
  expect(y).toEqual(expected);
  expect(loaded()).toContain(group);
  expect(references).toMatchObject({ steps: 0 });
});

it('not without waiting: the error says so', async () => {
  const { compileFor } = await import('../../src/compile.js');
  const { readModel } = await import('../../src/onnx/read.js');
  const nodes = [nodeProto('ReduceMax', 'x', 'y', { axes: [1] })];
  const { model } = readModel(modelBytes({ inputs: { x: [2, 4] }, nodes, outputs: { y: undefined } }));
  expect(() => compileFor(model, { tier: 'baseline', precision: 'strict', threads: 1 })).toThrow('is not loaded');
});
