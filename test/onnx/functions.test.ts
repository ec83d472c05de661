/** Model-local functions: replaced by their nodes where they are called. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { bool, float32, int64 } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import type { FunctionProtoLike, NodeProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { runModel } from '../../src/runtime/run.js';
import { diagnosticsOf } from '../support/errors.js';
import {
  type AttributeSpec,
  attributeProto,
  encodeCurrent,
  entries,
  functionProto,
  graphProto,
  type ModelSpec,
  modelBytes,
  modelProto,
  nodeProto,
  tensorProto,
  tensorTypeProto,
} from '../support/model.js';

/** A call of a function of the domain `local`. */
function call(
  name: string,
  inputs: string,
  outputs: string,
  attributes: Readonly<Record<string, AttributeSpec>> = {},
  more: NodeProtoLike = {},
): NodeProtoLike {
  return nodeProto(name, inputs, outputs, attributes, { domain: 'local', ...more });
}

function modelOf(
  functions: readonly FunctionProtoLike[],
  nodes: readonly NodeProtoLike[],
  more: ModelSpec = {},
): ModelSpec {
  return { inputs: { x: [2] }, outputs: { y: undefined }, domains: { local: 1 }, functions, nodes, ...more };
}

function read(spec: ModelSpec): Graph {
  const { model, diagnostics } = readModel(modelBytes(spec));
  expect(diagnostics).toEqual([]);
  expect(verify(model.graph)).toEqual([]);
  return model.graph;
}

function problemsOf(spec: ModelSpec) {
  return diagnosticsOf(() => readModel(modelBytes(spec)));
}

/** y for x = [1, -2]. */
function run(spec: ModelSpec): unknown[] {
  const { model } = readModel(modelBytes(spec));
  return [...runModel(model, { x: float32([2], [1, -2]) }).outputs.get('y')!.data];
}

const namesOf = (values: readonly (Value | undefined)[]) => values.map((value) => value?.name);
const nodesOf = ({ nodes }: Graph) =>
  nodes.map(({ name, opType, inputs, outputs }) => `${name}: ${opType}(${namesOf(inputs)}) -> ${namesOf(outputs)}`);

