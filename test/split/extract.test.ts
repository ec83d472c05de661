import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import { type Graph, type Model, type Node, subgraphsOf, type Value } from '../../src/ir/graph.js';
import { formatType } from '../../src/ir/shape.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import { readModel } from '../../src/onnx/read.js';
import { modelBytes as written } from '../../src/onnx/write.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { runModel } from '../../src/runtime/run.js';
import { extract } from '../../src/runtime/stages.js';
import { extractPart, inferPart } from '../../src/split/extract.js';
import { diagnosticsOf } from '../support/errors.js';
import { GraphBuilder } from '../support/graph.js';
import { functionProto, graphProto, type ModelSpec, modelBytes, nodeProto, tensorTypeProto } from '../support/model.js';

function modelOf(graph: Graph): Model {
  return {
    graph,
    irVersion: 10,
    opsets: new Map([['', graph.nodes[0]!.opset]]),
    producer: { name: 'tests', version: '1' },
    metadata: new Map([['licence', 'none']]),
  };
}

function read(spec: ModelSpec): Model {
  return readModel(modelBytes(spec)).model;
}

const names = (values: readonly Value[]) => values.map(({ name }) => name);
const codes = (part: { readonly diagnostics: readonly { readonly code: string }[] }) =>
  part.diagnostics.map(({ code }) => code);
const types = (values: readonly Value[]) =>
  values.map(({ name, declared }) => `${name} ${declared?.kind === 'tensor' ? formatType(declared) : '?'}`);
const operators = ({ graph }: Model) => graph.nodes.map(({ opType }) => opType);
const floats = (...values: number[]) => float32([values.length], values);

/** x → Relu a → Neg b → Exp y */
const chain = read({
  inputs: { x: ['N', 2] },
  outputs: { y: ['N', 2] },
  nodes: [nodeProto('Relu', 'x', 'a'), nodeProto('Neg', 'a', 'b'), nodeProto('Exp', 'b', 'y')],
});

