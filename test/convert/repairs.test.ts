/** Nodes that do not fit their operator set are repaired, compute what they were meant to, and leave no more findings. */
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import { applyFixes } from '../../src/cli/fix-apply.js';
import { isWorse } from '../../src/cli/fix-findings.js';
import { ModelError } from '../../src/diagnostics.js';
import type { ElementType } from '../../src/ir/element-type.js';
import { constantFromTensor, type Graph, type Model, type Value } from '../../src/ir/graph.js';
import { tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32, int64, type Tensor } from '../../src/ir/tensor.js';
import { opsets } from '../../src/onnx/opsets.js';
import { readModel } from '../../src/onnx/read.js';
import { modelBytes } from '../../src/onnx/write.js';
import { convertTensor } from '../../src/ops/elementwise/conversion.js';
import { fixableCodes } from '../../src/rules/fixes/index.js';
import { openModel } from '../../src/runtime/open.js';
import { runModel } from '../../src/runtime/run.js';
import { differenceOf, graphOfCase, nodeCase, problemOf, versionsOfAll } from '../lower/nodes/node-case.js';
import { Random } from '../lower/nodes/random.js';
import { modelOf } from '../rules/support.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';

function fixed(model: Model) {
  const before = checkModel(model);
  const request = { codes: fixableCodes(), areNamed: false, readDiagnostics: [], opset: undefined };
  const { model: after, changes, remaining } = applyFixes(before, request);
  const written = readModel(modelBytes(after, { types: new Map() }), {});
  const checked = checkModel(written.model, { readDiagnostics: written.diagnostics });
  return {
    before,
    after: written.model,
    checked,
    texts: changes.map(({ code, text }) => `${code}: ${text}`),
    remaining,
  };
}

