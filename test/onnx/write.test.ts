/** What is written reads back as it was. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import { type ElementType, elementTypeFacts, elementTypes, packedByteLength } from '../../src/ir/element-type.js';
import {
  type Attribute,
  type Constant,
  constantFromTensor,
  emptyMetadata,
  type Graph,
  type Model,
  type Node,
  Value,
  type ValueType,
} from '../../src/ir/graph.js';
import { sequenceOf, tensorType } from '../../src/ir/shape.js';
import { denseConstant } from '../../src/ir/sparse.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import { externalFilesFrom } from '../../src/onnx/external-data.js';
import type { ModelProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { modelBytes, writeModel } from '../../src/onnx/write.js';
import { openModel } from '../../src/runtime/open.js';
import { describeModel } from '../support/describe-model.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { isAbsent, realModels, titleFor } from '../support/shared-data.js';

function node(opType: string, inputs: readonly Value[], outputs: readonly Value[], more: Partial<Node> = {}): Node {
  return {
    name: `${opType} of ${outputs[0]!.name}`,
    domain: '',
    opType,
    opset: 18,
    inputs,
    outputs,
    attributes: new Map(),
    metadata: emptyMetadata,
    index: 0,
    ...more,
  };
}

function modelOf(graph: Partial<Graph>, more: Partial<Model> = {}): Model {
  return {
    graph: { name: 'g', inputs: [], outputs: [], nodes: [], constants: new Map(), ...graph },
    irVersion: 10,
    opsets: new Map([['', 18]]),
    producer: { name: 'tests', version: '1' },
    metadata: new Map(),
    ...more,
  };
}

function tensorValue(name: string, shape: readonly (number | ReturnType<typeof symbol>)[] = [2]): Value {
  return new Value(name, { kind: 'tensor', elementType: 'float32', shape });
}

const reread = (model: Model, options = {}) => readModel(modelBytes(model, options)).model;

describe('fixtures written and read again', () => {
  it.each(fixtures)('%s holds what it held', async (name) => {
    const file = path.join(readFixture(name).folder, 'model.onnx');
    const { model } = await openModel(file);
    const bytes = modelBytes(model);
    const externalData = name.includes('external')
      ? { 'weights.bin': new Uint8Array(readFileSync(path.join(path.dirname(file), 'weights.bin'))) }
      : {};
    const again = await openModel(bytes, { externalData });
    expect(again.diagnostics).toEqual([]);
    expect(verify(again.model.graph)).toEqual([]);
    expect(describeModel(again.model)).toEqual(describeModel(model));
  });

  it.each(fixtures)("%s is read by onnx-proto's decoder", async (name) => {
    const { model } = await openModel(path.join(readFixture(name).folder, 'model.onnx'));
    const decoded = onnx.ModelProto.decode(modelBytes(model));
    expect(Number(decoded.irVersion)).toBe(model.irVersion);
    expect(decoded.graph!.node!.map(({ opType }) => opType)).toEqual(model.graph.nodes.map(({ opType }) => opType));
    const weights = new Map([...model.graph.constants].map(([value, constant]) => [value.name, constant]));
    expect(decoded.graph!.initializer).toHaveLength(weights.size);
    for (const tensor of decoded.graph!.initializer!) {
      const { dims, byteLength, storage } = weights.get(tensor.name!)!;
      expect(tensor.dims!.map(Number)).toEqual(dims);
      if (storage === 'inline') expect(tensor.rawData!.length).toBe(byteLength);
    }
  });
});

describe(titleFor('real models written and read again', realModels), () => {
  const names = isAbsent(realModels) ? [] : readdirSync(realModels);
  it.skipIf(names.length === 0).each(names.length === 0 ? ['none'] : names)('%s holds what it held', async (name) => {
    const { model } = await openModel(path.join(realModels, name, 'model.onnx'));
    const again = (await openModel(modelBytes(model))).model;
    expect(describeModel(typed(again))).toEqual(describeModel(typed(model)));
  });

  /** Before IR 4 every initializer is an input when it is written, and so has a type; some files lack that. */
  function typed(model: Model): Model {
    if (model.irVersion >= 4) return model;
    const constants = new Map(
      [...model.graph.constants].map(([value, constant]) => [
        new Value(value.name, undefined, value.metadata),
        constant,
      ]),
    );
    return { ...model, graph: { ...model.graph, constants } };
  }
});