describe('a call', () => {
  it('becomes the nodes of the function, with names of their own', () => {
    const twice = functionProto('Twice', 'a', 'b', [nodeProto('Neg', 'a', 't'), nodeProto('Mul', 't a', 'b')]);
    const spec = modelOf([twice], [call('Twice', 'x', 'm'), call('Twice', 'm', 'y')]);
    expect(nodesOf(read(spec))).toEqual([
      'm/t: Neg(x) -> m/t',
      'm/b: Mul(m/t,x) -> m',
      'y/t: Neg(m) -> y/t',
      'y/b: Mul(y/t,m) -> y',
    ]);
    expect(run(spec)).toEqual([-1, -16]);
  });

  it('without a name is told apart by its place', () => {
    const inner = functionProto('Inner', 'a', 'b', [nodeProto('Neg', 'a', 't'), nodeProto('Abs', 't', 'b')]);
    const outer = functionProto('Outer', 'a', 'b', [call('Inner', 'a', 'b', {}, { name: '' })]);
    const nodes = [call('Outer', 'x', 'm', {}, { name: '' }), call('Outer', 'm', 'y', {}, { name: '' })];
    expect(nodesOf(read(modelOf([inner, outer], nodes))).map((text) => text.split(' ').at(-1))).toEqual([
      'Outer_0/Inner_0/t',
      'm',
      'Outer_1/Inner_0/t',
      'y',
    ]);
  });

  it('of functions in functions is replaced to the end', () => {
    const functions = [
      functionProto('Outer', 'a', 'b', [call('Middle', 'a', 't'), call('Middle', 't', 'b')]),
      functionProto('Middle', 'a', 'b', [call('Inner', 'a', 'b')]),
      functionProto('Inner', 'a', 'b', [nodeProto('Add', 'a a', 'b')]),
    ];
    const spec = modelOf(functions, [call('Outer', 'x', 'y')]);
    expect(read(spec).nodes.map(({ opType }) => opType)).toEqual(['Add', 'Add']);
    expect(run(spec)).toEqual([4, -8]);
  });

  it('inside a subgraph sees the values around only through its inputs', () => {
    const functions = [functionProto('F', 'a', 'b', [nodeProto('Neg', 'a', 'b')])];
    const branch = (input: string) => graphProto({ nodes: [call('F', input, 'z')], outputs: { z: [2] } });
    const spec = (body: readonly FunctionProtoLike[]) =>
      modelOf(body, [nodeProto('If', 'c', 'y', { then_branch: { g: branch('x') }, else_branch: { g: branch('x') } })], {
        initializers: { c: bool([], [true]) },
      });
    expect(run(spec(functions))).toEqual([-1, 2]);
    const peeping = [functionProto('F', 'a', 'b', [nodeProto('Add', 'a x', 'b')])];
    expect(problemsOf(spec(peeping))[0]).toMatchObject({ code: 'US1103', value: 'x' });
  });

  it('keeps what exporters wrote of the call and of the nodes', () => {
    const inner = functionProto('F', 'a', 'b', [
      nodeProto('Neg', 'a', 't', {}, { metadataProps: entries({ scope: 'inner', own: '1' }) }),
      nodeProto('Abs', 't', 'b'),
    ]);
    const nodes = [call('F', 'x', 'y', {}, { metadataProps: entries({ scope: 'call', line: '7' }) })];
    const { model } = readModel(encodeCurrent(modelProto(modelOf([inner], nodes))));
    expect(model.graph.nodes.map(({ metadata }) => Object.fromEntries(metadata))).toEqual([
      { scope: 'inner', line: '7', own: '1' },
      { scope: 'call', line: '7' },
    ]);
  });

  it('whose function stands after an operator of ONNX wins over it', () => {
    const relu: FunctionProtoLike = { ...functionProto('Relu', 'a', 'b', [nodeProto('Neg', 'a', 'b')]), domain: '' };
    expect(run(modelOf([relu], [nodeProto('Relu', 'x', 'y')]))).toEqual([-1, 2]);
    const named: FunctionProtoLike = { ...relu, domain: 'ai.onnx' };
    expect(run(modelOf([named], [nodeProto('Relu', 'x', 'y')]))).toEqual([-1, 2]);
  });

  it('has nodes in any order', () => {
    const backwards = functionProto('F', 'a', 'b', [nodeProto('Abs', 't', 'b'), nodeProto('Neg', 'a', 't')]);
    const { model, diagnostics } = readModel(modelBytes(modelOf([backwards], [call('F', 'x', 'y')])));
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['Neg', 'Abs']);
    expect(diagnostics).toMatchObject([{ code: 'US1107' }]);
  });
});

describe('operator sets', () => {
  it('are those that the function imports, and else the model’s', () => {
    const own = functionProto('Own', 'a', 'b', [nodeProto('Neg', 'a', 'b')], { opsetImport: [{ version: 13 }] });
    const none = functionProto('None', 'a', 'b', [nodeProto('Neg', 'a', 'b')], { opsetImport: [] });
    const custom = functionProto('Custom', 'a', 'b', [nodeProto('Op', 'a', 'b', {}, { domain: 'c' })], {
      opsetImport: [{ domain: 'c', version: 4 }],
    });
    const nodes = [call('Own', 'x', 'a'), call('None', 'a', 'b'), call('Custom', 'b', 'y'), nodeProto('Neg', 'x', 'z')];
    const { nodes: found } = read(modelOf([own, none, custom], nodes, { opset: 17 }));
    expect(found.map(({ opType, opset }) => `${opType} ${opset}`)).toEqual(['Neg 13', 'Neg 17', 'Op 4', 'Neg 17']);
  });

  it('that are not supported are reported at the call', () => {
    const old = functionProto('F', 'a', 'b', [nodeProto('Neg', 'a', 'b')], { opsetImport: [{ version: 5 }] });
    expect(problemsOf(modelOf([old], [call('F', 'x', 'y')]))).toMatchObject([
      { code: 'US1102', node: { opType: 'F' } },
    ]);
  });
});

