/** The odd-size U-Net, as people meet it: an error at a Concat, far from its cause, at sizes that nobody tried before. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CheckedModel, checkModel } from '../../src/check.js';
import type { Diagnostic } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph, Model } from '../../src/ir/graph.js';
import { GraphEditor, intsAttribute, withAttributes } from '../../src/ir/graph-editor.js';
import { formatShape } from '../../src/ir/shape.js';
import { Tensor } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { applyRemedy } from '../../src/remedies/edits.js';
import { openModel } from '../../src/runtime/open.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../support/graph.js';

async function fixture(name: string): Promise<Model> {
  const { model } = await openModel(path.join(import.meta.dirname, '..', '..', 'fixtures', name, 'model.onnx'));
  return model;
}

const dynamic = await fixture('unet/dynamo');
const fixed = await fixture('unet/torchscript');
const unpadded = await fixture('unet/valid-torchscript');
const segnet = await fixture('segnet/dynamo');

function errorsOf({ diagnostics }: Pick<CheckedModel, 'diagnostics'>): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}

function sizesOf({ sizes }: CheckedModel): string[] {
  return sizes.symbols.map(({ name, text }) => `${name}: ${text}`);
}

function outputOf(graph: Graph, bindings: ReadonlyMap<string, number>): string {
  const { types, diagnostics } = infer(graph, { bindings });
  expect(errorsOf({ diagnostics })).toEqual([]);
  return formatShape(types.get(graph.outputs[0]!)!.shape);
}

/** The model with the pads of a ConvTranspose changed: what an edit gone wrong leaves. */
function broken(model: Model, which: number, pads: readonly number[]): Model {
  const editor = new GraphEditor(model.graph);
  const node = model.graph.nodes.filter(({ opType }) => opType === 'ConvTranspose')[which]!;
  editor.replace(node, { ...node, attributes: withAttributes(node, { pads: intsAttribute(pads) }) });
  return { ...model, graph: editor.finish() };
}

