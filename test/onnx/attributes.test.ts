/** Attributes of every kind, as exporters of all times write them. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Attribute } from '../../src/ir/graph.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import type { AttributeProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { diagnosticsOf } from '../support/errors.js';
import {
  type AttributeSpec,
  graphProto,
  type ModelSpec,
  modelBytes,
  modelProto,
  nodeProto,
  tensorProto,
  tensorTypeProto,
} from '../support/model.js';

function withAttributes(attribute: readonly AttributeProtoLike[]): ModelSpec {
  return {
    domains: { custom: 1 },
    outputs: { y: undefined },
    nodes: [nodeProto('Custom', '', 'y', {}, { domain: 'custom', attribute })],
  };
}

function readAll(attribute: readonly AttributeProtoLike[]): ReadonlyMap<string, Attribute> {
  return readModel(modelBytes(withAttributes(attribute))).model.graph.nodes[0]!.attributes;
}

function readOne(attribute: AttributeProtoLike): Attribute | undefined {
  const { kept: _, ...read } = readAll([attribute]).get(attribute.name ?? '')!;
  return read;
}

const utf8 = new TextEncoder();

describe('attributes', () => {
  it.each<[AttributeProtoLike, Attribute]>([
    [
      { type: 1, f: 0.5 },
      { kind: 'float', value: 0.5 },
    ],
    [
      { type: 1, f: 0.1 },
      { kind: 'float', value: Math.fround(0.1) },
    ],
    [
      { type: 2, i: '9223372036854775807' },
      { kind: 'int', value: 2n ** 63n - 1n },
    ],
    [
      { type: 2, i: '-9223372036854775808' },
      { kind: 'int', value: -(2n ** 63n) },
    ],
    [
      { type: 2, i: -1 },
      { kind: 'int', value: -1n },
    ],
    [
      { type: 3, s: utf8.encode('SAME_UPPER') },
      { kind: 'string', value: utf8.encode('SAME_UPPER') },
    ],
    [
      { type: 3, s: Uint8Array.of(0, 255) },
      { kind: 'string', value: Uint8Array.of(0, 255) },
    ],
    [
      { type: 6, floats: [1, -0.5] },
      { kind: 'floats', value: [1, -0.5] },
    ],
    [
      { type: 7, ints: ['9007199254740993', '-1', '0'] },
      { kind: 'ints', value: [9007199254740993n, -1n, 0n] },
    ],
    [
      { type: 8, strings: [utf8.encode('a'), utf8.encode('')] },
      { kind: 'strings', value: [utf8.encode('a'), new Uint8Array()] },
    ],
    [
      { type: 13, tp: tensorTypeProto(['N', 3], 'int64') },
      { kind: 'type', value: { kind: 'tensor', elementType: 'int64', shape: [symbol('N'), 3] } },
    ],
    [
      { type: 14, typeProtos: [tensorTypeProto([])] },
      { kind: 'types', value: [{ kind: 'tensor', elementType: 'float32', shape: [] }] },
    ],
  ])('%j', (proto, expected) => {
    expect(readOne({ name: 'a', ...proto })).toEqual(expected);
    // The first IR versions had no field `type`.
    expect(readOne({ name: 'a', ...proto, type: 0 })).toEqual(expected);
  });

  it.each<[number, Attribute]>([
    [1, { kind: 'float', value: 0 }],
    [2, { kind: 'int', value: 0n }],
    [6, { kind: 'floats', value: [] }],
    [7, { kind: 'ints', value: [] }],
    [8, { kind: 'strings', value: [] }],
    [9, { kind: 'tensors', value: [] }],
    [10, { kind: 'graphs', value: [] }],
    [12, { kind: 'sparseTensors', value: [] }],
    [14, { kind: 'types', value: [] }],
  ])('of kind %i without a value are worth what the field is worth unset', (type, expected) => {
    expect(readOne({ name: 'a', type })).toEqual(expected);
  });

  it('of kind string without a value are empty', () => {
    expect(readOne({ name: 'a', type: 3 })).toMatchObject({ kind: 'string', value: { length: 0 } });
  });

  it.each([4, 5, 11, 13])('of kind %i without a message are refused', (type) => {
    const bytes = modelBytes(withAttributes([{ name: 'a', type }]));
    expect(diagnosticsOf(() => readModel(bytes))).toMatchObject([
      { code: 'US1108', value: 'a', node: { opType: 'Custom', domain: 'custom' } },
    ]);
  });

  it('of a kind that the specification does not have are refused; decoders drop such a number', () => {
    const spec = withAttributes([{ name: 'a', type: 15, i: 1 }]);
    expect(diagnosticsOf(() => readModel(modelProto(spec)))).toMatchObject([{ code: 'US1108', actual: '15' }]);
    expect(readOne({ name: 'a', type: 15, i: 1 })).toEqual({ kind: 'int', value: 1n });
  });

  it('hold tensors, graphs and sparse tensors', () => {
    const tensors = [tensorProto('t', float32([2], [1, 2])), tensorProto('', int64([], [3]))];
    const values = tensorProto('', float32([2], [5, 6]));
    const indices = tensorProto('', int64([2], [1, 4]));
    const inner = graphProto({ nodes: [nodeProto('Constant', '', 'z', { value_int: 1 })], outputs: { z: [] } });
    const attributes = readAll([
      { name: 'tensor', type: 4, t: tensors[0]! },
      { name: 'tensors', type: 9, tensors },
      { name: 'sparse', type: 11, sparseTensor: { values, indices, dims: [5] } },
      { name: 'sparses', type: 12, sparseTensors: [{ values, indices, dims: [5] }] },
      { name: 'graph', type: 5, g: inner },
      { name: 'graphs', type: 10, graphs: [inner, inner] },
    ]);
    const { value: tensor } = attributes.get('tensor') as Extract<Attribute, { kind: 'tensor' }>;
    expect(tensor.load()).toEqual(float32([2], [1, 2]));
    const { value: list } = attributes.get('tensors') as Extract<Attribute, { kind: 'tensors' }>;
    expect(list.map((item) => item.load())).toEqual([float32([2], [1, 2]), int64([], [3])]);
    const { value: sparse } = attributes.get('sparse') as Extract<Attribute, { kind: 'sparseTensor' }>;
    expect([sparse.dims, sparse.values.load(), sparse.indices.load()]).toEqual([
      [5],
      float32([2], [5, 6]),
      int64([2], [1, 4]),
    ]);
    const { value: sparses } = attributes.get('sparses') as Extract<Attribute, { kind: 'sparseTensors' }>;
    expect(sparses.map(({ dims }) => dims)).toEqual([[5]]);
    const { value: graph } = attributes.get('graph') as Extract<Attribute, { kind: 'graph' }>;
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Constant']);
    const { value: graphs } = attributes.get('graphs') as Extract<Attribute, { kind: 'graphs' }>;
    expect(graphs.map(({ outputs }) => outputs.map(({ name }) => name))).toEqual([['z'], ['z']]);
  });

  it('are named once a node', () => {
    const bytes = modelBytes(
      withAttributes([
        { name: 'a', type: 2, i: 1 },
        { name: 'a', type: 2, i: 2 },
      ]),
    );
    expect(diagnosticsOf(() => readModel(bytes))).toMatchObject([{ code: 'US1108', value: 'a' }]);
  });

  it('that are malformed are all reported, each at its node', () => {
    const bytes = modelBytes({
      ...withAttributes([]),
      nodes: ['y', 'z'].map((name) =>
        nodeProto('Custom', '', name, {}, { domain: 'custom', attribute: [{ name: 'a', type: 4 }] }),
      ),
    });
    expect(diagnosticsOf(() => readModel(bytes, { file: 'm.onnx' }))).toMatchObject([
      { code: 'US1108', file: 'm.onnx', node: { name: 'y', index: 0 } },
      { code: 'US1108', file: 'm.onnx', node: { name: 'z', index: 1 } },
    ]);
  });
});

describe('attributes that the operator does not have', () => {
  const reportsOf = (opType: string, opset: number, attributes: Readonly<Record<string, AttributeSpec>>) => {
    const bytes = modelBytes({
      opset,
      inputs: { x: [1, 1, 4, 4] },
      outputs: { y: undefined },
      nodes: [nodeProto(opType, 'x', 'y', attributes)],
    });
    return infer(readModel(bytes).model.graph).diagnostics;
  };

  it('are reported by name, and do not stop anything', () => {
    expect(reportsOf('Relu', 18, { alpha: 0.5 })).toMatchObject([
      { code: 'US1301', severity: 'warning', message: expect.stringContaining("'alpha'"), node: { name: 'y' } },
    ]);
  });

  it('are those of the version that the model imports', () => {
    const pool = { kernel_shape: [2, 2] };
    expect(reportsOf('MaxPool', 10, { ...pool, dilations: [1, 1] })).toEqual([]);
    expect(reportsOf('MaxPool', 9, { ...pool, dilations: [1, 1] })).toMatchObject([{ code: 'US1301' }]);
    expect(reportsOf('Relu', 18, {})).toEqual([]);
  });
});
