/** What is written of an untouched model is what was read, field by field. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import type protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { ModelProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { modelBytes, writeModel } from '../../src/onnx/write.js';
import { differences, messageType } from '../support/message.js';
import {
  encodeCurrent,
  entries,
  graphProto,
  modelProto,
  nodeProto,
  tensorTypeProto,
  varint,
  wireField,
} from '../support/model.js';
import { changes, encode, type Fields, floats, identity, metadata, modelWith, written } from '../support/round-trip.js';
import { cases, isAbsent, onnxTests, sharedModels, titleFor } from '../support/shared-data.js';

const root = path.join(import.meta.dirname, '..', '..');

describe.each([
  ['fixtures', path.join(root, 'fixtures')],
  ['real models and the zoo', sharedModels],
  ['cases', cases],
  ["ONNX's tests", onnxTests],
])('files: %s', (title, folder) => {
  it.skipIf(isAbsent(folder))(titleFor(title, folder), { timeout: 60_000 }, () => {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.onnx'));
    expect(names.length).toBeGreaterThan(10);
    const changed: string[] = [];
    for (const name of names) {
      const bytes = new Uint8Array(readFileSync(path.join(folder, name)));
      try {
        for (const difference of changes(bytes, { file: name })) changed.push(`${name}: ${difference}`);
      } catch (error) {
        // Some files are not to be read at all, which other tests see to.
        if (!(error instanceof ModelError)) throw error;
      }
    }
    expect(changed).toEqual([]);
  });
});

it('a change is seen', () => {
  const bytes = modelWith({ model: { docString: 'm' }, input: { type: tensorTypeProto(['1*N']) } });
  const { kept: _, ...model } = readModel(bytes).model;
  expect(differences(bytes, modelBytes(model))).toEqual(['model.docString: "m", nothing']);
  const { kept: __, ...graph } = model.graph;
  expect(differences(bytes, modelBytes({ ...model, graph })).join()).toContain('dimParam: "1*N", "N"');
});

describe('fields that the graph does not model stay', () => {
  const inner = graphProto({ nodes: [nodeProto('Identity', 'x', 'z')], outputs: { z: [2] } });
  const shapes = (dim: readonly Fields[]) => ({ type: { tensorType: { elemType: 1, shape: { dim } } } });
  it.each<[string, Parameters<typeof modelWith>[0]]>([
    ['documentation', { model: { docString: 'm' }, graph: { docString: 'g' }, node: { docString: 'n' } }],
    ['documentation', { input: { docString: '' }, tensor: { docString: 't' }, attribute: { docString: 'a' } }],
    ['of the model', { model: { domain: 'org', modelVersion: 2 ** 40, producerName: '', metadataProps: metadata } }],
    ['training', { model: { trainingInfo: [{ initialization: inner, updateBinding: metadata }] } }],
    ['devices', { model: { configuration: [{ name: 'two', numDevices: 2, device: ['a', 'b'] }] } }],
    ['devices', { node: { deviceConfigurations: [{ configurationId: 'two', shardingSpec: [{ tensorName: 'x' }] }] } }],
    ['metadata', { graph: { metadataProps: metadata }, tensor: { metadataProps: metadata } }],
    ['metadata', { node: { metadataProps: metadata }, input: { metadataProps: metadata } }],
    ['repeated keys', { node: { metadataProps: [...metadata, ...entries({ b: '3' })] } }],
    ['entries without a key or a value', { input: { metadataProps: [{ key: 'a' }, { value: 'b' }, {}] } }],
    ['annotations', { graph: { quantizationAnnotation: [{ tensorName: 'x', quantParameterTensorNames: metadata }] } }],
    ['denotations', { input: { type: { denotation: 'IMAGE', ...floats } } }],
    ['denotations', { input: shapes([{ dimValue: 2, denotation: 'DATA_BATCH' }]) }],
    ['sizes as written', { input: shapes([{ dimParam: 'a + 2*b' }, { dimParam: '?' }, { dimValue: -1 }, {}]) }],
    ['sizes as written', { input: shapes([{ dimParam: ' N ' }, { dimParam: '7' }, { dimParam: '' }]) }],
    ['types without a shape', { input: { type: { tensorType: { elemType: 1 } } } }],
    ['types without an element type', { input: { type: { tensorType: { shape: {} } } } }],
    ['types to come', { input: { type: { tensorType: { elemType: 99 } } } }],
    ['types of no tensors', { input: { type: { sequenceType: { elemType: floats } } } }],
    ['types of no tensors', { input: { type: { mapType: { keyType: 7, valueType: { optionalType: {} } } } } }],
    ['types of no tensors', { input: { type: { opaqueType: { domain: 'd', name: 'n' } } } }],
    ['types of no tensors', { input: { type: { sparseTensorType: { elemType: 1, shape: { dim: [{}] } } } } }],
    ['absent types', { input: { type: undefined }, graph: { valueInfo: [{ name: 'x', type: floats }] } }],
    ['declarations of what nothing makes', { graph: { valueInfo: [{ name: 'y' }, { name: 'q', type: floats }] } }],
    ['declarations twice', { graph: { valueInfo: [{ name: 'y', type: tensorTypeProto(['a']) }, { name: 'y' }] } }],
    ['empty texts', { node: { name: '', domain: 'ai.onnx', opType: 'Op' }, graph: { name: '' } }],
    ['overloads', { node: { overload: 'o' } }],
    ['absent ends', { node: { input: ['x', 'w', '', ''], output: ['y', ''] } }],
    ['segments', { tensor: { segment: { begin: 0, end: 2 } } }],
    ['stated defaults', { tensor: { dataLocation: 0 } }],
    ['typed elements', { tensor: { rawData: undefined, floatData: [1, 2] } }],
    ['typed elements', { tensor: { rawData: undefined, dataType: 7, int64Data: [-1, 2 ** 40] } }],
    ['typed elements', { tensor: { rawData: undefined, dataType: 3, int32Data: [-1, 5] } }],
    ['elements of other fields', { tensor: { doubleData: [1.5] } }],
    ['texts', { tensor: { rawData: undefined, dataType: 8, stringData: [Uint8Array.of(255), new Uint8Array()] } }],
    ['no elements', { tensor: { rawData: undefined, dims: [0] } }],
    ['attributes without a type', { attribute: { type: undefined } }],
    ['attributes without a value', { attribute: { i: undefined } }],
    ['fields that an attribute does not name', { attribute: { f: 0, s: Uint8Array.of(1), ints: [1, 2] } }],
    [
      'names of attributes’ tensors',
      { attribute: { type: 4, t: { name: 't', dims: [1], dataType: 1, floatData: [3] } } },
    ],
    ['types in attributes', { attribute: { type: 13, tp: { sequenceType: { elemType: floats } } } }],
    ['types in attributes', { attribute: { type: 14, typeProtos: [floats, { denotation: 'd' }] } }],
    ['subgraphs', { attribute: { type: 5, g: { ...inner, docString: 'inner', valueInfo: [{ name: 'q' }] } } }],
    ['names that hide others', { attribute: { type: 5, g: graphProto({ nodes: [identity], outputs: { y: [2] } }) } }],
    [
      'imports',
      { model: { opsetImport: [{ version: 18 }, { domain: 'b', version: 2 }, { domain: 'custom', version: 1 }] } },
    ],
    ['imports', { model: { opsetImport: [{ domain: 'ai.onnx', version: 18 }] } }],
    ['no imports', { model: { opsetImport: [] } }],
  ])('%s %#', (_, parts) => {
    const bytes = modelWith(parts);
    expect(changes(bytes)).toEqual([]);
  });

  it('but not what is malformed where an attribute does not look', () => {
    const bytes = modelWith({ attribute: { t: { dims: [3], dataType: 1, rawData: new Uint8Array(4) } } });
    expect(changes(bytes)).toEqual([expect.stringContaining('attribute[0].t: ')]);
  });

  it('and fields that no version has yet', () => {
    const bytes = modelWith({});
    const unknown = Uint8Array.of(0xfa, 0x7f, 2, 1, 2);
    expect(changes(new Uint8Array([...bytes, ...unknown]))).toEqual([]);
  });

  it.each([
    [3, ['w', 'x']],
    [3, ['x']],
    [10, ['x', 'w']],
    [10, ['w', 'x']],
  ])('IR version %i with the inputs %j', (irVersion, listed) => {
    const input = listed.map((name) => ({ name, type: tensorTypeProto([2]), docString: name }));
    const bytes = modelWith({ model: { irVersion }, graph: { input } });
    expect(changes(bytes)).toEqual([]);
    const { graph } = readModel(bytes).model;
    expect([...(graph.overridable ?? [])].map(({ name }) => name)).toEqual(irVersion === 3 ? [] : ['w']);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('and elements that are not packed', () => {
    const elements = [1, -2, 2 ** 40].flatMap((value) => wireField(7, 0, varint(value)));
    const text = [...new TextEncoder().encode('v')];
    const tensor = [...wireField(1, 0, [3]), ...wireField(2, 0, [7]), ...elements, ...wireField(8, 2, text)];
    // A message that is in another twice is one of both.
    const bytes = Uint8Array.from([...modelWith({}), ...wireField(7, 2, wireField(5, 2, tensor))]);
    expect([...readModel(bytes).model.graph.constants.values()][1]!.load().data).toEqual(
      BigInt64Array.of(1n, -2n, 2n ** 40n),
    );
    expect(changes(bytes)).toEqual([]);
  });

  it('and the documentation of messages that onnx-proto has decoded', () => {
    const documented = { docString: 'd' };
    const bytes = modelWith({
      model: { ...documented, domain: 'o', modelVersion: 3 },
      graph: documented,
      node: documented,
      input: documented,
      tensor: documented,
      attribute: documented,
    });
    const { model } = readModel(onnx.ModelProto.decode(bytes) as ModelProtoLike);
    expect(differences(bytes, modelBytes(model))).toEqual([]);
  });

  it('external data, its checksum and the order of its keys', () => {
    const externalData = entries({ length: '8', checksum: 'abc', location: './w.bin' });
    const bytes = modelWith({ tensor: { rawData: undefined, dataLocation: 1, externalData } });
    expect(changes(bytes)).toEqual([]);
    const { model } = writeModel(readModel(bytes).model, { weights: { location: 'o.data', minBytes: 0 } });
    const moved = Buffer.concat([...model.chunks()]).toString('latin1');
    expect(moved).toContain('o.data');
    expect(moved).not.toContain('checksum');
  });

  it('nodes that are not in order', () => {
    const bytes = encodeCurrent(
      modelProto({
        inputs: { x: [2] },
        outputs: { y: [2] },
        nodes: [nodeProto('Neg', 'z', 'y'), nodeProto('Abs', 'x', 'z')],
      }),
    );
    expect(changes(bytes)).toEqual([]);
    const { model } = readModel(bytes);
    const sorted = written(model, { types: infer(model.graph).types });
    expect(sorted.graph.node.map(({ opType }) => opType)).toEqual(['Abs', 'Neg']);
  });
});

describe('any model', () => {
  /** Messages that are made elsewhere, since their parts must fit one another. */
  const made = new Set([
    'GraphProto',
    'TensorProto',
    'SparseTensorProto',
    'AttributeProto',
    'NodeProto',
    'FunctionProto',
  ]);

  type Draw = fc.GeneratorValue;

  /** Some of the message's fields with any content, as the schema has them. */
  function anyFields(draw: Draw, type: protobuf.Type, without: readonly string[] = [], depth = 0): Fields {
    const message: Record<string, unknown> = {};
    const taken = new Set<unknown>();
    for (const field of type.fieldsArray) {
      field.resolve();
      const inner = field.resolvedType as protobuf.Type | null;
      if (without.includes(field.name) || (inner !== null && made.has(inner.name)) || taken.has(field.partOf)) continue;
      if (!draw(fc.boolean) || (inner !== null && depth > 2)) continue;
      if (field.partOf !== null) taken.add(field.partOf);
      const one = () => (inner !== null ? anyFields(draw, inner, [], depth + 1) : anyScalar(draw, field.type));
      message[field.name] = field.repeated ? draw(fc.array, fc.constant(0), { maxLength: 2 }).map(one) : one();
    }
    return message;
  }

  function anyScalar(draw: Draw, type: string): unknown {
    if (type === 'string') return draw(fc.constantFrom, '', 'x', 'N', '2*N', 'ü', '?', '-1');
    if (type === 'bytes') return Uint8Array.from(draw(fc.array, fc.nat(255), { maxLength: 3 }));
    return draw(fc.constantFrom, 0, 1, 2, 7, type === 'int64' ? 2 ** 40 : -1);
  }

  const some = (draw: Draw, name: string, without: readonly string[], own: Fields): Fields => ({
    ...anyFields(draw, messageType(name), without),
    ...own,
  });

  it('is written as it was read', () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => {
        const info = (name: string) => some(draw, 'ValueInfoProto', ['name'], { name });
        const length = draw(fc.nat, 3);
        const node = Array.from({ length }, (_, i) =>
          some(draw, 'NodeProto', ['input', 'output', 'opType', 'domain'], {
            input: draw(fc.boolean) ? [`v${i}`, '', 'w'] : [`v${i}`, ''],
            output: [`v${i + 1}`],
            opType: 'Op',
            domain: 'custom',
            attribute: draw(fc.boolean)
              ? []
              : [some(draw, 'AttributeProto', ['name', 'type', 'refAttrName'], { name: 'a', type: 7 })],
          }),
        );
        const tensor = some(draw, 'TensorProto', [...unmade], {
          name: 'w',
          dims: [1],
          dataType: 2,
          rawData: Uint8Array.of(3),
        });
        const valueInfo = draw(fc.array, fc.constantFrom('v0', 'v1', 'v2', 'w', 'nothing'), { maxLength: 4 }).map(info);
        const listed = draw(fc.constantFrom, ['v0'], ['v0', 'w'], ['w', 'v0']);
        const graph = some(draw, 'GraphProto', ['node', 'input', 'output', 'initializer', 'valueInfo'], {
          node,
          initializer: [tensor],
          input: listed.map(info),
          output: [info(`v${length}`), info('v0')],
          valueInfo,
        });
        const model = some(draw, 'ModelProto', ['irVersion', 'opsetImport'], {
          irVersion: draw(fc.constantFrom, 3, 4, 10),
          opsetImport: draw(fc.boolean)
            ? [{ version: 18 }]
            : [
                { domain: 'custom', version: 1 },
                { domain: '', version: 17 },
              ],
          graph,
        });
        expect(changes(encode(model))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  const unmade = [
    'name',
    'dims',
    'dataType',
    'rawData',
    'dataLocation',
    'externalData',
    'uint64Data',
    'int32Data',
    'stringData',
  ];
});
