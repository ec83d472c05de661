/** From names to values: scopes, order, initializers. */
import { describe, expect, it } from 'vitest';
import type { Graph, Node, Value } from '../../src/ir/graph.js';
import { bool, float32, int64 } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import type { GraphProtoLike } from '../../src/onnx/proto.js';
import { readModel } from '../../src/onnx/read.js';
import { runModel } from '../../src/runtime/run.js';
import { diagnosticsOf } from '../support/errors.js';
import { graphProto, type ModelSpec, modelBytes, nodeProto, tensorProto } from '../support/model.js';

function read(spec: ModelSpec) {
  const result = readModel(modelBytes(spec));
  expect(verify(result.model.graph)).toEqual([]);
  return { ...result, graph: result.model.graph };
}

function problemsOf(spec: ModelSpec) {
  return diagnosticsOf(() => readModel(modelBytes(spec)));
}

const namesOf = (values: readonly (Value | undefined)[]) => values.map((value) => value?.name);
const opsOf = ({ nodes }: Graph) => nodes.map(({ opType }) => opType);

function subgraph(node: Node, attribute: string): Graph {
  const found = node.attributes.get(attribute);
  if (found?.kind !== 'graph') throw new Error(`${attribute} is no graph`);
  return found.value;
}

describe('values', () => {
  it('are one object wherever their name is read', () => {
    const { graph } = read({
      inputs: { x: ['N', 3] },
      outputs: { y: ['N', 3], a: undefined },
      nodes: [nodeProto('Neg', 'x', 'a'), nodeProto('Add', 'a x', 'y')],
    });
    const [x] = graph.inputs;
    const [neg, add] = graph.nodes as [Node, Node];
    expect(neg.inputs[0]).toBe(x);
    expect(add.inputs).toEqual([neg.outputs[0], x]);
    expect(graph.outputs).toEqual([add.outputs[0], neg.outputs[0]]);
  });

  it('may be absent, inside and at the end', () => {
    const { graph } = read({
      inputs: { x: [1], s: [4] },
      outputs: { y: undefined },
      nodes: [
        nodeProto('Resize', 'x _ _ s', 'y'),
        nodeProto('Dropout', 'x _ _', 'z _ _'),
        nodeProto('Clip', 'x', '_ w'),
      ],
    });
    expect(graph.nodes.map(({ inputs, outputs }) => [namesOf(inputs), namesOf(outputs)])).toEqual([
      [['x', undefined, undefined, 's'], ['y']],
      [['x'], ['z']],
      [['x'], [undefined, 'w']],
    ]);
  });

  it('that nothing makes are reported by each that reads them, with a name that is near', () => {
    expect(
      problemsOf({
        inputs: { Input: [1] },
        outputs: { missing: undefined },
        nodes: [nodeProto('Neg', 'input', 'y'), nodeProto('Add', 'Input decoder.weight', 'z')],
        initializers: { 'model.decoder.weight': float32([1], [1]) },
      }),
    ).toMatchObject([
      {
        code: 'US1103',
        value: 'input',
        node: { name: 'y', opType: 'Neg', index: 0 },
        hint: expect.stringContaining("'Input'"),
      },
      {
        code: 'US1103',
        value: 'decoder.weight',
        node: { name: 'z', index: 1 },
        hint: expect.stringContaining("'model.decoder.weight'"),
      },
      { code: 'US1103', value: 'missing', hint: undefined },
    ]);
  });

  it('made twice are reported at the second', () => {
    const inputs = { x: [1] };
    const relu = (output: string, name: string) => nodeProto('Relu', 'x', output, {}, { name });
    expect(problemsOf({ inputs, nodes: [relu('y', 'first'), relu('y', 'second')] })).toMatchObject([
      { code: 'US1104', value: 'y', node: { name: 'second' } },
    ]);
    expect(problemsOf({ inputs, nodes: [relu('y y', 'only')] })).toMatchObject([
      { code: 'US1104', node: { name: 'only' } },
    ]);
    expect(problemsOf({ inputs: { x: [1], z: [1] }, nodes: [relu('z', 'only')] })).toMatchObject([
      { code: 'US1104', value: 'z' },
    ]);
    expect(problemsOf({ inputs, initializers: { w: float32([1], [1]) }, nodes: [relu('w', 'only')] })).toMatchObject([
      { code: 'US1104', value: 'w', node: { name: 'only' } },
    ]);
  });

  it('are no two inputs or initializers of one name', () => {
    const spec: ModelSpec = { inputs: { x: [1] }, outputs: { x: [1] } };
    const twice = { name: 'x' };
    const tensor = tensorProto('w', float32([1], [1]));
    const graph = graphProto(spec);
    const bytes = (more: GraphProtoLike) =>
      readModel({ irVersion: 8, opsetImport: [{ version: 18 }], graph: { ...graph, ...more } });
    expect(diagnosticsOf(() => bytes({ input: [twice, twice] }))).toMatchObject([{ code: 'US1104', value: 'x' }]);
    expect(diagnosticsOf(() => bytes({ initializer: [tensor, tensor] }))).toMatchObject([
      { code: 'US1104', value: 'w' },
    ]);
    const sparse = { values: tensor, indices: tensorProto('', int64([1], [0])), dims: [4] };
    expect(diagnosticsOf(() => bytes({ initializer: [tensor], sparseInitializer: [sparse] }))).toMatchObject([
      { code: 'US1104', value: 'w' },
    ]);
  });

  it('a hundred errors are enough', () => {
    const nodes = Array.from({ length: 5000 }, (_, i) => nodeProto('Neg', `no${i}`, `y${i}`));
    expect(problemsOf({ nodes })).toHaveLength(100);
  });
});