describe('a part', () => {
  it('has the nodes between, inputs and outputs with their types, and what is said of the model', () => {
    const model = modelOf(chain.graph);
    const part = extract(model, { from: ['a'], to: ['b'] });
    expect(operators(part)).toEqual(['Neg']);
    expect(types(part.graph.inputs)).toEqual(['a float32[N, 2]']);
    expect(types(part.graph.outputs)).toEqual(['b float32[N, 2]']);
    expect(part).toMatchObject({ irVersion: 10, opsets: model.opsets, producer: model.producer });
    expect(part.metadata).toBe(model.metadata);
    expect(extract(part, { from: ['a'], to: ['b'] })).toBe(part);
    expect(extract(model, {})).toBe(model);
  });

  it('is that between the model’s own ends where none are named', () => {
    expect(operators(extract(chain, { from: ['a'] }))).toEqual(['Neg', 'Exp']);
    expect(operators(extract(chain, { to: ['a'] }))).toEqual(['Relu']);
  });

  it('is between lists of names', () => {
    expect(() => extract(chain, { from: 'a' as unknown as string[] })).toThrow("'from' has to be an array of names");
  });

  it('takes names once, and nodes for what they make', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [4]);
    const [left, right] = builder.addMany('Split', [x, builder.constant(int64([2], [1, 3]))], 2) as [Value, Value];
    const sum = builder.add('Add', [builder.add('Relu', [left]), right]);
    const model = modelOf(builder.graph(sum));
    // n0 is Split, n1 is Relu.
    const part = extract(model, { from: ['n0', 'v0', 'n0'], to: ['n2', 'v2'] });
    expect(names(part.graph.inputs)).toEqual(['v0', 'v0.1']);
    expect(types(part.graph.inputs)).toEqual(['v0 float32[1]', 'v0.1 float32[3]']);
    expect(names(part.graph.outputs)).toEqual(['v2']);
    expect(names(extract(model, { to: ['n0'] }).graph.outputs)).toEqual(['v0', 'v0.1']);
  });

  it('returns what it is fed, and constants', () => {
    const model = read({
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [
        nodeProto('Constant', '', 'one', { value: floats(1, 1) }),
        nodeProto('Add', 'x one', 'a'),
        nodeProto('Mul', 'a two', 'y'),
      ],
      initializers: { two: floats(2, 2) },
    });
    const part = extract(model, { from: ['a'], to: ['a', 'y', 'one', 'two'] });
    expect(verify(part.graph)).toEqual([]);
    const again = readModel(written(part)).model;
    const { outputs } = runModel(again, { a: floats(3, 4) });
    expect([...outputs].map(([name, { data }]) => [name, ...(data as Float32Array)])).toEqual([
      ['a', 3, 4],
      ['y', 6, 8],
      ['one', 1, 1],
      ['two', 2, 2],
    ]);
    // A weight may be fed as well.
    const fed = extract(model, { from: ['a', 'two'], to: ['y'] });
    expect(types(fed.graph.inputs)).toEqual(['a float32[2]', 'two float32[2]']);
    expect(fed.graph.constants.size).toBe(0);
    expect(names(extract(model, { to: ['two'] }).graph.inputs)).toEqual([]);
  });

  it('keeps an input that nothing reads where it was asked for, and says so', () => {
    const part = extractPart(chain, { from: ['a', 'x'], to: ['b'] });
    expect(names(part.model.graph.inputs)).toEqual(['a', 'x']);
    expect(part.diagnostics).toMatchObject([{ code: 'US2106', value: 'x', severity: 'info' }]);
    const two = read({
      inputs: { x: [2], z: [2] },
      outputs: { y: [2] },
      nodes: [nodeProto('Relu', 'x', 'a'), nodeProto('Add', 'a z', 'y')],
    });
    const left = extractPart(two, { to: ['a'] });
    expect([names(left.model.graph.inputs), codes(left)]).toEqual([['x'], []]);
  });

  it('keeps inputs that are left out', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, symbol('H'), 8]);
    const relu = builder.add('Relu', [x]);
    const resized = builder.add('Resize', [relu, undefined, builder.constant(float32([4], [1, 1, 2, 2]))]);
    const part = extract(modelOf(builder.graph(builder.add('Neg', [resized]))), { from: ['v0'] });
    expect(part.graph.nodes[0]!.inputs[1]).toBeUndefined();
    expect(types(part.graph.outputs)).toEqual(['v2 float32[1, 1, 2*H, 16]']);
  });

  it('cuts nodes in half that make more than one value', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [4]);
    const [left, right] = builder.addMany('Split', [x, builder.constant(int64([2], [2, 2]))], 2) as [Value, Value];
    const model = modelOf(builder.graph(builder.add('Sub', [left, right])));
    const part = extract(model, { from: ['x', 'v0'] });
    expect(verify(part.graph)).toEqual([]);
    const again = readModel(written(part)).model;
    const { outputs } = runModel(again, { x: floats(1, 2, 3, 4), v0: floats(10, 20) });
    expect([...outputs.get('v1')!.data]).toEqual([7, 16]);
    expect(extract(part, { from: ['x', 'v0'] })).toBe(part);
  });

  it('takes ways along that begin at constants alone', () => {
    const model = read({
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [
        nodeProto('Relu', 'x', 'a'),
        nodeProto('Neg', 'weight', 'negative'),
        nodeProto('Exp', 'negative', 'scale'),
        nodeProto('Mul', 'a scale', 'y'),
      ],
      initializers: { weight: floats(0, 0) },
    });
    const part = extract(model, { from: ['a'] });
    expect(operators(part)).toEqual(['Neg', 'Exp', 'Mul']);
    expect(names([...part.graph.constants.keys()])).toEqual(['weight']);
  });

  it('leaves sizes open that a file has no name for', () => {
    const model = read({
      inputs: { x: [1, null] },
      outputs: { y: undefined },
      nodes: [
        nodeProto('Relu', 'x', 'a'),
        nodeProto('NonZero', 'a', 'found'),
        nodeProto('Cast', 'found', 'y', { to: 1 }),
      ],
    });
    const [input] = extract(model, { from: ['found'] }).graph.inputs;
    expect(types([input!])).toEqual(['found int64[2, found.1]']);
    const again = readModel(written(extract(model, { from: ['a'] }))).model;
    expect(types(again.graph.inputs)).toEqual(['a float32[1, a.1]']);
  });

  it('works without value_info, and without a known rank', () => {
    const model = read({
      inputs: { x: [2, 3], shape: tensorTypeProto(['K'], 'int64') },
      outputs: { y: undefined },
      nodes: [nodeProto('Reshape', 'x shape', 'a'), nodeProto('Relu', 'a', 'b'), nodeProto('Neg', 'b', 'y')],
    });
    const { model: part, diagnostics } = extractPart(model, { from: ['b'] });
    expect(types(part.graph.inputs)).toEqual(['b float32[?]']);
    expect(diagnostics).toMatchObject([
      { code: 'US2109', severity: 'warning', value: 'b' },
      { code: 'US2109', value: 'y' },
    ]);
    expect([...runModel(part, { b: floats(1, 2) }).outputs.get('y')!.data]).toEqual([-1, -2]);
  });

  it('needs element types', () => {
    const model = read({
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [nodeProto('Custom', 'x', 'a', {}, { domain: 'mine' }), nodeProto('Relu', 'a', 'y')],
      domains: { mine: 1 },
    });
    expect(diagnosticsOf(() => extract(model, { from: ['a'] }))).toMatchObject([{ code: 'US2104', value: 'a' }]);
  });

  it('reads sizes off its inputs that the network before it computed', () => {
    const [H, W] = [symbol('H'), symbol('W')];
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 2, H, W]);
    const shape = builder.add('Shape', [x]);
    const two = builder.constant(int64([1], [2]));
    const spatial = builder.add('Slice', [shape, two, builder.constant(int64([1], [4]))]);
    const same = builder.add('Relu', [x]);
    const half = builder.add('MaxPool', [same], { kernel_shape: [2, 2], strides: [2, 2] });
    const sizes = builder.add('Concat', [builder.constant(int64([2], [1, 2])), spatial], { axis: 0 });
    const up = builder.add('Resize', [half, undefined, undefined, sizes], { mode: 'nearest' });
    const model = modelOf(builder.graph(builder.add('Add', [up, same])));
    // v2 is Relu, of the input's size.
    const part = extract(model, { from: ['v2'] });
    expect(verify(part.graph)).toEqual([]);
    expect(operators(part)).toEqual(['Shape', 'MaxPool', 'Resize', 'Add']);
    expect(types(part.graph.outputs)).toEqual(['v6 float32[1, 2, H, W]']);
    const again = readModel(written(part, { types: infer(part.graph).types })).model;
    const data = new Tensor(
      'float32',
      [1, 2, 5, 4],
      Float32Array.from({ length: 40 }, (_, i) => i),
    );
    const whole = runModel(model, { x: data }).outputs.get('v6')!;
    expect(runModel(again, { v2: data }).outputs.get('v6')!.data).toEqual(whole.data);
    expect(extract(part, { from: ['v2'] })).toBe(part);
    const sized = extractPart(model, { from: ['v3'], to: ['v5'], auto: true });
    expect(types(sized.model.graph.inputs)).toEqual(['v3 float32[1, 2, floor(H/2), floor(W/2)]', 'v4 int64[4]']);
    expect(formatType(inferPart(sized).types.get(sized.model.graph.outputs[0]!))).toBe('float32[1, 2, H, W]');
    // A pooled size does not tell the size before: it is asked for.
    const error = diagnosticsOf(() => extract(model, { from: ['v3'], to: ['v5'] }));
    expect(error).toMatchObject([{ code: 'US2102' }]);
    expect(error[0]!.message).toContain("'v3' alone does not reach 'v5': also needs 'v4', or start earlier at 'x'");
  });

  it('computes with such sizes, of any integer type', () => {
    const [N, H] = [symbol('N'), symbol('H')];
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [N, 3, H]);
    const shape = builder.add('Shape', [x]);
    const index = (...at: number[]) => builder.constant(int64(at.length === 1 ? [] : [at.length], at));
    const scalar = builder.add('Mul', [builder.add('Gather', [shape, index(2)]), index(2)]);
    const ends = builder.add('Add', [builder.add('Gather', [shape, index(0, 2)]), index(1, 1)]);
    const narrow = builder.add('Cast', [ends], { to: 6 });
    const relu = builder.add('Relu', [x]);
    const outputs = [builder.add('Neg', [scalar]), builder.add('Neg', [narrow]), builder.add('Neg', [relu])];
    const model = modelOf(builder.graph(...outputs));
    const part = extract(model, { from: [relu.name] });
    expect(verify(part.graph)).toEqual([]);
    expect(new Set(names(part.graph.nodes.flatMap((node) => node.outputs as Value[]))).size).toBe(
      part.graph.nodes.length,
    );
    const data = new Tensor('float32', [2, 3, 5], new Float32Array(30).fill(1));
    const run = (source: Model, input: string) =>
      [...runModel(source, { [input]: data }).outputs.values()].map(({ type, dims, data: all }) => [
        type,
        dims,
        ...all,
      ]);
    const again = readModel(written(part)).model;
    expect(run(again, relu.name)).toEqual(run(model, 'x'));
    expect(run(again, relu.name).slice(0, 2)).toEqual([
      ['int64', [], -10n],
      ['int32', [2], -3, -6],
    ]);
  });

  it('has sizes as constants where they are numbers', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 2, 6, 4]);
    const half = builder.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
    const sizes = builder.add('Shape', [x]);
    const up = builder.add('Resize', [half, undefined, undefined, sizes], { mode: 'nearest' });
    const part = extract(modelOf(builder.graph(up)), { from: ['v0'] });
    expect(operators(part)).toEqual(['Resize']);
    expect([...part.graph.constants].map(([{ name }, constant]) => [name, ...constant.load().data])).toEqual([
      ['v1', 1n, 2n, 6n, 4n],
    ]);
    expect(types(part.graph.outputs)).toEqual(['v2 float32[1, 2, 6, 4]']);
  });
});