describe('functions', () => {
  it('are called again, or replaced by their nodes under names of their own', () => {
    const type = { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }] } } };
    const message = onnx.ModelProto.create({
      irVersion: 8,
      opsetImport: [
        { domain: '', version: 17 },
        { domain: 'local', version: 1 },
      ],
      functions: [
        {
          name: 'twice',
          domain: 'local',
          input: ['a'],
          output: ['b'],
          opsetImport: [{ domain: '', version: 17 }],
          node: [
            { opType: 'Neg', name: 'first', input: ['a'], output: ['inner'] },
            { opType: 'Abs', name: 'second', input: ['inner'], output: ['b'] },
          ],
        },
      ],
      graph: {
        name: 'g',
        input: [{ name: 'x', type }],
        output: [{ name: 'y', type }],
        node: [
          { opType: 'twice', domain: 'local', name: 'one', input: ['x'], output: ['z'] },
          { opType: 'twice', domain: 'local', name: 'two', input: ['z'], output: ['y'] },
        ],
      },
    });
    const { model } = readModel(new Uint8Array(onnx.ModelProto.encode(message).finish()));
    expect(model.graph.nodes.map(({ name, opType }) => `${name} ${opType}`)).toEqual([
      'one/first Neg',
      'one/second Abs',
      'two/first Neg',
      'two/second Abs',
    ]);
    expect(describeModel(reread(model))).toEqual(describeModel(model));
    const { graph, functions } = onnx.ModelProto.decode(modelBytes(model));
    expect(functions.map(({ name }) => name)).toEqual(['twice']);
    expect(graph!.node!.map(({ opType }) => opType)).toEqual(['twice', 'twice']);
    // A message has no bytes of its functions.
    const fromMessage = readModel(message as ModelProtoLike).model;
    expect(describeModel(reread(fromMessage))).toEqual(describeModel(model));
    expect(onnx.ModelProto.decode(modelBytes(fromMessage)).functions).toEqual([]);
  });
});

describe('constants', () => {
  it.each(elementTypes.filter((type) => type !== 'string'))('%s keeps every bit', (type: ElementType) => {
    const dims = [3, 5];
    const bytes = Uint8Array.from({ length: packedByteLength(type, 15) }, (_, i) => (type === 'bool' ? i % 2 : 37 * i));
    // Bits past the last element do not count, and are zero.
    const rest = (8 - ((15 * elementTypeFacts(type).bits) % 8)) % 8;
    bytes[bytes.length - 1]! &= 255 >> rest;
    const stored: Constant = {
      type,
      dims,
      byteLength: bytes.length,
      storage: 'inline',
      bytes: () => bytes,
      load: () => {
        throw new Error('not to be decoded');
      },
    };
    const constant = [
      ...reread(modelOf({ constants: new Map([[new Value('w'), stored]]) })).graph.constants.values(),
    ][0]!;
    expect(constant.type).toBe(type);
    expect(constant.dims).toEqual(dims);
    expect([...constant.bytes!()]).toEqual([...bytes]);
    if (type.startsWith('complex')) return;
    // And from elements alone.
    const loaded = constantFromTensor(constant.load());
    const again = [...reread(modelOf({ constants: new Map([[new Value('w'), loaded]]) })).graph.constants.values()][0]!;
    expect([...again.bytes!()]).toEqual([...bytes]);
  });

  it('keep strings, scalars and tensors without elements', () => {
    const constants = new Map<Value, Constant>([
      [new Value('s'), constantFromTensor(new Tensor('string', [3], ['', 'grün', 'a\0b']))],
      [new Value('scalar'), constantFromTensor(float32([], [1.5]))],
      [new Value('empty'), constantFromTensor(int64([0, 4], []))],
    ]);
    const model = modelOf({ constants });
    expect(describeModel(reread(model))).toEqual(describeModel(model));
  });

  it('stay sparse', () => {
    const sparse = {
      dims: [4, 1000],
      values: constantFromTensor(float32([2], [1, 2])),
      indices: constantFromTensor(int64([2], [3, 3999])),
    };
    const model = modelOf({ constants: new Map([[new Value('w'), denseConstant(sparse)]]) });
    const again = reread(model);
    expect(describeModel(again)).toEqual(describeModel(model));
    const { data } = [...again.graph.constants.values()][0]!.load();
    expect([data[3], data[3999], data.length]).toEqual([1, 2, 4000]);
  });
});