describe('initializers', () => {
  it('are constants, and no inputs where they are listed there too', () => {
    const { graph } = read({
      irVersion: 3,
      opset: 7,
      inputs: { x: [2], w: [2] },
      outputs: { y: [2] },
      initializers: { w: float32([2], [3, 4]), unused: float32([], [1]) },
      nodes: [nodeProto('Add', 'x w', 'y')],
    });
    expect(namesOf(graph.inputs)).toEqual(['x']);
    expect(namesOf([...graph.constants.keys()])).toEqual(['w', 'unused']);
    expect(graph.constants.get(graph.nodes[0]!.inputs[1]!)!.load()).toEqual(float32([2], [3, 4]));
  });

  it('may be what the graph returns, and so may inputs', () => {
    const { graph } = read({ inputs: { x: [1] }, outputs: { w: [1], x: [1] }, initializers: { w: float32([1], [5]) } });
    expect(namesOf(graph.outputs)).toEqual(['w', 'x']);
    const { outputs } = runModel(
      readModel(modelBytes({ outputs: { w: [1] }, initializers: { w: float32([1], [5]) } })).model,
      {},
    );
    expect(outputs.get('w')).toEqual(float32([1], [5]));
  });

  it('that are malformed are all reported by name, and not missed by their readers', () => {
    expect(
      problemsOf({
        outputs: { y: undefined },
        initializers: [
          { name: 'a', dims: [2], dataType: 1, rawData: new Uint8Array(7) },
          { name: 'b', dims: [2], dataType: 99 },
          tensorProto('c', float32([1], [1])),
        ],
        nodes: [nodeProto('Sum', 'a b c', 'y')],
      }),
    ).toMatchObject([
      { code: 'US1007', value: 'a', expected: '8 bytes', actual: '7' },
      { code: 'US1008', message: expect.stringContaining("'b'") },
    ]);
  });

  describe('kept sparsely', () => {
    const values = (name = 'w') => tensorProto(name, float32([3], [7, 8, 9]));
    const sparse = (indices: readonly number[], indexDims: readonly number[], dims: readonly number[]): ModelSpec => ({
      outputs: { y: undefined },
      sparseInitializers: [{ values: values(), indices: tensorProto('', int64(indexDims, indices)), dims }],
      nodes: [nodeProto('Identity', 'w', 'y')],
    });
    const denseOf = (spec: ModelSpec) => [...read(spec).graph.constants.values()][0]!;

    it('become dense when they are loaded, from flat or from row-wise indices', () => {
      const dense = [0, 7, 0, 0, 8, 9];
      for (const spec of [sparse([1, 4, 5], [3], [2, 3]), sparse([0, 1, 1, 1, 1, 2], [3, 2], [2, 3])]) {
        const constant = denseOf(spec);
        expect(constant).toMatchObject({ type: 'float32', dims: [2, 3] });
        expect(constant.load()).toEqual(float32([2, 3], dense));
        expect([...runModel(readModel(modelBytes(spec)).model, {}).outputs.get('y')!.data]).toEqual(dense);
      }
    });

    it.each([
      ['past the end', sparse([1, 4, 6], [3], [2, 3])],
      ['before the start', sparse([-1, 4, 5], [3], [2, 3])],
    ])('are refused with an index %s', (_, spec) => {
      expect(diagnosticsOf(() => runModel(readModel(modelBytes(spec)).model, {}))).toMatchObject([{ code: 'US1007' }]);
    });

    it('do not take the memory that their shape asks for until they are used', () => {
      const spec = sparse([1, 4, 5], [3], [2 ** 20, 2 ** 20]);
      expect(denseOf(spec).dims).toEqual([2 ** 20, 2 ** 20]);
      expect(diagnosticsOf(() => runModel(readModel(modelBytes(spec)).model, {}))).toMatchObject([{ code: 'US2011' }]);
    });

    it('need values and indices', () => {
      expect(problemsOf({ sparseInitializers: [{ values: values(), dims: [4] }] })).toMatchObject([{ code: 'US1007' }]);
    });
  });
});