describe('what is missing', () => {
  /** x → enc1 → enc2 → bottleneck; bottleneck + enc2 → up → + enc1 → mask; aux from x alone. */
  const net = read({
    inputs: { x: ['N', 2] },
    outputs: { mask: ['N', 2], aux: ['N', 2] },
    nodes: [
      nodeProto('Exp', 'x', 'stem'),
      nodeProto('Relu', 'stem', 'enc1'),
      nodeProto('Relu', 'enc1', 'enc2'),
      nodeProto('Neg', 'enc2', 'bottleneck'),
      nodeProto('Add', 'bottleneck enc2', 'up'),
      nodeProto('Add', 'up enc1', 'mask'),
      nodeProto('Sin', 'x', 'aux'),
    ],
  });
  const problem = (from: readonly string[], to: readonly string[]) =>
    diagnosticsOf(() => extract(net, { from, to, file: 'net.onnx' }))[0]!;

  it('is named, as the last values before they meet the part', () => {
    const { code, message, file, hint, notes } = problem(['bottleneck'], ['mask']);
    expect([code, file]).toEqual(['US2102', 'net.onnx']);
    expect(message).toBe(
      "'bottleneck' alone does not reach 'mask': also needs 'enc2', 'enc1' (skips), or start earlier at 'enc1'",
    );
    expect(hint).toContain('--auto');
    expect(notes).toEqual(["'enc2' is float32[N, 2]", "'enc1' is float32[N, 2]"]);
    expect(problem(['up'], ['mask']).message).toBe("'up' alone does not reach 'mask': also needs 'enc1' (a skip)");
  });

  it('is taken by auto', () => {
    const part = extractPart(net, { from: ['bottleneck'], to: ['mask'], auto: true });
    expect(names(part.model.graph.inputs)).toEqual(['bottleneck', 'enc2', 'enc1']);
    expect(names(part.added)).toEqual(['enc2', 'enc1']);
    expect(part.diagnostics).toMatchObject([{ code: 'US2108', severity: 'info' }]);
    expect(extractPart(net, { from: ['enc1'], to: ['mask'], auto: true }).diagnostics).toEqual([]);
  });

  it('is what outputs are computed from that nothing given has a part in', () => {
    expect(problem(['bottleneck', 'enc2', 'enc1'], ['mask', 'aux']).message).toContain("also needs 'x'");
    expect(problem(['mask'], ['bottleneck']).message).toBe(
      "'bottleneck' is not computed from 'mask': also needs 'x', or start earlier at 'enc2'",
    );
    const part = extractPart(net, { from: ['bottleneck'], to: ['mask', 'aux'], auto: true });
    expect(names(part.model.graph.inputs)).toEqual(['bottleneck', 'enc2', 'enc1', 'x']);
  });
});