describe('attributes', () => {
  const reference = (name: string, from: string, type: number) => ({ name, refAttrName: from, type });
  const leaky = (more: object = {}) =>
    functionProto(
      'F',
      'a',
      'b',
      [nodeProto('LeakyRelu', 'a', 'b', {}, { attribute: [reference('alpha', 'slope', 1)] })],
      {
        attribute: ['slope'],
        ...more,
      },
    );

  it('are the caller’s', () => {
    const nodes = [call('F', 'x', 'y', { slope: { f: 0.5 } })];
    expect(run(modelOf([leaky()], nodes))).toEqual([1, -1]);
  });

  it('that the caller does not give are absent, and the operator’s default holds', () => {
    const graph = read(modelOf([leaky()], [call('F', 'x', 'y')]));
    expect(graph.nodes[0]!.attributes.size).toBe(0);
  });

  it('have defaults, which callers override', () => {
    const withDefault = leaky({ attribute: [], attributeProto: [attributeProto('slope', { f: 0.25 })] });
    const alphas = (spec: ModelSpec) =>
      readModel(encodeCurrent(modelProto(spec))).model.graph.nodes.map(({ attributes }) => attributes.get('alpha'));
    const nodes = [call('F', 'x', 'm'), call('F', 'm', 'y', { slope: { f: 0.5 } })];
    expect(alphas(modelOf([withDefault], nodes))).toEqual([
      { kind: 'float', value: 0.25 },
      { kind: 'float', value: 0.5 },
    ]);
  });

  it('go down through functions under other names', () => {
    const outer = functionProto(
      'Outer',
      'a',
      'b',
      [call('F', 'a', 'b', {}, { attribute: [reference('slope', 'given', 1)] })],
      { attribute: ['given'] },
    );
    expect(run(modelOf([leaky(), outer], [call('Outer', 'x', 'y', { given: { f: 0.125 } })]))).toEqual([1, -0.25]);
  });

  it('reach into subgraphs, and may be graphs that see the values around the call', () => {
    const inner = graphProto({
      nodes: [nodeProto('LeakyRelu', 'a', 'z', {}, { attribute: [reference('alpha', 'slope', 1)] })],
      outputs: { z: [2] },
    });
    const choose = functionProto(
      'Choose',
      'c a',
      'b',
      [
        nodeProto(
          'If',
          'c',
          'b',
          {},
          {
            attribute: [reference('then_branch', 'body', 5), attributeProto('else_branch', { g: inner })],
          },
        ),
      ],
      { attribute: ['slope', 'body'] },
    );
    const body = graphProto({ nodes: [nodeProto('Add', 'x x', 'z')], outputs: { z: [2] } });
    const spec = (condition: boolean) =>
      modelOf([choose], [call('Choose', 'c x', 'y', { slope: { f: 0.5 }, body: { g: body } })], {
        initializers: { c: bool([], [condition]) },
      });
    expect(run(spec(true))).toEqual([2, -4]);
    expect(run(spec(false))).toEqual([1, -1]);
  });

  it('of the function’s nodes are read once for all calls', () => {
    const weights = functionProto('F', 'a', 'b', [
      nodeProto('Constant', '', 'w', { value: { t: tensorProto('', float32([2], [10, 20])) } }),
      nodeProto('Add', 'a w', 'b'),
    ]);
    const spec = modelOf([weights], [call('F', 'x', 'm'), call('F', 'm', 'y')]);
    const [first, second] = read(spec).nodes.filter(({ opType }) => opType === 'Constant');
    expect(first!.attributes.get('value')).toBe(second!.attributes.get('value'));
    expect(run(spec)).toEqual([21, 38]);
  });
});