describe('order', () => {
  const inputs = { x: [1] };

  it('that is topological stays', () => {
    const nodes = [nodeProto('Neg', 'x', 'b'), nodeProto('Abs', 'x', 'a'), nodeProto('Add', 'a b', 'y')];
    const { graph, diagnostics } = read({ inputs, outputs: { y: undefined }, nodes });
    expect(opsOf(graph)).toEqual(['Neg', 'Abs', 'Add']);
    expect(diagnostics).toEqual([]);
  });

  it('that is not is mended with a warning, as little as possible', () => {
    const nodes = [
      nodeProto('Abs', 'x', 'a'),
      nodeProto('Add', 'a c', 'y'),
      nodeProto('Exp', 'a', 'b'),
      nodeProto('Log', 'b', 'c'),
    ];
    const { graph, diagnostics } = read({ inputs, outputs: { y: undefined }, nodes });
    expect(opsOf(graph)).toEqual(['Abs', 'Exp', 'Log', 'Add']);
    expect(graph.nodes.map(({ index }) => index)).toEqual([0, 2, 3, 1]);
    expect(diagnostics).toMatchObject([
      { code: 'US1107', severity: 'warning', message: expect.stringContaining('y (Add)') },
    ]);
  });

  it('counts what subgraphs take from around them', () => {
    const branch = graphProto({ nodes: [nodeProto('Neg', 'late', 'z')], outputs: { z: [1] } });
    const spec: ModelSpec = {
      inputs,
      outputs: { y: undefined },
      initializers: { c: bool([], [true]) },
      nodes: [
        nodeProto('If', 'c', 'y', { then_branch: { g: branch }, else_branch: { g: branch } }),
        nodeProto('Abs', 'x', 'late'),
      ],
    };
    const { graph, diagnostics, model } = read(spec);
    expect(opsOf(graph)).toEqual(['Abs', 'If']);
    expect(diagnostics).toMatchObject([{ code: 'US1107' }]);
    expect([...runModel(model, { x: float32([1], [-3]) }).outputs.get('y')!.data]).toEqual([-3]);
  });

  it('is told where it is a circle, and only the circle', () => {
    const nodes = [
      nodeProto('Add', 'x c', 'a'),
      nodeProto('Exp', 'a', 'b'),
      nodeProto('Log', 'b', 'c'),
      nodeProto('Neg', 'c', 'after'),
    ];
    const [item, ...rest] = problemsOf({ inputs, nodes });
    expect(rest).toEqual([]);
    expect(item).toMatchObject({ code: 'US1105' });
    expect(item!.message).toContain('3 nodes');
    expect(item!.message).toMatch(
      /a \(Add\), b \(Exp\), c \(Log\)|b \(Exp\), c \(Log\), a \(Add\)|c \(Log\), a \(Add\), b \(Exp\)/,
    );
    expect(problemsOf({ inputs, nodes: [nodeProto('Add', 'x y', 'y')] })).toMatchObject([
      { code: 'US1105', message: 'y (Add) reads what it makes itself' },
    ]);
  });

  it('of a long circle names some nodes', () => {
    const nodes = Array.from({ length: 50 }, (_, i) => nodeProto('Neg', `v${(i + 1) % 50}`, `v${i}`));
    const [item] = problemsOf({ nodes });
    expect(item!.message).toContain('50 nodes');
    expect(item!.message.length).toBeLessThan(300);
  });

  it('of a hundred thousand nodes backwards is mended in time', () => {
    const count = 100_000;
    const nodes = Array.from({ length: count }, (_, i) =>
      nodeProto('Neg', i === count - 1 ? 'x' : `v${i + 1}`, `v${i}`),
    );
    const { graph } = readModel(modelBytes({ inputs, outputs: { v0: undefined }, nodes })).model;
    expect(graph.nodes[0]!.inputs[0]).toBe(graph.inputs[0]);
    expect(graph.nodes).toHaveLength(count);
  });
});