describe('names that are not there', () => {
  const hintOf = (model: Model, name: string) => diagnosticsOf(() => extract(model, { from: [name] }))[0]!;

  it('get the nearest ones', () => {
    const model = read({
      inputs: { image: [2] },
      outputs: { mask: [2] },
      nodes: [
        nodeProto('Relu', 'image', 'bottleneck'),
        nodeProto('Neg', 'bottleneck', '/decoder/up_output_0'),
        nodeProto('Exp', '/decoder/up_output_0', 'mask'),
      ],
    });
    expect(hintOf(model, 'botleneck')).toMatchObject({
      code: 'US2101',
      value: 'botleneck',
      hint: "near it are 'bottleneck'",
    });
    expect(hintOf(model, '/Decoder/up').hint).toBe("near it are '/decoder/up_output_0'");
    expect(hintOf(model, 'something else').hint).toContain('unstride inspect');
    expect(hintOf(model, '').code).toBe('US2101');
  });

  it('are told from those that several nodes have, and those inside subgraphs', () => {
    const twice = read({
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [nodeProto('Relu', 'x', 'a', {}, { name: 'n' }), nodeProto('Neg', 'a', 'y', {}, { name: 'n' })],
    });
    expect(hintOf(twice, 'n')).toMatchObject({
      code: 'US2101',
      message: "2 nodes are named 'n'",
      hint: 'name a value: a, y',
    });
    expect(hintOf(withBranches(), 'inner')).toMatchObject({ code: 'US2103', value: 'inner' });
  });
});