describe('attributes', () => {
  const utf8 = new TextEncoder();
  const constant = constantFromTensor(float32([2], [1, 2]));
  const sparse = { dims: [9], values: constant, indices: constantFromTensor(int64([2], [1, 8])) };
  const types: readonly ValueType[] = [
    { kind: 'tensor', elementType: 'int64', shape: [symbol('N'), 3] },
    { kind: 'tensor', elementType: 'float16', shape: undefined },
    { kind: 'tensor', elementType: undefined, shape: [] },
    {
      kind: 'other',
      description: 'sequence(tensor(float32))',
      sequence: { elementType: 'float32', shape: undefined },
    },
    {
      kind: 'other',
      description: 'optional(sequence(tensor(int8)))',
      optional: sequenceOf({ element: tensorType('int8', undefined), length: undefined }),
    },
    { kind: 'other', description: 'map(int64, tensor(float32))' },
    { kind: 'other', description: 'sparse_tensor(float64)' },
    { kind: 'other', description: 'unknown' },
  ];
  const attributes: readonly (readonly [string, Attribute])[] = [
    ['float', { kind: 'float', value: Math.fround(0.1) }],
    ['int', { kind: 'int', value: -(2n ** 63n) }],
    ['string', { kind: 'string', value: Uint8Array.from([0, 255, 7]) }],
    ['tensor', { kind: 'tensor', value: constant }],
    ['sparse', { kind: 'sparseTensor', value: sparse }],
    ['type', { kind: 'type', value: types[0]! }],
    ['floats', { kind: 'floats', value: [0, -1.5, Number.POSITIVE_INFINITY] }],
    ['ints', { kind: 'ints', value: [0n, -1n, 2n ** 63n - 1n, 2n ** 53n + 1n] }],
    ['strings', { kind: 'strings', value: [utf8.encode('a'), utf8.encode('')] }],
    ['no ints', { kind: 'ints', value: [] }],
    ['no graphs', { kind: 'graphs', value: [] }],
    ['tensors', { kind: 'tensors', value: [constant, constantFromTensor(int64([], [5]))] }],
    ['sparses', { kind: 'sparseTensors', value: [sparse] }],
    ['types', { kind: 'types', value: types }],
  ];

  it('of every kind are kept', () => {
    const x = tensorValue('x');
    const y = tensorValue('y');
    const model = modelOf(
      {
        inputs: [x],
        outputs: [y],
        nodes: [node('Custom', [x], [y], { domain: 'a.b', opset: 3, attributes: new Map(attributes) })],
      },
      {
        opsets: new Map([
          ['', 18],
          ['a.b', 3],
        ]),
        metadata: new Map([
          ['key', 'value'],
          ['', 'ü'],
        ]),
      },
    );
    expect(describeModel(reread(model))).toEqual(describeModel(model));
  });

  it('hold subgraphs that see the values around them', () => {
    const condition = new Value('c', { kind: 'tensor', elementType: 'bool', shape: [] });
    const x = tensorValue('x');
    const branch = (op: string): Attribute => {
      const made = new Value('z');
      const inner = { name: op, inputs: [], outputs: [made], nodes: [node(op, [x], [made])], constants: new Map() };
      return { kind: 'graph', value: inner };
    };
    const y = tensorValue('y');
    const choice = node('If', [condition], [y], {
      attributes: new Map([
        ['then_branch', branch('Neg')],
        ['else_branch', branch('Abs')],
      ]),
    });
    const model = modelOf({ inputs: [condition, x], outputs: [y], nodes: [choice] });
    const again = reread(model);
    expect(describeModel(again)).toEqual(describeModel(model));
    expect(verify(again.graph)).toEqual([]);
  });
});

