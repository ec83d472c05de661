/** What is written of a changed model keeps what is untouched: documentation, statements about values, functions and their calls. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { declaredShape, type Model, type Node, Value } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import { readModel } from '../../src/onnx/read.js';
import { modelBytes, type WriteOptions } from '../../src/onnx/write.js';
import { runModel } from '../../src/runtime/run.js';
import { problemOf } from '../files/support.js';
import { entries, functionProto, graphProto, modelProto, nodeProto, tensorTypeProto } from '../support/model.js';
import {
  changes,
  encode,
  type Fields,
  metadata,
  modelWith,
  read,
  type Written,
  withGraph,
  written,
} from '../support/round-trip.js';

describe('of a changed model', () => {
  const bytes = modelWith({
    model: { docString: 'm', trainingInfo: [{ algorithm: {} }], functions: [] },
    graph: {
      docString: 'g',
      node: [
        { ...nodeProto('Neg', 'x', 'y'), docString: 'first' },
        { ...nodeProto('Add', 'y w', 'z'), name: '', docString: 'second' },
      ],
      output: [{ name: 'z' }],
      valueInfo: [{ name: 'y', type: tensorTypeProto(['1*N']), docString: 'inner' }, { name: 'gone' }],
      quantizationAnnotation: [{ tensorName: 'y' }, { tensorName: 'z' }],
    },
  });

  it('documentation stays where nodes are edited', () => {
    const { model } = readModel(bytes);
    const nodes = model.graph.nodes.map((node): Node => ({ ...node, name: 'named', attributes: new Map() }));
    const { graph, docString, trainingInfo } = written(withGraph(model, { nodes }));
    expect(docString).toBe('m');
    expect(trainingInfo).toHaveLength(1);
    expect(graph.docString).toBe('g');
    expect(graph.node.map(({ name, docString: text }) => [name, text])).toEqual([
      ['named', 'first'],
      ['named', 'second'],
    ]);
  });

  it('what speaks of values that are gone goes', () => {
    const { model } = readModel(bytes);
    const [neg] = model.graph.nodes;
    const cut = withGraph(model, { nodes: [neg!], outputs: [neg!.outputs[0]!], constants: new Map() });
    const { graph, trainingInfo } = written(cut);
    expect(trainingInfo ?? []).toEqual([]);
    expect(graph.valueInfo ?? []).toEqual([]);
    expect(graph.quantizationAnnotation).toEqual([{ tensorName: 'y' }]);
    // What was inner and is an output keeps what was said of it.
    expect(JSON.stringify(graph)).toContain('"docString":"inner"');
    expect(JSON.stringify(graph)).toContain('1*N');
  });

  it('documentation stays with a value that is declared anew under its name', () => {
    const { model } = readModel(bytes);
    const [neg] = model.graph.nodes;
    const y = new Value('y', { kind: 'tensor', elementType: 'float32', shape: [9] });
    const cut = withGraph(model, { nodes: [{ ...neg!, outputs: [y] }], outputs: [y], constants: new Map() });
    expect(JSON.stringify(written(cut).graph)).toMatch(/"dimValue":9.*"docString":"inner"/);
  });

  it('with types, sizes are what is inferred, and stay as written where that is the same', () => {
    const { model } = readModel(bytes);
    const of = (types: WriteOptions['types'] & {}) =>
      JSON.stringify(written(model, { types }).graph.valueInfo!.find(({ name }) => name === 'y'));
    const [y] = model.graph.nodes[0]!.outputs;
    const shape = declaredShape(y!);
    expect(of(new Map([[y!, { elementType: 'float32', shape }]]))).toContain('1*N');
    expect(of(new Map([[y!, { elementType: 'float32', shape: [7] }]]))).toContain('7');
  });

  it('a default that may be overridden is an input while it is there', () => {
    const input = ['w', 'x'].map((name) => ({ name, type: tensorTypeProto([2]) }));
    const { model } = readModel(modelWith({ graph: { input } }));
    const inputs = (changed: Model) => written(changed).graph.input!.map(({ name }) => name);
    expect(inputs(model)).toEqual(['w', 'x']);
    expect(inputs(withGraph(model, { constants: new Map() }))).toEqual(['x']);
    expect(inputs(withGraph(model, { overridable: new Set() }))).toEqual(['x']);
    // Before IR 4 listing says nothing, and ends with it.
    const old = readModel(modelWith({ model: { irVersion: 3 }, graph: { input } })).model;
    expect(inputs({ ...old, irVersion: 4 })).toEqual(['x']);
  });

  it('an operator set that was assumed is written with types only', () => {
    const { model } = readModel(
      modelWith({ model: { opsetImport: [] }, node: { domain: '', opType: 'Add', attribute: [] } }),
    );
    expect(written(model).opsetImport ?? []).toEqual([]);
    expect(written(model, { types: new Map() }).opsetImport).toEqual([{ domain: '', version: 22 }]);
  });
});

describe('functions', () => {
  const twice = functionProto('twice', 'a', 'b', [nodeProto('Neg', 'a', 'i'), nodeProto('Abs', 'i', 'b')], {
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'other', version: 3 },
    ],
    ...{ docString: 'kept as it is', attribute: ['p'] },
  });
  const nested = functionProto('nested', 'a', 'b', [
    nodeProto('twice', 'a', 'm', {}, { domain: 'local' }),
    nodeProto('Exp', 'm', 'b', {}),
  ]);
  const unused = functionProto('unused', 'a', 'b', [nodeProto('Neg', 'a', 'b')]);
  const empty = functionProto('empty', '', '', []);
  const call = (name: string, inputs: string, outputs: string, more: Fields = {}) => ({
    ...nodeProto(name, inputs, outputs, {}, { domain: 'local', metadataProps: metadata }),
    ...more,
  });
  const message = modelProto({
    inputs: { x: [2] },
    outputs: { y: [2] },
    domains: { local: 1 },
    functions: [unused, nested, twice, empty],
    nodes: [
      call('twice', 'x', 'm', { docString: 'a call', input: ['x', ''] }),
      call('empty', '', ''),
      call('nested', 'm', 'n'),
      nodeProto('Relu', 'n', 'y'),
    ],
  }) as unknown as Fields;

  const opTypes = ({ graph }: Written) => graph.node.map(({ opType }) => opType);
  const functionNames = ({ functions = [] }: Written) => functions.map(({ name }) => name);

  it('and their calls stay, whatever operator sets they import', () => {
    expect(changes(encode(message))).toEqual([]);
    const model = read(message);
    expect(opTypes(written(model, { types: infer(model.graph).types }))).toEqual(['twice', 'nested', 'Relu']);
  });

  it('stay where the call is untouched, and become their nodes where it is not', () => {
    const model = read(message);
    const nodes = model.graph.nodes.map((node) => (node.opType === 'Exp' ? { ...node, name: 'renamed' } : node));
    const changed = withGraph(model, { nodes });
    expect(problemOf(() => modelBytes(changed))).toMatchObject({ code: 'US1010', data: { version: 18, opset: 17 } });
    const again = written(changed, { isSameIn: () => true });
    expect(opTypes(again)).toEqual(['twice', 'Neg', 'Abs', 'Exp', 'Relu']);
    expect(functionNames(again)).toEqual(['unused', 'twice']);
  });

  it('become their nodes where something reads what they keep to themselves', () => {
    const model = read(message);
    const inner = model.graph.nodes[0]!.outputs[0]!;
    const again = written(withGraph(model, { outputs: [inner] }), { isSameIn: () => true });
    expect(opTypes(again)).toEqual(['Neg', 'Abs', 'empty', 'nested', 'Relu']);
    expect(functionNames(again)).toEqual(['unused', 'nested', 'twice', 'empty']);
  });

  it('that nothing needs any more go, with those that only they called', () => {
    const model = read(message);
    const cut = withGraph(model, {
      nodes: model.graph.nodes.slice(0, 2),
      outputs: [model.graph.nodes[1]!.outputs[0]!],
    });
    const again = written(cut);
    expect(opTypes(again)).toEqual(['twice']);
    expect(functionNames(again)).toEqual(['unused', 'twice']);
  });

  it('are told apart by their overloads', () => {
    const overloads = ['', 'b'].map((overload) =>
      functionProto('f', 'a', 'b', [nodeProto('Neg', 'a', 'b')], { overload }),
    );
    const graph = graphProto({
      ...inputs,
      nodes: [call('f', 'x', 'm', { overload: 'b' }), nodeProto('Exp', 'm', 'y')],
    });
    const bytes = encode({ ...message, functions: overloads, graph });
    expect(changes(bytes)).toEqual([]);
    const { model } = readModel(bytes);
    const without = withGraph(model, { nodes: model.graph.nodes.map((node) => ({ ...node, name: 'n' })) });
    expect(written(without).functions).toMatchObject([{ name: 'f', overload: '' }]);
  });

  it('inside a branch are called there', () => {
    const branch = (name: string) => ({ g: graphProto({ nodes: [call(name, 'x', 'z')], outputs: { z: [2] } }) });
    const choice = nodeProto('If', 'c', 'y', { then_branch: branch('twice'), else_branch: branch('nested') });
    const graph = graphProto({
      inputs: { x: [2], c: { tensorType: { elemType: 9, shape: {} } } },
      outputs: { y: [2] },
      nodes: [choice],
    });
    const bytes = encode({ ...message, graph });
    expect(changes(bytes)).toEqual([]);
    const again = written(readModel(bytes).model, { types: new Map() });
    expect(functionNames(again)).toEqual(['unused', 'nested', 'twice', 'empty']);
    expect(JSON.stringify(again.graph)).toContain('"opType":"nested"');
  });

  it('stay where only values around the call are others', () => {
    const model = read(message);
    const [x] = model.graph.inputs;
    const input = new Value('x', { kind: 'tensor', elementType: 'float32', shape: [5] });
    const nodes = model.graph.nodes.map((node) =>
      node.inputs.includes(x) ? { ...node, inputs: node.inputs.map((value) => (value === x ? input : value)) } : node,
    );
    const again = written(withGraph(model, { inputs: [input], nodes }));
    expect(opTypes(again)).toEqual(['twice', 'nested', 'Relu']);
    expect(again.graph.node[0]!['input']).toEqual(['x', '']);
    expect(JSON.stringify(again.graph.input)).toContain('"dimValue":5');
  });

  it('become their nodes where an input is gone that they did not need', () => {
    const first = functionProto('first', 'a b', 'c', [nodeProto('Neg', 'a', 'c')]);
    const graph = graphProto({ ...inputs, nodes: [nodeProto('Exp', 'x', 'e'), call('first', 'x e', 'y')] });
    const model = read({ ...message, functions: [first], graph });
    expect(opTypes(written(model))).toEqual(['Exp', 'first']);
    expect(opTypes(written(withGraph(model, { nodes: model.graph.nodes.slice(1) })))).toEqual(['Neg']);
  });

  it('import what their nodes need where they are gone', () => {
    const custom = functionProto('custom', 'a', 'b', [nodeProto('Op', 'a', 'b', {}, { domain: 'other' })], {
      opsetImport: [{ domain: 'other', version: 3 }],
    });
    const model = read({
      ...message,
      functions: [custom],
      graph: graphProto({ ...inputs, nodes: [call('custom', 'x', 'y')] }),
    });
    const nodes = model.graph.nodes.map((node) => ({ ...node, name: 'another' }));
    expect(written(withGraph(model, { nodes })).opsetImport).toEqual([
      { domain: '', version: 18 },
      { domain: 'local', version: 1 },
      { domain: 'other', version: 3 },
    ]);
  });

  const inputs = { inputs: { x: [2] }, outputs: { y: [2] } };

  it('whose nodes depend on what is between them are called where the file did', () => {
    // Each half of the function reads what the other made: possible only once it is inlined.
    const both = functionProto('both', 'a b', 'c d', [nodeProto('Neg', 'a', 'c'), nodeProto('Abs', 'b', 'd')]);
    const crossed = { ...inputs, nodes: [call('both', 'x m', 'l y'), nodeProto('Exp', 'l', 'm')] };
    const bytes = encode({ ...message, functions: [both], graph: graphProto(crossed) });
    expect(changes(bytes)).toEqual([]);
    const { model } = readModel(bytes);
    const again = written(model, { types: new Map() });
    expect(opTypes(again)).toEqual(['Neg', 'Exp', 'Abs']);
    const feeds = { x: float32([2], [1, -2]) };
    expect(runModel(readModel(encode(again as unknown as Fields)).model, feeds).outputs.get('y')!.data).toEqual(
      runModel(model, feeds).outputs.get('y')!.data,
    );
  });

  it('with tensors in other files are called while those stay where they are', () => {
    const externalData = entries({ location: 'w.bin', length: '4' });
    const tensor = { dims: [1], dataType: 1, dataLocation: 1, externalData };
    const constant = nodeProto('Constant', '', 'c', { value: { t: tensor } });
    const bias = functionProto('bias', 'a', 'b', [constant, nodeProto('Add', 'a c', 'b')]);
    const bytes = encode({
      ...message,
      functions: [bias],
      graph: graphProto({ ...inputs, nodes: [call('bias', 'x', 'y')] }),
    });
    const files = { read: () => new Uint8Array(4) };
    expect(changes(bytes, { externalFiles: files })).toEqual([]);
    const moved = written(readModel(bytes, { externalFiles: files }).model, { weights: 'inline' });
    expect(opTypes(moved)).toEqual(['Constant', 'Add']);
    expect(functionNames(moved)).toEqual([]);
  });
});