/** scaled = 2·x, kept = x + 1; y = if flag then scaled + kept else scaled. */
function withBranches(): Model {
  const branch = (nodes: Parameters<typeof graphProto>[0]['nodes'], output: string) => ({
    g: graphProto({ nodes: nodes ?? [], outputs: { [output]: [2] } }),
  });
  return read({
    inputs: { x: [2], flag: tensorTypeProto([], 'bool') },
    outputs: { y: [2] },
    nodes: [
      nodeProto('Mul', 'x two', 'scaled'),
      nodeProto('Add', 'x one', 'kept'),
      nodeProto('If', 'flag', 'y', {
        then_branch: branch([nodeProto('Add', 'scaled kept', 'inner')], 'inner'),
        else_branch: branch([nodeProto('Identity', 'scaled', 'other')], 'other'),
      }),
    ],
    initializers: { two: floats(2, 2), one: floats(1, 1) },
  });
}

describe('subgraphs', () => {
  it('read what was cut outside of them', () => {
    const model = withBranches();
    const error = diagnosticsOf(() => extract(model, { from: ['scaled', 'flag'] }))[0]!;
    expect(error.message).toContain("also needs 'kept'");
    const part = extract(model, { from: ['scaled', 'flag'], auto: true });
    expect(names(part.graph.inputs)).toEqual(['scaled', 'flag', 'kept']);
    expect(verify(part.graph)).toEqual([]);
    expect(part.graph.constants.size).toBe(0);
    const again = readModel(written(part)).model;
    for (const flag of [1, 0]) {
      const feeds = { scaled: floats(2, 4), kept: floats(2, 3), flag: new Tensor('bool', [], Uint8Array.of(flag)) };
      expect([...runModel(again, feeds).outputs.get('y')!.data]).toEqual(flag === 1 ? [4, 7] : [2, 4]);
    }
    expect(extract(part, { from: ['scaled', 'flag', 'kept'] })).toBe(part);
  });

  it('count as readers: what a body reads is needed, and the weights of the body stay', () => {
    const body = graphProto({
      inputs: { i: tensorTypeProto([], 'int64'), go: tensorTypeProto([], 'bool'), state: [2] },
      outputs: { go_on: tensorTypeProto([], 'bool'), next: [2] },
      nodes: [
        nodeProto('Identity', 'go', 'go_on'),
        nodeProto('Add', 'state step', 'moved'),
        nodeProto('Mul', 'moved half', 'next'),
      ],
      initializers: { half: floats(0.5, 0.5) },
    });
    const model = read({
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [
        nodeProto('Relu', 'x', 'start'),
        nodeProto('Neg', 'weight', 'step'),
        nodeProto('Loop', 'count _ start', 'last', { body: { g: body } }),
        nodeProto('Exp', 'last', 'y'),
      ],
      initializers: { weight: floats(-4, -8), count: new Tensor('int64', [], BigInt64Array.of(2n)) },
    });
    const part = extract(model, { from: ['start'], to: ['last'] });
    expect(operators(part)).toEqual(['Neg', 'Loop']);
    expect(verify(part.graph)).toEqual([]);
    expect([...runModel(readModel(written(part)).model, { start: floats(0, 0) }).outputs.get('last')!.data]).toEqual([
      3, 6,
    ]);
  });
});

