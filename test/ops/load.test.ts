/** Rare operators come when a model has them. */
import { beforeEach, expect, it, vi } from 'vitest';
import { float32 } from '../../src/ir/tensor.js';
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

it('frequent ones of a family without the others', async () => {
  const { openModel, isKnown } = await freshModules();
  await openModel(modelOf(nodeProto('Mish', 'x', 'y')));
  expect([isKnown('Mish'), isKnown('MatMul'), isKnown('ReduceMax')]).toEqual([true, false, false]);
  await openModel(modelOf(nodeProto('MatMul', 'x x', 'm'), nodeProto('Mish', 'm', 'y')));
  expect([isKnown('MatMul'), isKnown('ReduceMax')]).toEqual([true, false]);
});

it('whose names are listed', async () => {
  const { families } = await import('../../src/ops/load.js');
  for (const { names, load } of families)
    expect([...names].sort()).toEqual((await load()).operators.map(({ name }) => name).sort());
});

it('references of convolutions for one of constants alone, and only then', async () => {
  const { openModel } = await freshModules();
  const { laterReferences } = await import('../../src/ops/later-references.js');
  const bytes = (nodes: NodeProtoLike[]) =>
    modelBytes({
      inputs: { x: [1, 1, 3, 3] },
      nodes,
      outputs: { y: undefined },
      initializers: { w: float32([1, 1, 1, 1], [2]), c: float32([1, 1, 3, 3], new Array<number>(9).fill(1)) },
    });
  await openModel(bytes([nodeProto('Conv', 'x w', 'y')]));
  expect(laterReferences.isLoaded).toBe(false);
  await openModel(bytes([nodeProto('Neg', 'c', 'n'), nodeProto('Conv', 'n w', 'y')]));
  expect(laterReferences.isLoaded).toBe(true);
});
