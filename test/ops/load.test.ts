/** Rare operators come when a model has them. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { NodeProtoLike } from '../../src/onnx/proto.js';
import { graphProto, modelBytes, nodeProto } from '../support/model.js';

/** Modules as they are when nothing has been opened: the tests' setup has registered all operators in others. */
async function freshModules() {
  const { openModel } = await import('../../src/runtime/open.js');
  const { findOperator } = await import('../../src/ops/registry.js');
  const { InferenceSession } = await import('../../src/runtime/inference-session.js');
  return {
    openModel,
    InferenceSession,
    isKnown: (opType: string, domain = '') => findOperator({ domain, opType }) !== undefined,
  };
}

beforeEach(() => vi.resetModules());

const modelOf = (...nodes: NodeProtoLike[]) =>
  modelBytes({ inputs: { x: [3, 3], c: [] }, nodes, outputs: { y: [3, 3] } });
const lower = nodeProto('Trilu', 'x', 'y', { upper: 0 });

it('not for a model that has none', async () => {
  const { openModel, isKnown } = await freshModules();
  await openModel(modelOf(nodeProto('Relu', 'x', 'y')));
  expect(isKnown('Relu')).toBe(true);
  expect(isKnown('Trilu')).toBe(false);
});

it('those of networks that are not plain before the rare ones', async () => {
  const { openModel, isKnown } = await freshModules();
  await openModel(modelOf(nodeProto('Relu', 'x', 'y')));
  expect(isKnown('MatMul')).toBe(false);
  await openModel(modelOf(nodeProto('MatMul', 'x x', 'y')));
  expect([isKnown('MatMul'), isKnown('Trilu')]).toEqual([true, false]);
});

it('for a node, and for one in a subgraph', async () => {
  const branch = { g: graphProto({ nodes: [lower], outputs: { y: [3, 3] } }) };
  const branches = nodeProto('If', 'c', 'y', { then_branch: branch, else_branch: branch });
  for (const node of [lower, branches]) {
    vi.resetModules();
    const { openModel, isKnown } = await freshModules();
    await openModel(modelOf(node));
    expect(isKnown('Trilu')).toBe(true);
  }
});

it('for a session, also of a model that was read elsewhere', async () => {
  const { readModel } = await import('../../src/onnx/read.js');
  const { Tensor } = await import('../../src/runtime/tensor/tensor.js');
  const { InferenceSession, isKnown } = await freshModules();
  const opened = { ...readModel(modelOf(lower)), file: undefined, byteLength: undefined };
  expect(isKnown('Trilu')).toBe(false);
  const session = await InferenceSession.create(opened, { executor: 'reference' });
  const x = new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), [3, 3]);
  const { y } = await session.run({ x, c: new Tensor('float32', Float32Array.of(0), []) });
  expect(y!.data).toEqual(Float32Array.of(1, 0, 0, 4, 5, 0, 7, 8, 9));
});

it('at once where stages are called one by one', async () => {
  const { infer } = await import('../../src/runtime/stages.js');
  const { readModel } = await import('../../src/onnx/read.js');
  const { graph } = readModel(modelOf(lower)).model;
  expect(infer(graph).diagnostics).toEqual([]);
});

it("onnxruntime's own for a model that has one of them, with what they become", async () => {
  const microsoft = 'com.microsoft';
  const { openModel, isKnown } = await freshModules();
  await openModel(modelOf(lower));
  expect(isKnown('QuickGelu', microsoft)).toBe(false);
  await openModel(modelOf({ ...nodeProto('QuickGelu', 'x', 'y'), domain: microsoft }));
  expect([isKnown('QuickGelu', microsoft), isKnown('DequantizeLinear')]).toEqual([true, true]);
});
