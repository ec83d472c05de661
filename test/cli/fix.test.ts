/** `unstride fix`: from a model with findings to one without, which is the same. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { verifyFix } from '../../src/cli/fix-check.js';
import { symbol } from '../../src/ir/dim.js';
import { constantFromTensor, type Graph, type Model } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { modelBytes, writeModel } from '../../src/onnx/write.js';
import type { Change } from '../../src/rules/fixes/fix.js';
import { openModel } from '../../src/runtime/open.js';
import { runModel } from '../../src/runtime/run.js';
import { codesOf, contextOf, filled, modelOf } from '../rules/support.js';
import { useCli } from '../support/cli.js';
import { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';

const validate = new Ajv2020().compile(
  JSON.parse(readFileSync(path.join(import.meta.dirname, '..', '..', 'schemas', 'fix.schema.json'), 'utf8')) as object,
);

/** An odd crop by SAME, a dead node, and a layer whose output_shape overrides its pads. */
function upsampler(input: Shape = [1, 2, 4, 4]): Graph {
  const builder = new GraphBuilder(18);
  const x = builder.input('x', input);
  const first = builder.add('ConvTranspose', [x, builder.constant(filled([2, 3, 3, 3]))], {
    strides: [2, 2],
    auto_pad: 'SAME_UPPER',
  });
  builder.add('Relu', [first]);
  const second = builder.add('ConvTranspose', [first, builder.constant(filled([3, 400, 4, 4], 2))], {
    strides: [2, 2],
    pads: [0, 0, 2, 2],
    output_shape: [16, 16],
  });
  return builder.graph(second);
}