describe('a U-Net of four levels with open sizes', () => {
  const bind = (sizes: Record<string, number>) => ({ bindings: new Map(Object.entries(sizes)) });
  const odd = checkModel(dynamic, bind({ H: 572 }));
  const [error, ...others] = errorsOf(odd) as [Diagnostic, ...Diagnostic[]];

  it('takes multiples of 16', () => {
    const checked = checkModel(dynamic);
    expect(errorsOf(checked)).toEqual([]);
    expect(sizesOf(checked)).toEqual(['N: any size', 'H: multiple of 16', 'W: multiple of 16']);
  });

  it('passes at 576', () => {
    expect(errorsOf(checkModel(dynamic, bind({ H: 576, W: 576, N: 1 })))).toEqual([]);
  });

  it('fails at 572 in the first Concat, with both sizes', () => {
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: 'US1203', node: { name: 'node_cat', opType: 'Concat' } });
    expect(error).toMatchObject({ expected: '71', actual: '70' });
  });

  it('says where each side comes from, pooling by pooling', () => {
    expect(error.notes!.slice(0, 2)).toEqual([
      "'relu_7' has 71 at axis 2: image 572 → 286 node_max_pool2d → 143 node_max_pool2d_1 → 71 node_max_pool2d_2",
      "'convolution' has 70 at axis 2: image 572 → 286 node_max_pool2d → 143 node_max_pool2d_1 → 71 node_max_pool2d_2 → 35 node_max_pool2d_3 → 70 node_convolution (ConvTranspose)",
    ]);
  });

  it('names the nearest legal sizes', () => {
    expect(error.nearest).toEqual([{ symbol: 'H', size: 572, below: 560, above: 576 }]);
    expect(error.hint).toContain('H = 560 or 576');
  });

  it('still tells the legal sizes of what is open', () => {
    expect(sizesOf(odd)).toEqual(['N: any size', 'W: multiple of 16']);
  });

  it('offers output_padding, padding and cropping', () => {
    expect(error.remedies!.map(({ kind }) => kind)).toEqual(['output_padding', 'pad', 'crop']);
    expect(error.remedies![0]!.text).toBe(
      'output_padding = [1, 0] at node_convolution (ConvTranspose) and node_convolution_1 (ConvTranspose); gives logits [N, 1, 572, W]',
    );
    expect(error.hint).toContain('output_padding = [1, 0] at node_convolution');
  });

  it.each([
    ['output_padding', '[2, 1, 572, 32]'],
    ['pad', '[2, 1, 572, 32]'],
    ['crop', '[2, 1, 560, 32]'],
  ])('is mended by %s', (kind, output) => {
    const remedy = error.remedies!.find((item) => item.kind === kind)!;
    expect(outputOf(applyRemedy(dynamic.graph, remedy), new Map(Object.entries({ N: 2, H: 572, W: 32 })))).toBe(output);
  });

  it('runs once it is mended', () => {
    const sizes = { N: 1, H: 28, W: 16 };
    const [small] = errorsOf(checkModel(dynamic, bind(sizes))) as [Diagnostic];
    expect(small.remedies!.map(({ kind }) => kind)).toEqual(['output_padding', 'pad', 'crop']);
    const outputs = small.remedies!.map((remedy) => {
      const x = new Tensor('float32', [1, 1, 28, 16], new Float32Array(28 * 16).fill(0.5));
      return execute(scheduleReferences(applyRemedy(dynamic.graph, remedy)), [x]).outputs[0]!.dims;
    });
    expect(outputs).toEqual([
      [1, 1, 28, 16],
      [1, 1, 28, 16],
      [1, 1, 16, 16],
    ]);
  });

  it('is not told the same cause again by what the file declares', () => {
    expect(odd.diagnostics.map(({ code }) => code)).toEqual(['US1203']);
  });

  it('fails in several places for several reasons, and one remedy mends all', () => {
    const errors = errorsOf(checkModel(dynamic, bind({ H: 572, W: 580, N: 1 })));
    expect(errors.map(({ node, expected, actual }) => [node!.name, expected, actual])).toEqual([
      ['node_cat', '71', '70'],
      ['node_cat_1', '145', '144'],
    ]);
    expect(errors[0]!.nearest!.map(({ below, above }) => [below, above])).toEqual([
      [560, 576],
      [576, 592],
    ]);
    const remedy = errors[0]!.remedies!.find(({ kind }) => kind === 'output_padding')!;
    expect(remedy.edits.map(({ values }) => values)).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(errors[1]!.remedies).toBeUndefined();
  });
});

describe('a U-Net exported with fixed sizes', () => {
  it('is asked about other sizes by the shape of its input', () => {
    const checked = checkModel(fixed, { inputShapes: new Map([['image', [1, 1, 572, 572]]]) });
    const [error] = errorsOf(checked) as [Diagnostic];
    expect(error).toMatchObject({ code: 'US1203', expected: '71', actual: '70' });
    expect(error.nearest).toEqual([
      { symbol: 'image.2', size: 572, below: 560, above: 576 },
      { symbol: 'image.3', size: 572, below: 560, above: 576 },
    ]);
    expect(error.remedies![0]).toMatchObject({
      kind: 'output_padding',
      edits: [{ values: [1, 1] }, { values: [1, 1] }],
    });
  });

  it('passes at the sizes that it says', () => {
    expect(errorsOf(checkModel(fixed, { inputShapes: new Map([['image', [1, 1, 576, 560]]]) }))).toEqual([]);
  });
});