describe('subgraphs', () => {
  it('see the values around them, through every level', () => {
    const innermost = graphProto({ nodes: [nodeProto('Add', 'x local', 'deep')], outputs: { deep: [1] } });
    const other = graphProto({ nodes: [nodeProto('Sub', 'x w', 'deep')], outputs: { deep: [1] } });
    const then = graphProto({
      nodes: [
        nodeProto('Mul', 'x w', 'local'),
        nodeProto('If', 'c', 'out', { then_branch: { g: innermost }, else_branch: { g: other } }),
      ],
      outputs: { out: [1] },
    });
    const otherwise = graphProto({ nodes: [], outputs: { x: [1] } });
    const { graph, model } = read({
      inputs: { x: [1] },
      outputs: { y: undefined },
      initializers: { c: bool([], [true]), w: float32([1], [10]) },
      nodes: [nodeProto('If', 'c', 'y', { then_branch: { g: then }, else_branch: { g: otherwise } })],
    });
    const outer = subgraph(graph.nodes[0]!, 'then_branch');
    const inner = subgraph(outer.nodes[1]!, 'then_branch');
    expect(inner.nodes[0]!.inputs).toEqual([graph.inputs[0], outer.nodes[0]!.outputs[0]]);
    expect(inner.nodes[0]!.inputs[0]).toBe(graph.inputs[0]);
    expect(subgraph(graph.nodes[0]!, 'else_branch').outputs[0]).toBe(graph.inputs[0]);
    // x + 10 x
    expect([...runModel(model, { x: float32([1], [2]) }).outputs.get('y')!.data]).toEqual([22]);
  });

  it('have names of their own, which those around do not see', () => {
    const branch = (op: string) => graphProto({ nodes: [nodeProto(op, 'x', 'z')], outputs: { z: [1] } });
    const spec = (reads: string): ModelSpec => ({
      inputs: { x: [1] },
      outputs: { y: undefined },
      initializers: { c: bool([], [true]) },
      nodes: [
        nodeProto('If', 'c', 'a', { then_branch: { g: branch('Neg') }, else_branch: { g: branch('Abs') } }),
        nodeProto('Relu', reads, 'y'),
      ],
    });
    const { graph } = read(spec('a'));
    const [then, otherwise] = ['then_branch', 'else_branch'].map((name) => subgraph(graph.nodes[0]!, name));
    expect(then!.outputs[0]).not.toBe(otherwise!.outputs[0]);
    expect(problemsOf(spec('z'))).toMatchObject([{ code: 'US1103', value: 'z', node: { opType: 'Relu' } }]);
  });

  it('may use a name of those around for another value', () => {
    const branch = graphProto({
      nodes: [nodeProto('Neg', 'w', 'y')],
      outputs: { y: [1] },
      initializers: { w: float32([1], [1]) },
    });
    const { model } = read({
      outputs: { y: undefined },
      initializers: { c: bool([], [false]), w: float32([1], [2]) },
      nodes: [nodeProto('If', 'c', 'y', { then_branch: { g: branch }, else_branch: { g: branch } })],
    });
    expect([...runModel(model, {}).outputs.get('y')!.data]).toEqual([-1]);
  });

  it('have problems reported like those around', () => {
    const branch = graphProto({ nodes: [nodeProto('Neg', 'nothing', 'z')], outputs: { z: [1] } });
    expect(
      problemsOf({
        outputs: { y: undefined },
        initializers: { c: bool([], [true]) },
        nodes: [nodeProto('If', 'c', 'y', { then_branch: { g: branch } })],
      }),
    ).toMatchObject([{ code: 'US1103', value: 'nothing', node: { opType: 'Neg' } }]);
  });

  it('are nested to a depth that no exporter reaches', () => {
    const nested = (depth: number): GraphProtoLike =>
      depth === 0
        ? graphProto({ nodes: [nodeProto('Neg', 'x', 'z')], outputs: { z: [1] } })
        : graphProto({
            nodes: [nodeProto('If', 'c', 'z', { then_branch: { g: nested(depth - 1) } })],
            outputs: { z: [1] },
          });
    const model = (depth: number) => ({
      irVersion: 8,
      opsetImport: [{ version: 18 }],
      graph: { ...nested(depth), input: [{ name: 'x' }, { name: 'c' }] },
    });
    expect(readModel(model(60)).model.graph.nodes).toHaveLength(1);
    expect(diagnosticsOf(() => readModel(model(200)))).toMatchObject([
      { code: 'US1108', message: expect.stringContaining('nested') },
    ]);
  });
});