describe('inputs and outputs', () => {
  it('that are absent are absent to the function’s nodes', () => {
    const clip = functionProto('F', 'a low high', 'b', [nodeProto('Clip', 'a low high', 'b')]);
    const spec = modelOf([clip], [call('F', 'x _ high', 'm'), call('F', 'm', 'y')], {
      initializers: { high: float32([], [0.5]) },
    });
    expect(nodesOf(read(spec))).toEqual(['m/b: Clip(x,,high) -> m', 'y/b: Clip(m) -> y']);
    expect(run(spec)).toEqual([0.5, -2]);
  });

  it('that the caller does not take are made all the same', () => {
    const split = functionProto('F', 'a', 'b c', [nodeProto('Neg', 'a', 'b'), nodeProto('Abs', 'a', 'c')]);
    expect(nodesOf(read(modelOf([split], [call('F', 'x', '_ y', {}, { name: 'f' })])))).toEqual([
      'f/b: Neg(x) -> f/b',
      'f/c: Abs(x) -> y',
    ]);
  });

  it('may be the same value', () => {
    const same = functionProto('F', 'a', 'a b b', [nodeProto('Neg', 'a', 'b')]);
    const spec = modelOf([same], [call('F', 'x', 'p q r'), nodeProto('Sum', 'p q r', 'y')]);
    // x - x - x
    expect(run(spec)).toEqual([-1, 2]);
    read(spec);
  });

  it('are not more than the function has', () => {
    const unary = functionProto('F', 'a', 'b', [nodeProto('Neg', 'a', 'b')]);
    expect(problemsOf(modelOf([unary], [call('F', 'x x', 'y')]))[0]).toMatchObject({
      code: 'US1106',
      expected: 'at most 1 inputs and 1 outputs',
      actual: '2 and 1',
      node: { opType: 'F' },
    });
    expect(problemsOf(modelOf([unary], [call('F', 'x', 'y z')]))[0]).toMatchObject({
      code: 'US1106',
      actual: '1 and 2',
    });
  });

  it('that the function’s nodes do not make are reported at the call', () => {
    const lacking = functionProto('F', 'a', 'b', [nodeProto('Neg', 'a', 't')]);
    expect(problemsOf(modelOf([lacking], [call('F', 'x', 'y')]))).toMatchObject([
      { code: 'US1103', value: 'b', node: { opType: 'F' }, message: expect.stringContaining('the function returns') },
    ]);
  });

  it('are not made again by the function’s nodes', () => {
    const overwriting = functionProto('F', 'a', 'b', [nodeProto('Neg', 'a', 'a'), nodeProto('Abs', 'a', 'b')]);
    expect(problemsOf(modelOf([overwriting], [call('F', 'x', 'y')]))[0]).toMatchObject({
      code: 'US1104',
      value: 'a',
      node: { opType: 'Neg' },
    });
    const twice = functionProto('F', 'a', 'b', [nodeProto('Neg', 'a', 'b'), nodeProto('Abs', 'a', 'b')]);
    expect(problemsOf(modelOf([twice], [call('F', 'x', 'y')]))).toMatchObject([
      { code: 'US1104', node: { opType: 'Abs' } },
    ]);
  });
});

describe('overloads', () => {
  const overloads = [
    functionProto('F', 'a', 'b', [nodeProto('Neg', 'a', 'b')], { overload: 'negative' }),
    functionProto('F', 'a', 'b', [nodeProto('Add', 'a a', 'b')], { overload: 'double' }),
    functionProto('F', 'a', 'b', [nodeProto('Abs', 'a', 'b')]),
  ];

  it.each([
    ['negative', [-1, 2]],
    ['double', [2, -4]],
    ['', [1, 2]],
  ])('%j is the one called', (overload, expected) => {
    const bytes = encodeCurrent(
      modelProto(modelOf(overloads, [call('F', 'x', 'y', {}, { overload })], { irVersion: 10 })),
    );
    const { outputs } = runModel(readModel(bytes).model, { x: float32([2], [1, -2]) });
    expect([...outputs.get('y')!.data]).toEqual(expected);
  });

  it('that are missing leave an operator that nobody knows', () => {
    const bytes = encodeCurrent(modelProto(modelOf(overloads, [call('F', 'x', 'y', {}, { overload: 'other' })])));
    expect(infer(readModel(bytes).model.graph).diagnostics).toMatchObject([{ code: 'US1305' }]);
  });

  it('are no two functions of one name', () => {
    const twice = functionProto('F', 'a', 'b', [nodeProto('Neg', 'a', 'b')]);
    expect(problemsOf(modelOf([twice, twice], [call('F', 'x', 'y')]))).toMatchObject([
      { code: 'US1106', message: expect.stringContaining("'F'") },
    ]);
  });
});