describe('names', () => {
  it('are made different where two values share one, and are kept at the ends', () => {
    const x = tensorValue('x');
    const inner = new Value('y');
    const y = tensorValue('y');
    const nameless = new Value('');
    const nodes = [node('Neg', [x], [inner]), node('Abs', [inner], [nameless]), node('Exp', [nameless], [y])];
    const again = reread(modelOf({ inputs: [x], outputs: [y], nodes }));
    expect(again.graph.nodes.map(({ inputs, outputs }) => [inputs[0]!.name, outputs[0]!.name])).toEqual([
      ['x', 'y_1'],
      ['y_1', 'value_1'],
      ['value_1', 'y'],
    ]);
    expect(verify(again.graph)).toEqual([]);
  });

  it('of a subgraph do not hide those around it', () => {
    const condition = new Value('c', { kind: 'tensor', elementType: 'bool', shape: [] });
    const x = tensorValue('x');
    const hiding = new Value('x');
    const inner: Graph = {
      name: '',
      inputs: [],
      outputs: [hiding],
      nodes: [node('Neg', [x], [hiding])],
      constants: new Map(),
    };
    const y = tensorValue('y');
    const attributes = new Map<string, Attribute>([['then_branch', { kind: 'graph', value: inner }]]);
    const again = reread(
      modelOf({ inputs: [condition, x], outputs: [y], nodes: [node('If', [condition], [y], { attributes })] }),
    );
    const { value } = again.graph.nodes[0]!.attributes.get('then_branch')! as { value: Graph };
    expect(value.nodes[0]!.inputs[0]).toBe(again.graph.inputs[1]);
    expect(value.outputs[0]!.name).toBe('x_1');
  });

  it('absent inputs stay absent', () => {
    const x = tensorValue('x');
    const y = tensorValue('y');
    const resize: Node = { ...node('Resize', [x], [y]), inputs: [x, undefined, x] };
    expect(
      reread(modelOf({ inputs: [x], outputs: [y], nodes: [resize] })).graph.nodes[0]!.inputs.map((v) => v?.name),
    ).toEqual(['x', undefined, 'x']);
  });
});

describe('types', () => {
  it('that inference found are in value_info, open sizes by name or arithmetic', () => {
    const x = new Value('x', { kind: 'tensor', elementType: 'float32', shape: [1, 1, symbol('H'), 6] });
    const middle = new Value('m');
    const y = new Value('y');
    const pool = node('MaxPool', [x], [middle], {
      attributes: new Map<string, Attribute>([
        ['kernel_shape', { kind: 'ints', value: [2n, 2n] }],
        ['strides', { kind: 'ints', value: [2n, 2n] }],
      ]),
    });
    const model = modelOf({ inputs: [x], outputs: [y], nodes: [pool, node('Relu', [middle], [y])] });
    const again = reread(model, { types: infer(model.graph).types });
    const shape = ['1', '1', 'floor(H/2)', '3'];
    const shapeOf = (value: Value | undefined) =>
      value?.declared?.kind === 'tensor' ? value.declared.shape?.map(String) : undefined;
    expect(shapeOf(again.graph.nodes[0]!.outputs[0])).toEqual(shape);
    expect(shapeOf(again.graph.outputs[0])).toEqual(shape);
    expect(shapeOf(reread(model).graph.nodes[0]!.outputs[0])).toBeUndefined();
  });

  it('leave open what has no name of its own', () => {
    const x = new Value('x', {
      kind: 'tensor',
      elementType: 'float32',
      shape: [symbol('?0', { reason: 'unknown' }), symbol('N')],
    });
    const bytes = modelBytes(modelOf({ inputs: [x], outputs: [x] }));
    const dims = onnx.ModelProto.decode(bytes).graph!.input![0]!.type!.tensorType!.shape!.dim!;
    expect(dims.map(({ dimParam }) => dimParam ?? '')).toEqual(['', 'N']);
  });
});