describe('unstride fix', () => {
  const cli = useCli('fix');

  const put = (graph: Graph, name = 'model.onnx') =>
    writeFileSync(path.join(cli.folder, name), modelBytes(modelOf(graph)));
  const open = (name: string) => openModel(path.join(cli.folder, name));
  const json = (args: readonly string[]) => {
    const { stdout, code } = cli.run([...args, '--json'], cli.folder);
    const document = JSON.parse(stdout) as Record<string, never> & { changes: { code: string }[] };
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    return { code, document };
  };

  it('writes a model without the findings, with the same results', async () => {
    put(upsampler());
    const { code, stdout, stderr } = cli.run(['fix', 'model.onnx'], cli.folder);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^US1407 +n0 \(ConvTranspose\) +auto_pad = SAME_UPPER → pads = \[0, 0, 1, 1\]$/m);
    expect(stdout).toMatch(/^US1408 +n2 \(ConvTranspose\) .*output_shape = \[16, 16\].* → pads = \[1, 1, 1, 1\]$/m);
    expect(stdout).toMatch(/^US1503 +n1 \(Relu\) +removed$/m);
    expect(stdout).toContain(
      '2 replaced nodes give the same on integers, the whole model gives the same on random input',
    );
    expect(stdout).toMatch(/^wrote model\.fixed\.onnx, [\d.]+ KiB$/m);
    const [before, after] = [(await open('model.onnx')).model, (await open('model.fixed.onnx')).model];
    expect(codesOf(contextOf(before))).toEqual(['US1407', 'US1408', 'US1411', 'US1503']);
    expect(codesOf(contextOf(after))).toEqual(['US1411']);
    const x = filled([1, 2, 4, 4], 9);
    const [expected, actual] = [before, after].map((model) => [...runModel(model, { x }).outputs.values()][0]!);
    expect(actual!.dims).toEqual([1, 400, 16, 16]);
    expect(actual!.data).toEqual(expected!.data);
    // Sizes are in the file now, for whoever looks at it.
    const shape = after.graph.nodes[0]!.outputs[0]!.declared;
    expect(shape).toMatchObject({ kind: 'tensor', elementType: 'float32', shape: [1, 3, 8, 8] });
  });

  it('writes nothing on a dry run, and only where it is told', () => {
    put(upsampler());
    const { code, stdout } = cli.run(['fix', 'model.onnx', '--dry-run'], cli.folder);
    expect([code, readdirSync(cli.folder)]).toEqual([0, ['model.onnx']]);
    expect(stdout).toContain('nothing is written: this is a dry run');
    expect(cli.run(['fix', 'model.onnx', '--output', 'out.onnx'], cli.folder).code).toBe(0);
    expect(readdirSync(cli.folder).sort()).toEqual(['model.onnx', 'out.onnx']);
  });

  it('keeps to the codes that are selected', async () => {
    put(upsampler());
    const { document } = json(['fix', 'model.onnx', '--select', 'US1407,US1503']);
    expect(document.changes.map(({ code }) => code)).toEqual(['US1407', 'US1503']);
    expect(codesOf(contextOf((await open('model.fixed.onnx')).model))).toEqual(['US1408', 'US1411']);
  });

  it('says what it cannot mend, and why results were not compared', () => {
    put(upsampler([symbol('N'), 2, symbol('H'), 4]));
    const { code, document } = json(['fix', 'model.onnx', '--select', 'US1408']);
    expect(code).toBe(0);
    expect(document).toMatchObject({ changes: [], output: null, verification: null });
    expect(document['remaining']).toMatchObject([{ code: 'US1408' }]);
    const open = json(['fix', 'model.onnx', '--select', 'US1407']).document;
    expect(open['verification']).toMatchObject({
      comparedNodes: 1,
      comparedResults: false,
      reason: 'sizes are open: bind them with --dim N=…,H=…',
    });
    const bound = json(['fix', 'model.onnx', '--select', 'US1407', '--dim', 'N=1,H=4']).document;
    expect(bound['verification']).toMatchObject({ comparedNodes: 1, comparedResults: true });
  });

  it('folds normalizations when asked to, which rounds', async () => {
    const builder = new GraphBuilder(18);
    const y = builder.add('ConvTranspose', [builder.input('x', [1, 2, 3, 3]), builder.constant(filled([2, 3, 2, 2]))], {
      strides: [2, 2],
    });
    const ones = filled([3], 2);
    ones.data.fill(3);
    const parameters = [ones, filled([3], 3), filled([3], 4), ones].map((tensor) => builder.constant(tensor));
    put(builder.graph(builder.add('BatchNormalization', [y, ...parameters])));
    expect(cli.run(['fix', 'model.onnx'], cli.folder).stdout).toBe('model.onnx: nothing to fix\n');
    const { document } = json(['fix', 'model.onnx', '--select', 'US1501']);
    expect(document['verification']).toMatchObject({ comparedResults: true });
    expect((await open('model.fixed.onnx')).model.graph.nodes.map(({ opType }) => opType)).toEqual(['ConvTranspose']);
  });

  it('moves a model to another operator set, and back', async () => {
    const builder = new GraphBuilder(13);
    const axes = builder.constant(int64([1], [0]));
    put(
      builder.graph(
        builder.add('Squeeze', [builder.add('Softmax', [builder.input('x', [1, 2, 3])], { axis: 1 }), axes]),
      ),
    );
    const older = json(['fix', 'model.onnx', '--opset', '11', '--output', 'older.onnx']).document;
    expect(older['changes']).toMatchObject([
      { code: null, node: null, text: 'operator set 13 → 11' },
      { code: null, node: { name: 'n0' }, text: 'Softmax → Transpose, Softmax, Transpose' },
      { code: null, node: { name: 'n1' }, text: 'input axes → attribute axes' },
    ]);
    expect(older['verification']).toMatchObject({ comparedResults: true });
    const { model } = await open('older.onnx');
    expect([model.opsets.get(''), model.graph.constants.size]).toEqual([11, 0]);
    const { stdout } = cli.run(['fix', 'older.onnx', '--opset', '17', '--output', 'newer.onnx'], cli.folder);
    expect(stdout).toMatch(/^set +operator set 11 → 17$/m);
    expect(stdout).toMatch(/^set +n1 \(Squeeze\) +attribute axes → input axes$/m);
    const x = filled([1, 2, 3], 9);
    const results = await Promise.all(
      ['model.onnx', 'older.onnx', 'newer.onnx'].map(async (name) => [
        ...runModel((await open(name)).model, { x }).outputs.values(),
      ]),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('refuses an operator set by the node that it has no form for', () => {
    const builder = new GraphBuilder(14);
    put(builder.graph(builder.add('Trilu', [builder.input('x', [2, 2])])));
    const { code, document } = json(['fix', 'model.onnx', '--opset', '13']);
    expect(code).toBe(1);
    expect(document['diagnostics']).toMatchObject([
      {
        code: 'US1308',
        node: { name: 'n0', opType: 'Trilu' },
        message: expect.stringContaining('Trilu is not there before set 14') as string,
      },
    ]);
    expect(readdirSync(cli.folder)).toEqual(['model.onnx']);
  });

  it('repairs what does not fit the operator set', async () => {
    const builder = new GraphBuilder(9);
    const scales = { kind: 'floats', value: [1, 1, 2, 2] } as const;
    put(builder.graph(builder.add('Upsample', [builder.input('x', [1, 1, 2, 2])], { scales })));
    const { document } = json(['fix', 'model.onnx']);
    expect(document.changes).toMatchObject([{ code: 'US1306', text: 'attribute scales → input scales' }]);
    expect(document['remaining']).toEqual([]);
    expect(codesOf(contextOf((await open('model.fixed.onnx')).model))).toEqual([]);
  });

  it('puts nodes in order', async () => {
    const bytes = readFileSync(path.join(import.meta.dirname, '../../fixtures/vae/decoder-torchscript/model.onnx'));
    const message = onnx.ModelProto.decode(bytes);
    message.graph!.node!.reverse();
    writeFileSync(path.join(cli.folder, 'model.onnx'), onnx.ModelProto.encode(message).finish());
    const { document } = json(['fix', 'model.onnx', '--dim', 'N=1']);
    expect(document.changes).toEqual([{ code: 'US1107', node: null, text: 'the nodes are written in order' }]);
    expect((await open('model.fixed.onnx')).diagnostics).toEqual([]);
  });

  it('keeps weights in their file, and takes them along into another folder', async () => {
    const { model, weights } = writeModel(modelOf(upsampler()), { weights: { location: 'w.bin' } });
    writeFileSync(path.join(cli.folder, 'model.onnx'), Buffer.concat([...model.chunks()]));
    writeFileSync(path.join(cli.folder, 'w.bin'), Buffer.concat([...weights!.chunks()]));
    expect(cli.run(['fix', 'model.onnx'], cli.folder).code).toBe(0);
    expect(readdirSync(cli.folder).sort()).toEqual(['model.fixed.onnx', 'model.onnx', 'w.bin']);
    mkdirSync(path.join(cli.folder, 'other'));
    expect(cli.run(['fix', 'model.onnx', '--output', 'other/m.onnx'], cli.folder).code).toBe(0);
    expect(readdirSync(path.join(cli.folder, 'other')).sort()).toEqual(['m.onnx', 'm.onnx.data']);
    const x = filled([1, 2, 4, 4], 9);
    const results = await Promise.all(
      ['model.onnx', 'model.fixed.onnx', 'other/m.onnx'].map(
        async (name) => [...runModel((await open(name)).model, { x }).outputs.values()][0]!.data,
      ),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const overwriting = cli.run(['fix', 'model.onnx', '--output', 'w.bin'], cli.folder);
    expect([overwriting.code, overwriting.stderr]).toEqual([
      1,
      expect.stringContaining("the file of the model's weights"),
    ]);
  });

  it('can write over the model itself', async () => {
    put(upsampler());
    expect(cli.run(['fix', 'model.onnx', '--output', 'model.onnx'], cli.folder).code).toBe(0);
    expect(codesOf(contextOf((await open('model.onnx')).model))).toEqual(['US1411']);
    expect(readdirSync(cli.folder)).toEqual(['model.onnx']);
  });

  it('writes sizes that are larger than integers as open ones, and what it writes can be read', async () => {
    const builder = new GraphBuilder(18);
    const shape = builder.constant(int64([3], [1, 2n ** 62n, 2n ** 62n]));
    put(builder.graph(builder.add('Flatten', [builder.add('ConstantOfShape', [shape])], { axis: 1 })));
    const { document } = json(['fix', 'model.onnx', '--output', 'out.onnx']);
    expect(document['output']).toBe(null);
    const message = onnx.ModelProto.decode(readFileSync(path.join(cli.folder, 'model.onnx')));
    for (const node of message.graph!.node!) node.name = '';
    writeFileSync(path.join(cli.folder, 'model.onnx'), onnx.ModelProto.encode(message).finish());
    expect(cli.run(['fix', 'model.onnx', '--output', 'out.onnx'], cli.folder).code).toBe(0);
    expect((await open('out.onnx')).diagnostics).toEqual([]);
  });

  it.each([
    [['fix', 'none.onnx'], 1, 'US1002'],
    [['fix', 'model.onnx', '--select', 'US1203'], 2, 'no fix is known for US1203'],
    [['fix', 'model.onnx', '--select', 'odd'], 2, "there is no code 'odd'"],
    [['fix', 'model.onnx', '--opset', '6'], 2, "--opset '6' is no operator set"],
    [['fix', 'model.onnx', '--opset', 'new'], 2, "--opset 'new' is no operator set"],
    [['fix', 'model.onnx', '--dim', 'Q=1'], 2, "no open size 'Q'"],
    [['fix', 'model.onnx', '--output', 'model.onnx/m.onnx'], 1, 'US2010'],
  ])('%j ends with %i', (args, expected, words) => {
    put(upsampler());
    const { code, stderr } = cli.run(args, cli.folder);
    expect(stderr).toContain(words);
    expect(code).toBe(expected);
    expect(existsSync(path.join(cli.folder, 'model.fixed.onnx'))).toBe(false);
  });
});

describe('the comparison before anything is written', () => {
  const options = { bindings: new Map<string, number>(), keepsEveryBit: true, seed: 0 };
  const layer = (attributes: Readonly<Record<string, AttributeInput>>, weight = 1): Model => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 1, 4]);
    const weights = builder.constant(filled([1, 1, 3], weight));
    return modelOf(builder.graph(builder.add('ConvTranspose', [x, weights], attributes)));
  };
  const replaced = (before: Model, after: Model): Change[] => {
    const [node, replacement] = [before.graph.nodes[0]!, after.graph.nodes[0]!];
    return [{ code: 'US1407', node, replacement, text: '' }];
  };

  it('sees a crop on the other side', () => {
    const before = layer({ strides: [2], auto_pad: 'SAME_UPPER' });
    const wrong = layer({ strides: [2], pads: [1, 0] });
    const { differences } = verifyFix(before, wrong, replaced(before, wrong), options);
    expect(differences[0]).toBe('n0 alone, on integers, gives other results');
    expect(differences[1]).toMatch(/^the output 'v0' differs at element \d: it was /);
    const right = layer({ strides: [2], pads: [0, 1] });
    expect(verifyFix(before, right, replaced(before, right), options)).toMatchObject({
      comparedNodes: 1,
      comparedResults: true,
      differences: [],
    });
  });

  it('sees another size', () => {
    const before = layer({ strides: [2], auto_pad: 'SAME_UPPER' });
    const wrong = layer({ strides: [2], pads: [1, 1] });
    const { differences } = verifyFix(before, wrong, replaced(before, wrong), options);
    expect(differences).toContain("'v0' was float32[1, 1, 8] and is float32[1, 1, 7]");
    expect(differences).toContain('n0 alone, on integers, made [1, 1, 8] and makes [1, 1, 7]');
  });

  it('sees other weights, unless they differ by rounding where that is allowed', () => {
    const before = layer({});
    const weights = [...before.graph.constants.keys()][0]!;
    const scaled = (factor: number): Model => {
      const data = filled([1, 1, 3]).data.map((value) => value * factor);
      const constants = new Map([[weights, constantFromTensor(float32([1, 1, 3], data))]]);
      return { ...before, graph: { ...before.graph, constants } };
    };
    expect(verifyFix(before, scaled(1 + 1e-6), [], options).differences).toHaveLength(1);
    expect(verifyFix(before, scaled(1 + 1e-6), [], { ...options, keepsEveryBit: false }).differences).toEqual([]);
    expect(verifyFix(before, scaled(1.01), [], { ...options, keepsEveryBit: false }).differences).toHaveLength(1);
  });

  it('runs neither what draws random numbers nor what is too large', () => {
    const builder = new GraphBuilder(18);
    const random = modelOf(builder.graph(builder.add('RandomNormalLike', [builder.input('x', [2])])));
    expect(verifyFix(random, random, [], options)).toMatchObject({
      comparedResults: false,
      reason: 'n0 draws random numbers',
    });
    const large = new GraphBuilder(18);
    const x = large.input('x', [1, 64, 512, 512]);
    const model = modelOf(large.graph(large.add('Conv', [x, large.constant(filled([64, 64, 3, 3]))])));
    expect(verifyFix(model, model, [], options).reason).toBe('it takes 9.6 billion multiply-accumulates');
  });
});
