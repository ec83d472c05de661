/** Where tensors may lie outside the model. */
import { describe, expect, it } from 'vitest';
import type { Constant } from '../../src/ir/graph.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { readConstant } from '../../src/onnx/constant.js';
import { externalFilesFrom } from '../../src/onnx/external-data.js';
import type { TensorProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { externalLocations } from '../../src/onnx/source-files.js';
import { problemOf } from '../files/support.js';
import { diagnosticsOf } from '../support/errors.js';
import { entries, graphProto, modelBytes, nodeProto, tensorProto } from '../support/model.js';

const floats = float32([3], [1, 2, 3]);
const content = new Uint8Array(floats.data.buffer);

/** A float32 tensor of 3 elements. */
function external(fields: Readonly<Record<string, string>>, name = 'w'): TensorProtoLike {
  return { name, dims: [3], dataType: 1, dataLocation: 1, externalData: entries(fields) };
}

function read(fields: Readonly<Record<string, string>>, files: Readonly<Record<string, Uint8Array>> = {}): Constant {
  return readConstant(external(fields), externalFilesFrom(files));
}

describe('external data', () => {
  it('is the whole file, or a part of it', () => {
    const whole = read({ location: 'w.bin' }, { 'w.bin': content });
    expect(whole).toMatchObject({ storage: 'external', byteLength: 12 });
    expect(whole.place).toEqual({ location: 'w.bin', offset: 0, length: 12 });
    expect(whole.load()).toEqual(floats);

    const padded = new Uint8Array(4096 + 12 + 100);
    padded.set(content, 4096);
    const part = read({ location: 'w.bin', offset: '4096', length: '12', checksum: 'x' }, { 'w.bin': padded });
    expect(part.load()).toEqual(floats);
    expect([...part.bytes!()]).toEqual([...content]);
    expect(read({ location: 'w.bin', offset: '', length: '' }, { 'w.bin': content }).load()).toEqual(floats);
  });

  it('is read when it is loaded, not before', () => {
    let reads = 0;
    const files = {
      read: (location: string, offset: number, length: number) => {
        reads++;
        return externalFilesFrom({ 'w.bin': content }).read(location, offset, length);
      },
    };
    const { model } = readModel(modelBytes({ initializers: [external({ location: 'w.bin' })] }), {
      externalFiles: files,
    });
    expect(reads).toBe(0);
    expect([...model.graph.constants.values()][0]!.load()).toEqual(floats);
    expect(reads).toBe(1);
  });

  it('has one name, however its location is written', () => {
    for (const location of ['a/w.bin', './a/w.bin', 'a//w.bin', 'a/./w.bin', 'a\\w.bin', '.\\a\\w.bin']) {
      const constant = read({ location }, { 'a/w.bin': content });
      expect(constant.place!.location, location).toBe('a/w.bin');
      expect(constant.load()).toEqual(floats);
    }
    expect(read({ location: 'w.bin' }, { './w.bin': content }).load()).toEqual(floats);
    expect(read({ location: 'w..bin' }, { 'w..bin': content }).load()).toEqual(floats);
  });

  it.each([
    ['/etc/passwd', 'an absolute path'],
    ['\\\\server\\share\\w.bin', 'an absolute path'],
    ['\\w.bin', 'an absolute path'],
    ['C:\\w.bin', 'a drive or a URL'],
    ['c:w.bin', 'a drive or a URL'],
    ['file:///etc/passwd', 'a drive or a URL'],
    ['http://example.org/w.bin', 'a drive or a URL'],
    ['../w.bin', "'..'"],
    ['a/../../w.bin', "'..'"],
    ['a/..', "'..'"],
    ['..\\w.bin', "'..'"],
    ['a\\..\\..\\w.bin', "'..'"],
    ['w.bin\0.txt', 'a zero byte'],
    ['nul', 'a device'],
    ['weights/CON.bin', 'a device'],
    ['com1 .x', 'a device'],
    ['aux:stream', 'a drive or a URL'],
    ['a/aux:stream', 'a device'],
    ['', 'no location'],
    ['.', 'no location'],
    ['./', 'no location'],
  ])('at %j is refused, even when it is there', (location, reason) => {
    const files = { read: () => content };
    expect(problemOf(() => readConstant(external({ location }), files))).toMatchObject({
      code: 'US1005',
      value: 'w',
      actual: JSON.stringify(location),
      message: expect.stringContaining(reason),
    });
  });

  it('without a location is refused', () => {
    expect(problemOf(() => read({ offset: '0' }))).toMatchObject({ code: 'US1005' });
    expect(problemOf(() => readConstant({ ...external({}), externalData: null }, undefined))).toMatchObject({
      code: 'US1005',
    });
  });

  it.each(['-1', '1e3', '0x10', '1.5', ' 4', '99999999999999999', 'NaN', '9007199254740993'])(
    'at the offset %j is refused',
    (offset) => {
      expect(problemOf(() => read({ location: 'w.bin', offset }, { 'w.bin': content }))).toMatchObject({
        code: 'US1007',
        actual: offset,
      });
    },
  );

  it.each(['4', '12', '9007199254740991'])('at the offset %s lies past the end', (offset) => {
    const constant = read({ location: 'w.bin', offset, length: '12' }, { 'w.bin': content });
    const tooShort = { code: 'US1006', actual: 'a file of 12 bytes' };
    for (const use of [constant.load, constant.bytes!])
      expect(problemOf(use)).toMatchObject({ ...tooShort, expected: `12 bytes at ${offset}` });
    expect(problemOf(constant.probe!)).toMatchObject({
      ...tooShort,
      expected: expect.stringMatching(/^at least \d+ bytes$/),
    });
  });

  it('of another length than the tensor is refused', () => {
    for (const length of ['11', '13', '0'])
      expect(problemOf(() => read({ location: 'w.bin', length }, { 'w.bin': content }))).toMatchObject({
        code: 'US1007',
        expected: '12 bytes',
        actual: `${length} at 'w.bin'`,
      });
  });

  it('that is not given is missed by name', () => {
    expect(problemOf(() => read({ location: 'w.bin' }, { 'v.bin': content }).load())).toMatchObject({
      code: 'US1006',
      actual: 'v.bin',
      hint: expect.stringContaining("'w.bin'"),
    });
    expect(problemOf(() => readConstant(external({ location: 'w.bin' }), undefined).load())).toMatchObject({
      code: 'US1006',
      value: 'w',
    });
    // A record's own names only.
    expect(problemOf(() => read({ location: 'constructor' }).load())).toMatchObject({ code: 'US1006' });
  });

  it('of strings is refused', () => {
    const proto = { ...external({ location: 'w.bin' }), dataType: 8 };
    expect(problemOf(() => readConstant(proto, undefined))).toMatchObject({ code: 'US1007' });
  });

  it('is refused for the whole model when one tensor asks for another folder', () => {
    const bytes = modelBytes({ initializers: [external({ location: '../w.bin' })] });
    expect(diagnosticsOf(() => readModel(bytes, { file: 'm.onnx' }))).toMatchObject([
      { code: 'US1005', file: 'm.onnx' },
    ]);
  });
});

describe('externalLocations', () => {
  it('finds tensors in initializers, attributes and subgraphs', () => {
    const at = (location: string) => external({ location }, location);
    const indices = tensorProto('', int64([3], [0, 1, 2]));
    const inner = graphProto({ initializers: [at('in-subgraph')], outputs: { 'in-subgraph': undefined } });
    const bytes = modelBytes({
      domains: { custom: 1 },
      initializers: [at('initializer'), at('again'), { ...at('initializer'), name: 'second' }],
      sparseInitializers: [{ values: at('sparse'), indices, dims: [9] }],
      nodes: [
        nodeProto(
          'Custom',
          '',
          'y',
          {
            one: { t: at('attribute') },
            many: { tensors: [at('list-a'), at('list-b')] },
            sparse: { sparseTensor: { values: at('sparse-attribute'), indices, dims: [9] } },
            graph: { g: inner },
            graphs: { graphs: [graphProto({ initializers: [at('in-list')] })] },
          },
          { domain: 'custom' },
        ),
      ],
      outputs: { y: undefined },
    });
    expect([...externalLocations(readModel(bytes).model.graph)].sort()).toEqual(
      [
        'initializer',
        'again',
        'sparse',
        'attribute',
        'list-a',
        'list-b',
        'sparse-attribute',
        'in-subgraph',
        'in-list',
      ].sort(),
    );
  });
});
