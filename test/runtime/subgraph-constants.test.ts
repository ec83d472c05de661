/** A compiled session needs nothing of the model's files once it is prepared, whatever computes the nodes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { subgraphsOf } from '../../src/ir/graph.js';
import { Tensor as DenseTensor } from '../../src/ir/tensor.js';
import type { TensorProtoLike } from '../../src/onnx/proto.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import { ownNode } from '../../src/runtime/own-node.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { diagnosticsOfAsync } from '../support/errors.js';
import { entries, graphProto, type ModelSpec, modelBytes, nodeProto, tensorTypeProto } from '../support/model.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-subgraphs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The elements beside the model: 10, 20 for the loop, 100, 200 and 1000, 2000 for the branches. */
const elements = Float32Array.of(10, 20, 100, 200, 1000, 2000);

function weight(name: string, index: number): TensorProtoLike {
  const place = { location: 'w.bin', offset: String(8 * index), length: '8' };
  return { name, dims: [2], dataType: 1, dataLocation: 1, externalData: entries(place) };
}

/**
 * y = x plus the first weight as often as `count` says; then, in a branch within another branch, plus the second or the
 * third, which is the value of a Constant.
 */
function looping(shape: readonly (number | string)[]): ModelSpec {
  const body = graphProto({
    inputs: { i: tensorTypeProto([], 'int64'), on: tensorTypeProto([], 'bool'), sum: undefined },
    outputs: { stay: tensorTypeProto([], 'bool'), more: undefined },
    nodes: [nodeProto('Identity', 'on', 'stay'), nodeProto('Add', 'sum step', 'more')],
    initializers: [weight('step', 0)],
  });
  const branch = (name: string, initializers: TensorProtoLike[], ...nodes: Parameters<typeof nodeProto>[]) =>
    graphProto({ outputs: { [name]: undefined }, nodes: nodes.map((node) => nodeProto(...node)), initializers });
  const outer = branch(
    'outer',
    [],
    [
      'If',
      'c',
      'outer',
      {
        then_branch: { g: branch('t', [weight('high', 1)], ['Add', 'summed high', 't']) },
        else_branch: { g: branch('u', [], ['Identity', 'summed', 'u']) },
      },
    ],
  );
  const other = branch(
    'other',
    [],
    ['Constant', '', 'higher', { value: { t: weight('higher', 2) } }],
    ['Add', 'summed higher', 'other'],
  );
  return {
    inputs: { x: shape, count: tensorTypeProto([], 'int64'), c: tensorTypeProto([], 'bool') },
    outputs: { y: shape },
    nodes: [
      nodeProto('Loop', 'count _ x', 'summed', { body: { g: body } }),
      nodeProto('If', 'c', 'y', { then_branch: { g: outer }, else_branch: { g: other } }),
    ],
  };
}

function put(spec: ModelSpec): { readonly model: string; readonly weights: string } {
  const [model, weights] = [path.join(folder, 'm.onnx'), path.join(folder, 'w.bin')];
  writeFileSync(model, modelBytes(spec));
  writeFileSync(weights, new Uint8Array(elements.buffer));
  return { model, weights };
}

const feeds = (count: number, condition: boolean) => ({
  x: new Tensor('float32', [1, 2], [2]),
  count: new Tensor('int64', [count], []),
  c: new Tensor('bool', [condition], []),
});

it.each([[[2]], [['N']]])('what bodies and branches read stays with the session: inputs %j', async (shape) => {
  const { model, weights } = put(looping(shape));
  const session = await InferenceSession.create(model, { executor: 'compiled', threads: 1 });
  const run = async (count: number, condition: boolean) =>
    Array.from((await session.run(feeds(count, condition)))['y']!.data as Float32Array);
  try {
    // An open size is compiled for in the first run.
    if (shape[0] === 'N') expect(await run(1, true)).toEqual([111, 222]);
    rmSync(model);
    rmSync(weights);
    expect(await run(2, true)).toEqual([121, 242]);
    expect(await run(3, false)).toEqual([1031, 2062]);
  } finally {
    await session.release();
  }
});

it('elements that bodies and branches need are missed before anything runs', async () => {
  const { model, weights } = put(looping([2]));
  rmSync(weights);
  expect(await diagnosticsOfAsync(() => InferenceSession.create(model, { executor: 'compiled' }))).toMatchObject([
    { code: 'US1006', file: model, value: 'w.bin' },
  ]);
});

it('no bytes of the model stay with a node that the host computes', async () => {
  const float32 = (...values: number[]) => new DenseTensor('float32', [values.length], Float32Array.from(values));
  const branch = (name: string, constant: DenseTensor, weight: DenseTensor) =>
    graphProto({
      outputs: { [name]: undefined },
      nodes: [nodeProto('Constant', '', 'c', { value: constant }), nodeProto('Add', 'c w', name)],
      initializers: { w: weight, unread: float32(7) },
    });
  const bytes = modelBytes({
    inputs: { on: tensorTypeProto([], 'bool') },
    outputs: { y: [1] },
    nodes: [
      nodeProto('If', 'on', 'y', {
        then_branch: { g: branch('t', float32(1), float32(2)) },
        else_branch: { g: branch('u', float32(3), float32(4)) },
      }),
    ],
  });
  const { model } = await openModel(bytes);
  const graphs = subgraphsOf(ownNode(model.graph.nodes[0]!)).map(({ graph }) => graph);
  const found = graphs.map(({ nodes, constants }) => {
    const attribute = nodes[0]!.attributes.get('value');
    const all = [...constants.values(), ...(attribute?.kind === 'tensor' ? [attribute.value] : [])];
    return all.map((constant) => constant.load().data as Float32Array);
  });
  expect(found.map((list) => list.map((data) => [...data]))).toEqual([
    [[2], [1]],
    [[4], [3]],
  ]);
  for (const data of found.flat()) expect(data.buffer.byteLength).toBe(4);
});