describe('a layer that was broken', () => {
  it('is mended where it is, for all sizes', () => {
    const model = broken(dynamic, 1, [1, 0, 0, 0]);
    const [error, ...others] = errorsOf(checkModel(model)) as [Diagnostic, ...Diagnostic[]];
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: 'US1203', expected: 'floor(H/4)', actual: '2*floor(H/8) - 1' });
    const remedies = error.remedies!.map(({ kind, text }) => [kind, text.split('; gives ')[1]]);
    expect(remedies).toEqual([
      ['output_padding', 'logits [N, 1, H, W]'],
      ['pad', 'logits [N, 1, H, W]'],
      ['crop', 'logits [N, 1, H - 4, W]'],
    ]);
    expect(error.remedies![0]!.edits).toMatchObject([{ node: { name: 'node_convolution_1' }, values: [1, 0] }]);
  });

  it('may also be given its size, where that is fixed', () => {
    const [error] = errorsOf(checkModel(broken(fixed, 1, [1, 0, 0, 0]))) as [Diagnostic];
    const remedy = error.remedies!.find(({ kind }) => kind === 'output_shape')!;
    expect(remedy.edits).toMatchObject([{ values: [16, 16] }]);
    expect(outputOf(applyRemedy(broken(fixed, 1, [1, 0, 0, 0]).graph, remedy), new Map())).toBe('[1, 1, 64, 64]');
  });

  it('that leaves no legal size is named, with an example', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, symbol('H')]);
    const join = (size: number) => {
      const pool = builder.add('MaxPool', [x], { kernel_shape: [size], strides: [2] });
      const w = builder.constant(new Tensor('float32', [1, 1, size], new Float32Array(size)));
      return builder.add('Concat', [x, builder.add('ConvTranspose', [pool, w], { strides: [2] })], { axis: 1 });
    };
    // The first wants an even size, the second an odd one.
    const graph = builder.graph(join(2), join(3));
    const [error, ...others] = errorsOf(checkModel({ ...dynamic, graph })) as [Diagnostic, ...Diagnostic[]];
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: 'US1216', node: { name: 'n5' }, value: 'H' });
    expect(error.message).toContain('no size of H is legal');
    expect(error.notes).toEqual([
      "at H = 64: 'x' has 64 at axis 2: x 64",
      "at H = 64: 'v4' has 63 at axis 2: x 64 → 31 n3 (MaxPool) → 63 n4 (ConvTranspose)",
    ]);
    expect(error.remedies!.map(({ kind, text }) => [kind, text.split('; gives ')[1]])).toEqual([
      ['output_padding', 'v2 [1, 2, H], v5 [1, 2, H]'],
      ['pad', 'v2 [1, 2, H], v5 [1, 2, H]'],
      ['crop', 'v2 [1, 2, H], v5 [1, 2, H - 1]'],
    ]);
  });
});

describe('other networks', () => {
  it('of an unpadded U-Net: the window that does not fit, and from where on they do', () => {
    const [error] = errorsOf(checkModel(unpadded, { bindings: new Map([['H', 100]]) })) as [Diagnostic];
    expect(error).toMatchObject({ code: 'US1207', nearest: [{ symbol: 'H', size: 100, above: 188 }] });
    expect(error.notes![0]).toMatch(/^2: image 100 → 96 2 layers up to .* → 48 \/MaxPool → .* → 2 \/MaxPool_3$/);
    expect(error.remedies).toBeUndefined();
  });

  it('of a SegNet: rows that its pooling does not divide, at two levels', () => {
    const errors = errorsOf(checkModel(segnet, { bindings: new Map([['H', 572]]) }));
    expect(errors.map(({ code, node }) => [code, node!.name])).toEqual([
      ['US1413', 'node_max_unpool2d'],
      ['US1413', 'node_max_unpool2d_1'],
    ]);
    expect(errors[0]!.nearest).toEqual([{ symbol: 'H', size: 572, below: 560, above: 576 }]);
    expect(errors[0]!.hint).toBe(
      'feed H = 560 or 576 (pad the input, crop the output), or give MaxUnpool the shape that was pooled as its third input, output_shape',
    );
  });
});