describe('versions', () => {
  it('before IR 4 initializers are inputs as well', () => {
    const x = tensorValue('x');
    const y = tensorValue('y');
    const w = new Value('w');
    const model = modelOf(
      {
        inputs: [x],
        outputs: [y],
        nodes: [node('Add', [x, w], [y])],
        constants: new Map([[w, constantFromTensor(float32([2], [1, 2]))]]),
      },
      { irVersion: 3 },
    );
    const bytes = modelBytes(model);
    expect(onnx.ModelProto.decode(bytes).graph!.input!.map(({ name }) => name)).toEqual(['x', 'w']);
    expect(readModel(bytes).model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('of a node that differ from the model are refused, unless they mean the same', () => {
    const x = tensorValue('x');
    const y = tensorValue('y');
    const model = modelOf({ inputs: [x], outputs: [y], nodes: [node('Relu', [x], [y], { opset: 17 })] });
    expect(() => modelBytes(model)).toThrow(ProblemError);
    expect(() => modelBytes(model)).toThrow(/operator set/);
    expect(reread(model, { isSameIn: () => true }).graph.nodes[0]!.opset).toBe(18);
  });
});

describe('weights', () => {
  const small = constantFromTensor(float32([3], [1, 2, 3]));
  const large = constantFromTensor(
    float32(
      [300],
      Float32Array.from({ length: 300 }, (_, i) => i),
    ),
  );
  const huge: Constant = {
    type: 'float32',
    dims: [1024, 1024, 800],
    byteLength: 2 ** 20 * 3200,
    storage: 'inline',
    load: () => {
      throw new Error('3 GB are not to be read');
    },
  };
  const named = (constants: Readonly<Record<string, Constant>>) =>
    modelOf({ constants: new Map(Object.entries(constants).map(([name, constant]) => [new Value(name), constant])) });

  it('go to a file beside the model when asked', () => {
    const model = named({ a: large, small, b: large });
    const { model: written, weights } = writeModel(model, { weights: { location: 'm.data' } });
    const join = (chunks: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...chunks]));
    expect(weights!.location).toBe('m.data');
    const data = join(weights!.chunks());
    expect(data.length).toBe(weights!.byteLength);
    const bytes = join(written.chunks());
    expect(bytes.length).toBe(written.byteLength);
    const again = readModel(bytes, { externalFiles: externalFilesFrom({ 'm.data': data }) }).model;
    const constants = [...again.graph.constants.values()];
    expect(constants.map(({ storage }) => storage)).toEqual(['external', 'inline', 'external']);
    expect(constants.map(({ place }) => place && place.offset % 64)).toEqual([0, undefined, 0]);
    expect(constants.map((constant) => [...(constant.load().data as Float32Array)])).toEqual(
      [large, small, large].map((constant) => [...(constant.load().data as Float32Array)]),
    );
  });

  it('in other files stay there, or come in', () => {
    const { model, weights } = writeModel(named({ large }), { weights: { location: 'm.data' } });
    const data = new Uint8Array(Buffer.concat([...weights!.chunks()]));
    const externalFiles = externalFilesFrom({ 'm.data': data });
    const external = readModel(new Uint8Array(Buffer.concat([...model.chunks()])), { externalFiles }).model;
    expect([...reread(external).graph.constants.values()][0]!.place).toEqual({
      location: 'm.data',
      offset: 0,
      length: 1200,
    });
    const inside = [...reread(external, { weights: 'inline' }).graph.constants.values()][0]!;
    expect(inside.storage).toBe('inline');
    expect([...(inside.load().data as Float32Array)]).toEqual([...(large.load().data as Float32Array)]);
  });

  it('of more than 2 GiB do not fit one file, and are not read to find out', () => {
    expect(() => writeModel(named({ huge }))).toThrow(/too large for one file/);
    const { model, weights } = writeModel(named({ huge, small }), { weights: { location: 'm.data' } });
    expect(weights!.byteLength).toBe(huge.byteLength);
    expect(model.byteLength).toBeLessThan(1000);
  });
});