describe('types', () => {
  it('within a function have sizes that mean nothing outside', () => {
    const f = functionProto(
      'F',
      'a',
      'b',
      [nodeProto('Op', 'a', 't', {}, { domain: 'c' }), nodeProto('Op', 't', 'b', {}, { domain: 'c' })],
      {
        valueInfo: [{ name: 't', type: tensorTypeProto(['N', 3, null], 'float16') }],
      },
    );
    const spec = modelOf([f], [call('F', 'x', 'm'), call('F', 'm', 'y')], { inputs: { x: ['N'] } });
    const { graph } = readModel(encodeCurrent(modelProto(spec))).model;
    const [first, second] = [graph.nodes[0]!, graph.nodes[2]!].map(({ outputs }) => outputs[0]!.declared);
    if (first?.kind !== 'tensor' || second?.kind !== 'tensor') throw new Error('the types are missing');
    expect([first.elementType, first.shape![1]]).toEqual(['float16', 3]);
    const input = graph.inputs[0]!.declared;
    const outside = input?.kind === 'tensor' ? input.shape![0] : undefined;
    const sizes = [outside, first.shape![0], first.shape![2], second.shape![0], second.shape![2]];
    expect(new Set(sizes).size).toBe(5);
  });
});

describe('functions without end', () => {
  it('that call themselves are refused', () => {
    const self = functionProto('F', 'a', 'b', [call('F', 'a', 'b')]);
    expect(problemsOf(modelOf([self], [call('F', 'x', 'y')]))[0]).toMatchObject({
      code: 'US1106',
      message: "the function 'F' calls itself",
    });
    const mutual = [
      functionProto('F', 'a', 'b', [call('G', 'a', 'b')]),
      functionProto('G', 'a', 'b', [
        nodeProto('If', 'a', 'b', {
          then_branch: { g: graphProto({ nodes: [call('F', 'a', 'z')], outputs: { z: [2] } }) },
        }),
      ]),
    ];
    expect(problemsOf(modelOf(mutual, [call('F', 'x', 'y')]))[0]).toMatchObject({ code: 'US1106' });
  });

  it('of a depth that no exporter reaches are refused', () => {
    const chain = (depth: number) =>
      Array.from({ length: depth }, (_, i) =>
        functionProto(`F${i}`, 'a', 'b', [i === depth - 1 ? nodeProto('Neg', 'a', 'b') : call(`F${i + 1}`, 'a', 'b')]),
      );
    expect(run(modelOf(chain(100), [call('F0', 'x', 'y')]))).toEqual([-1, 2]);
    expect(problemsOf(modelOf(chain(5000), [call('F0', 'x', 'y')]))[0]).toMatchObject({ code: 'US1106' });
  });

  it('that double at each level stop at half a million nodes', () => {
    const levels = Array.from({ length: 40 }, (_, i) =>
      functionProto(`F${i}`, 'a', 'b', [call(`F${i + 1}`, 'a', 't'), call(`F${i + 1}`, 't', 'b')]),
    );
    const last = functionProto('F40', 'a', 'b', [nodeProto('Neg', 'a', 'b')]);
    expect(problemsOf(modelOf([...levels, last], [call('F0', 'x', 'y')]))).toMatchObject([
      { code: 'US1106', message: expect.stringContaining('more than 500000 nodes') },
    ]);
  });

  it('that have many values in each call stop as well', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `v${i}`);
    const wide = functionProto('F', '', 'b', [nodeProto('Constant', '', 'b', { value_int: 1 })], {
      input: names,
    });
    const nodes = Array.from({ length: 5000 }, (_, i) => call('F', '', `y${i}`));
    expect(problemsOf(modelOf([wide], nodes, { outputs: {} }))).toMatchObject([
      { code: 'US1106', message: expect.stringContaining('names') },
    ]);
  });

  it('that nothing calls do no harm', () => {
    const self = functionProto('F', 'a', 'b', [call('F', 'a', 'b'), nodeProto('Neg', 'nothing', 'z')]);
    expect(run(modelOf([self], [nodeProto('Neg', 'x', 'y')]))).toEqual([-1, 2]);
  });
});

describe('values', () => {
  it('of shape arithmetic are followed through functions', () => {
    const flatten = functionProto('Flat', 'a', 'b', [
      nodeProto('Constant', '', 's', { value: { t: tensorProto('', int64([1], [-1])) } }),
      nodeProto('Reshape', 'a s', 'b'),
    ]);
    const spec = modelOf([flatten], [call('Flat', 'x', 'y')], { inputs: { x: ['N', 3, 4] } });
    const { graph } = readModel(modelBytes(spec)).model;
    const { types, diagnostics } = infer(graph);
    expect(diagnostics).toEqual([]);
    expect(String(types.get(graph.outputs[0]!)!.shape)).toBe('12*N');
  });
});
