/** Whole models: versions, operator sets, metadata, and the objects of another package. */
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { originOf } from '../../src/ir/origin.js';
import { float32 } from '../../src/ir/tensor.js';
import type { ModelProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { runModel } from '../../src/runtime/run.js';
import { describeModel } from '../support/describe-model.js';
import { diagnosticsOf } from '../support/errors.js';
import {
  encodeCurrent,
  encodeModel,
  entries,
  graphProto,
  type ModelSpec,
  modelBytes,
  modelProto,
  nodeProto,
  tensorTypeProto,
} from '../support/model.js';

const simple: ModelSpec = {
  inputs: { x: ['N', 2] },
  outputs: { y: ['N', 2] },
  initializers: { w: float32([2], [1, 2]) },
  nodes: [nodeProto('Add', 'x w', 'y')],
};

describe('a model', () => {
  it('is the same from bytes, from a Buffer, and as a message of onnx-proto', () => {
    const bytes = modelBytes({ ...simple, metadata: { author: 'tests' } });
    const { model, diagnostics } = readModel(bytes);
    expect(diagnostics).toEqual([]);
    expect(model.producer).toEqual({ name: 'tests', version: '' });
    expect([...model.metadata]).toEqual([['author', 'tests']]);
    expect(model.graph.name).toBe('test');
    const expected = describeModel(model);
    expect(describeModel(readModel(Buffer.from(bytes)).model)).toEqual(expected);
    expect(describeModel(readModel(onnx.ModelProto.decode(bytes)).model)).toEqual(expected);
    const message: onnx.IModelProto = onnx.ModelProto.decode(Buffer.from(bytes));
    expect(describeModel(readModel(message).model)).toEqual(expected);
    expect(
      describeModel(
        readModel(onnx.ModelProto.create(modelProto({ ...simple, metadata: { author: 'tests' } }) as onnx.IModelProto))
          .model,
      ),
    ).toEqual(expected);
  });

  it('of plain objects needs no more than a graph and its version', () => {
    const { model } = readModel({ irVersion: 8, opsetImport: [{ version: 18 }], graph: {} });
    expect(model.graph).toMatchObject({ name: '', inputs: [], outputs: [], nodes: [] });
  });

  it('without a graph is none', () => {
    for (const source of [{}, { irVersion: 8 }, encodeModel({ irVersion: 8, producerName: 'x' })])
      expect(diagnosticsOf(() => readModel(source, { file: 'm.onnx' }))).toMatchObject([
        { code: 'US1001', file: 'm.onnx', message: 'the file holds no graph' },
      ]);
  });
});

describe('IR versions', () => {
  const at = (irVersion: number) => readModel(modelBytes({ ...simple, irVersion }));

  it.each([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])('%i is read', (version) => {
    expect(at(version).model.irVersion).toBe(version);
  });

  it.each([0, 1, 2, 15, 2 ** 40])('%i is refused', (version) => {
    expect(diagnosticsOf(() => at(version))).toMatchObject([
      { code: 'US1004', expected: '3 to 14', actual: String(version) },
    ]);
  });
});

describe('operator sets', () => {
  it.each([6, 7, 12, 18, 22, 26])('%i is read', (opset) => {
    const { model, diagnostics } = readModel(modelBytes({ ...simple, opset, irVersion: 10 }));
    expect(diagnostics).toEqual([]);
    expect(model.opsets.get('')).toBe(opset);
    expect(model.graph.nodes[0]!.opset).toBe(opset);
  });

  it.each([0, 1, 5, 28, 1000])('%i is refused', (opset) => {
    expect(diagnosticsOf(() => readModel(modelBytes({ ...simple, opset })))).toMatchObject([
      { code: 'US1102', actual: String(opset) },
    ]);
  });

  it('of ai.onnx go by either name', () => {
    const proto = modelProto({ ...simple, opset: null, domains: { 'ai.onnx': 17 } });
    const node = nodeProto('Add', 'x w', 'y', {}, { domain: 'ai.onnx' });
    const { model, diagnostics } = readModel({ ...proto, graph: { ...proto.graph, node: [node] } });
    expect(diagnostics).toEqual([]);
    expect(model.graph.nodes[0]).toMatchObject({ domain: '', opset: 17 });
  });

  // Versioning.md: what came out together.
  it.each([
    [3, 8],
    [4, 9],
    [6, 11],
    [8, 18],
    [10, 22],
  ])('that are missing are assumed with a warning: IR version %i means %i', (irVersion, opset) => {
    const { model, diagnostics } = readModel(modelBytes({ ...simple, opset: null, irVersion }), { file: 'm.onnx' });
    expect(diagnostics).toMatchObject([{ code: 'US1101', severity: 'warning', file: 'm.onnx' }]);
    expect(diagnostics[0]!.message).toContain(`${opset} is assumed`);
    expect(model.graph.nodes[0]!.opset).toBe(opset);
  });

  it('are missed only where an operator needs them', () => {
    const custom = nodeProto('Op', 'x', 'y', {}, { domain: 'custom' });
    const spec: ModelSpec = { inputs: { x: [1] }, outputs: { y: undefined }, opset: null, domains: { custom: 3 } };
    expect(readModel(modelBytes({ ...spec, nodes: [custom] })).diagnostics).toEqual([]);
    const mixed = [nodeProto('Neg', 'x', 'z'), nodeProto('Op', 'z', 'y', {}, { domain: 'custom' })];
    expect(readModel(modelBytes({ ...spec, nodes: mixed })).diagnostics).toMatchObject([{ code: 'US1101' }]);
    const branch = graphProto({ nodes: [nodeProto('Neg', 'x', 'z')], outputs: { z: [1] } });
    const inside = [nodeProto('Op', 'x', 'y', { body: { g: branch } }, { domain: 'custom' })];
    expect(readModel(modelBytes({ ...spec, nodes: inside })).diagnostics).toMatchObject([{ code: 'US1101' }]);
  });
});

describe('operators of other domains', () => {
  const spec: ModelSpec = {
    inputs: { x: [1, 2], z: [3] },
    outputs: { y: [1, 8] },
    domains: { 'com.example': 3 },
    nodes: [nodeProto('Fancy', 'x', 'm', { level: 4 }, { domain: 'com.example' }), nodeProto('Relu', 'm', 'y')],
    valueInfo: { m: [1, 8] },
  };

  it('are kept, with the version imported', () => {
    const { model } = readModel(modelBytes(spec));
    expect(model.graph.nodes[0]).toMatchObject({ domain: 'com.example', opType: 'Fancy', opset: 3 });
    expect(model.graph.nodes[0]!.attributes.get('level')).toEqual({ kind: 'int', value: 4n });
  });

  it('are a warning to inference, which goes on with declared types', () => {
    const { graph } = readModel(modelBytes(spec)).model;
    const { types, diagnostics } = infer(graph);
    expect(diagnostics).toMatchObject([{ code: 'US1305', severity: 'warning', node: { domain: 'com.example' } }]);
    expect(types.get(graph.outputs[0]!)!.shape).toEqual([1, 8]);
  });

  it('are an error when they are executed, and only then', () => {
    const { model } = readModel(modelBytes(spec));
    const feeds = { x: float32([1, 2], [1, 2]), z: float32([3], [1, 2, 3]) };
    expect(diagnosticsOf(() => runModel(model, feeds))).toMatchObject([
      { code: 'US2009', severity: 'error', node: { opType: 'Fancy', domain: 'com.example' } },
    ]);
    // Nothing needs it here.
    const unused = modelBytes({ ...spec, nodes: [spec.nodes![0]!, nodeProto('Relu', 'z', 'y')], outputs: { y: [3] } });
    expect([...runModel(readModel(unused).model, feeds).outputs.get('y')!.data]).toEqual([1, 2, 3]);
  });
});

describe('metadata', () => {
  const stack =
    'File "/home/me/train.py", line 3, in main\nFile "/home/me/net.py", line 42, in forward\n  return up(x)';
  const proto: ModelProtoLike = modelProto({
    inputs: { x: { type: tensorTypeProto([1]), metadataProps: entries({ of: 'input' }) } },
    outputs: { y: { type: tensorTypeProto([1]), metadataProps: entries({ of: 'output' }) } },
    valueInfo: { m: { type: tensorTypeProto([1]), metadataProps: entries({ of: 'middle' }) } },
    nodes: [
      nodeProto(
        'Relu',
        'x',
        'm',
        {},
        { metadataProps: entries({ 'pkg.torch.onnx.stack_trace': stack, scope: 'up1' }) },
      ),
      nodeProto('Neg', 'm', 'y'),
    ],
    metadata: { model: 'unet', '': 'empty', ключ: 'значение' },
  });
  const { model } = readModel(encodeCurrent(proto));
  const { graph } = model;

  it('of the model is kept', () => {
    expect([...model.metadata]).toEqual([
      ['model', 'unet'],
      ['', 'empty'],
      ['ключ', 'значение'],
    ]);
  });

  it('of nodes is kept, and says where they came from', () => {
    const [relu, neg] = graph.nodes;
    expect(relu!.metadata.get('scope')).toBe('up1');
    expect(originOf(relu!)).toBe('/home/me/net.py:42');
    expect(neg!.metadata.size).toBe(0);
    expect(originOf(neg!)).toBeUndefined();
  });

  it('of values is kept, whether they are fed, made or returned', () => {
    const values = [graph.inputs[0], graph.nodes[0]!.outputs[0], graph.outputs[0]];
    expect(values.map((value) => value!.metadata.get('of'))).toEqual(['input', 'middle', 'output']);
  });

  it('reaches diagnostics', () => {
    const node = nodeProto('Conv', 'x', 'y', {}, { metadataProps: entries({ 'pkg.torch.onnx.stack_trace': stack }) });
    const broken = modelProto({ inputs: { x: [1, 2, 3] }, outputs: { y: undefined }, nodes: [node] });
    const [item] = infer(readModel(encodeCurrent(broken)).model.graph).diagnostics;
    expect(item).toMatchObject({ severity: 'error', origin: '/home/me/net.py:42' });
  });
});