interface Case {
  readonly title: string;
  readonly opset: number;
  readonly op: string;
  /** The first one is fed. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly changes: readonly string[];
  readonly gives: { readonly dims: readonly number[]; readonly data: readonly number[] };
}

const x = float32([1, 1, 1, 2], [1, 2]);
const floats = (...value: number[]) => ({ kind: 'floats', value }) as const;
const of = (type: ElementType, dims: readonly number[], values: readonly number[]) =>
  tensorFromNumbers(type, dims, values);
const twice = { dims: [1, 1, 1, 4], data: [1, 1, 2, 2] };

const cases: readonly Case[] = [
  {
    title: 'scales of an Upsample as an attribute in set 9',
    ...{ opset: 9, op: 'Upsample', inputs: [x], attributes: { scales: floats(1, 1, 1, 2) } },
    ...{ changes: ['US1306: attribute scales → input scales'], gives: twice },
  },
  {
    title: 'scales of an Upsample as an input in set 8',
    ...{ opset: 8, op: 'Upsample', inputs: [x, float32([4], [1, 1, 1, 2])] },
    ...{ changes: ['US1306: input scales → attribute scales'], gives: twice },
  },
  {
    title: 'an Upsample in set 13, which has Resize',
    ...{ opset: 13, op: 'Upsample', inputs: [x, float32([4], [1, 1, 1, 2])] },
    ...{ changes: ['US1307: Upsample → Resize'], gives: twice },
  },
  {
    title: 'axes of a Squeeze as an attribute in set 13',
    ...{ opset: 13, op: 'Squeeze', inputs: [x], attributes: { axes: [0, 2] } },
    ...{ changes: ['US1301: attribute axes → input axes'], gives: { dims: [1, 2], data: [1, 2] } },
  },
  {
    title: 'axes of an Unsqueeze as an input in set 11',
    ...{ opset: 11, op: 'Unsqueeze', inputs: [x, int64([1], [-1])] },
    ...{ changes: ['US1306: input axes → attribute axes'], gives: { dims: [1, 1, 1, 2, 1], data: [1, 2] } },
  },
  {
    title: 'bounds of a Clip as attributes in set 13',
    ...{ opset: 13, op: 'Clip', inputs: [x], attributes: { max: { kind: 'float', value: 1.5 } } },
    ...{ changes: ['US1301: attribute max → input max'], gives: { dims: x.dims, data: [1, 1.5] } },
  },
  {
    title: 'a Resize of set 11 without roi',
    ...{ opset: 11, op: 'Resize', inputs: [x, undefined, float32([4], [1, 1, 1, 2])], attributes: { mode: 'nearest' } },
    ...{ changes: ['US1306: 2 → 3 inputs'], gives: twice },
  },
  {
    title: 'scales of a Resize in float16',
    ...{ opset: 13, op: 'Resize', inputs: [x, undefined, of('float16', [4], [1, 1, 1, 2])] },
    ...{ changes: ["US1210: 'c0' float16 → float32"], gives: twice },
  },
  {
    title: 'a shape in int32',
    ...{ opset: 13, op: 'Reshape', inputs: [x, of('int32', [1], [-1])] },
    ...{ changes: ["US1210: 'c0' int32 → int64"], gives: { dims: [2], data: [1, 2] } },
  },
  {
    title: 'a number of another type than the other one',
    ...{ opset: 13, op: 'Mul', inputs: [x, of('float64', [], [0.1])] },
    ...{ changes: ["US1210: 'c0' float64 → float32, rounded"], gives: { dims: x.dims, data: [0.1, 0.2] } },
  },
  {
    title: 'an operator before its first set',
    ...{ opset: 13, op: 'HardSwish', inputs: [x] },
    ...{ changes: ['US1307: HardSwish → HardSigmoid, Mul'], gives: { dims: x.dims, data: [2 / 3, 5 / 3] } },
  },
];

function graphOf({ opset, op, inputs, attributes = {} }: Case): Graph {
  const builder = new GraphBuilder(opset);
  const values = inputs.map((tensor, i): Value | undefined => {
    if (i > 0) return tensor && builder.constant(tensor);
    return builder.input('x', tensor!.dims, tensor!.type);
  });
  return builder.graph(builder.add(op, values, attributes));
}

describe('a repair', () => {
  it.each(cases)('of $title', (test) => {
    const { before, after, checked, texts, remaining } = fixed(modelOf(graphOf(test)));
    expect(before.diagnostics.map(({ code }) => code)).toContain(test.changes[0]!.slice(0, 6));
    expect(texts).toEqual(test.changes);
    expect(checked.diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(remaining).toEqual([]);
    const [output] = runModel(after, { x: test.inputs[0]! }).outputs.values();
    expect(output!.dims).toEqual(test.gives.dims);
    expect(differenceOf(output!, float32(test.gives.dims, test.gives.data), { tolerance: 1e-6 })).toBe(undefined);
  });

  it('casts what a run computes where one type alone is taken', () => {
    const builder = new GraphBuilder(13);
    const a = builder.input('x', [2, 3]);
    const shape = builder.add('Cast', [builder.add('Shape', [a])], { to: 6 });
    const { after, texts, checked } = fixed(modelOf(builder.graph(builder.add('Reshape', [a, shape]))));
    expect(texts).toEqual(["US1210: 'v1' int32 → int64"]);
    expect(after.graph.nodes.map(({ opType }) => opType)).toEqual(['Shape', 'Cast', 'Cast', 'Reshape']);
    expect(checked.diagnostics).toEqual([]);
  });

  it('leaves a constant to its other readers, and takes one away that has none', () => {
    const builder = new GraphBuilder(13);
    const half = builder.constant(of('float16', [], [2]));
    const product = builder.add('Mul', [builder.input('x', [2]), half]);
    const { after } = fixed(modelOf(builder.graph(product, builder.add('Neg', [half]))));
    expect([...after.graph.constants.values()].map(({ type }) => type)).toEqual(['float16', 'float32']);
    const alone = fixed(modelOf(graphOf(cases[7]!))).after;
    expect([...alone.graph.constants.values()].map(({ type }) => type)).toEqual(['float32']);
  });

  it.each([
    ['no integer of that value', of('float32', [1], [0.5]), 'Reshape', 'float32'],
    ['no float16 that is finite', of('float32', [2], [1e6, 1]), 'Mul', 'float16'],
  ] as const)('is not made where there is %s', (_, tensor, op, type) => {
    const builder = new GraphBuilder(13);
    const y = builder.add(op, [builder.input('x', [2], type), builder.constant(tensor)]);
    const { texts, remaining } = fixed(modelOf(builder.graph(y)));
    expect(texts).toEqual([]);
    expect(remaining.map(({ code }) => code)).toEqual(['US1210']);
  });

  it('says why it is not made', () => {
    const builder = new GraphBuilder(11);
    const axes = builder.input('axes', [1], 'int64');
    const y = builder.add('Squeeze', [builder.input('x', [1, 2]), axes]);
    const { texts, remaining } = fixed(modelOf(builder.graph(y)));
    expect(texts).toEqual([]);
    expect(remaining).toMatchObject([
      {
        code: 'US1306',
        notes: [
          "fix cannot write it otherwise: its input axes, 'axes', is computed by a run, and axes is an attribute there",
        ],
      },
    ]);
  });
});

/** The first input as it is fed, and the model as a file of `opset` would have it. */
function placedIn(graph: Graph, opset: number): Model {
  return modelOf({ ...graph, nodes: graph.nodes.map((node) => ({ ...node, opset })) });
}

describe('nodes in sets that they were not written for', () => {
  const count = Number(process.env['UNSTRIDE_SOAK_CONVERT'] ?? 250);
  const firstSeed = Number(process.env['UNSTRIDE_SOAK_SEED'] ?? 1);

  it(`compute what they were written for once they fit, and never have more findings, ${count} of them`, () => {
    const wrong: string[] = [];
    let repairs = 0;
    for (let i = 0; i < count; i++) {
      const { schema, version } = versionsOfAll[i % versionsOfAll.length]!;
      const seed = firstSeed + i;
      const test = nodeCase(schema, version, seed);
      const graph = graphOfCase(test);
      if (problemOf(graph) !== undefined) continue;
      const random = new Random(seed);
      const opset = random.int(opsets.oldest, opsets.newest);
      const place = `${schema.name}-${version} in set ${opset}, seed ${seed}`;
      const placed = damaged(graph, random);
      const { before, after, checked, texts } = fixed(placedIn(placed, opset));
      if (isWorse(before.diagnostics, checked.diagnostics)) wrong.push(`${place} has more findings`);
      movedAnywhere(placedIn(placed, opset), random.int(7, opsets.newest));
      const isMeant = placed === graph && texts.some((text) => /^US130/.test(text));
      if (!isMeant || checked.diagnostics.some(({ severity }) => severity === 'error')) continue;
      const feeds = Object.fromEntries(
        graph.inputs.map((input, k) => [input.name, [...test.fed].map((at) => test.inputs[at]!)[k]!]),
      );
      const [expected, actual] = [modelOf(graph), after].map((model) => resultsOf(model, feeds));
      if (expected === undefined || actual === undefined) continue;
      repairs++;
      const difference = expected
        .map((tensor, k) => differenceOf(actual[k]!, tensor, test))
        .find((text) => text !== undefined);
      if (difference !== undefined) wrong.push(`${place}: ${difference}`);
    }
    expect(wrong).toEqual([]);
    expect(repairs).toBeGreaterThan(count / 20);
  });
});

/** Sometimes with a constant in another type, or without an input. */
function damaged(graph: Graph, random: Random): Graph {
  const [constant] = [...graph.constants];
  if (constant !== undefined && random.chance(0.3)) {
    const [value, content] = constant;
    const type = random.pick(['float16', 'float32', 'float64', 'int32', 'int64'] as const);
    const cast = constantFromTensor(convertTensor(content.load(), type));
    return { ...graph, constants: new Map([...graph.constants, [value, cast]]) };
  }
  const node = graph.nodes.at(-1)!;
  if (node.inputs.length < 2 || random.chance(0.8)) return graph;
  const gone = random.int(0, node.inputs.length - 1);
  const inputs = node.inputs.map((input, i) => (i === gone ? undefined : input));
  return { ...graph, nodes: [...graph.nodes.slice(0, -1), { ...node, inputs }] };
}

/** Whatever is wrong with the model: it is written, or refused in words. */
function movedAnywhere(model: Model, opset: number): void {
  try {
    applyFixes(checkModel(model), { codes: fixableCodes(), areNamed: false, readDiagnostics: [], opset });
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
  }
}

function resultsOf(model: Model, feeds: Readonly<Record<string, Tensor>>): readonly Tensor[] | undefined {
  try {
    return [...runModel(model, feeds).outputs.values()];
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

describe('fixtures', () => {
  it.each(fixtures)('%s has no more findings than before', async (name) => {
    const { model } = await openModel(`${readFixture(name).folder}/model.onnx`);
    const { before, checked } = fixed(model);
    expect(isWorse(before.diagnostics, checked.diagnostics)).toBe(false);
  });
});