describe('functions', () => {
  it('are cut through by the names of their values, and otherwise stay whole', () => {
    const model = read({
      inputs: { x: [2] },
      outputs: { y: [2] },
      domains: { local: 1 },
      nodes: [
        nodeProto('Block', 'x', 'a', {}, { domain: 'local' }),
        nodeProto('Block', 'a', 'y', {}, { domain: 'local' }),
      ],
      functions: [
        functionProto('Block', 'in', 'out', [nodeProto('Relu', 'in', 'mid'), nodeProto('Neg', 'mid', 'out')]),
      ],
    });
    const part = extract(model, { from: ['a'] });
    expect(operators(part)).toEqual(['Relu', 'Neg']);
    const again = readModel(written(part)).model;
    expect([...runModel(again, { a: floats(1, -1) }).outputs.get('y')!.data].map((item) => Number(item) + 0)).toEqual([
      -1, 0,
    ]);
    const inner = model.graph.nodes[2]!.outputs[0]!.name;
    expect(operators(extract(model, { from: [inner] }))).toEqual(['Neg']);
  });
});

describe('quantized graphs', () => {
  const zero = new Tensor('int8', [], Int8Array.of(0));
  const step = new Tensor('float32', [], Float32Array.of(0.5));
  const pairs = (more: readonly Parameters<typeof nodeProto>[] = []) =>
    read({
      opset: 13,
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [
        nodeProto('Relu', 'x', 'a'),
        nodeProto('QuantizeLinear', 'a step zero', 'aq'),
        nodeProto('DequantizeLinear', 'aq step zero', 'ad'),
        nodeProto('DequantizeLinear', 'weight step zero', 'w'),
        ...more.map((item) => nodeProto(...item)),
        nodeProto('Mul', 'ad w', 'y'),
      ],
      initializers: { step, zero, weight: new Tensor('int8', [2], Int8Array.of(2, 4)) },
    });

  it('are cut where pairs stay whole', () => {
    const model = pairs();
    const part = extractPart(model, { from: ['aq'] });
    expect(names(part.model.graph.inputs)).toEqual(['ad']);
    expect(operators(part.model)).toEqual(['DequantizeLinear', 'Mul']);
    expect(part.diagnostics).toMatchObject([{ code: 'US2107', severity: 'info', value: 'aq' }]);
    const first = extractPart(model, { to: ['aq'] });
    expect(operators(first.model)).toEqual(['Relu', 'QuantizeLinear', 'DequantizeLinear']);
    expect(codes(extractPart(model, { from: ['a'] }))).toEqual([]);
  });

  it('or it is said what is split', () => {
    const model = pairs([
      ['DequantizeLinear', 'aq step zero', 'other'],
      ['Relu', 'other', 'unused'],
    ]);
    const part = extractPart(model, { from: ['aq'] });
    expect(types(part.model.graph.inputs)).toEqual(['aq int8[2]']);
    expect(part.diagnostics).toMatchObject([{ code: 'US2105', severity: 'warning', value: 'aq' }]);
    expect(part.diagnostics[0]!.hint).toBe("name 'ad', 'other' in its place");
  });
});

describe('a part in a session', () => {
  it('runs without a file, at every size that the whole has', async () => {
    const [H, W] = [symbol('H'), symbol('W')];
    const builder = new GraphBuilder(18);
    const x = builder.input(
      'x',
      ['N', 1, H, W].map((dim) => (typeof dim === 'string' ? symbol(dim) : dim)),
    );
    const pool = (value: Value) => builder.add('MaxPool', [value], { kernel_shape: [2, 2], strides: [2, 2] });
    const eighth = pool(pool(pool(x)));
    const up = builder.add('Resize', [eighth, undefined, builder.constant(float32([4], [1, 1, 2, 2]))], {
      mode: 'nearest',
    });
    const model = modelOf(builder.graph(builder.add('Relu', [up])));
    const session = await InferenceSession.create(extract(model, { from: ['v2'] }));
    try {
      expect(session.inputMetadata).toMatchObject([{ name: 'v2', shape: ['N', 1, 'floor(H/8)', 'floor(W/8)'] }]);
      for (const [height, width] of [
        [1, 2],
        [3, 1],
      ] as const) {
        const data = Float32Array.from({ length: height * width }, (_, i) => i - 1);
        const { v4 } = await session.run({ v2: new Tensor('float32', [1, 1, height, width], data) });
        expect(v4!.dims).toEqual([1, 1, 2 * height, 2 * width]);
      }
    } finally {
      await session.release();
    }
  });
});

it('nodes inside subgraphs are shared where nothing in them changes', () => {
  const model = withBranches();
  const branches = (nodes: readonly Node[]) => nodes.flatMap(subgraphsOf).map(({ graph }) => graph);
  const part = extract(model, { from: ['x', 'flag'], to: ['y'] });
  expect(branches(part.graph.nodes)).toEqual(branches(model.graph.nodes));
});
