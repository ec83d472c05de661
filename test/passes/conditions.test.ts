/** Branches that are known before the run, constants inside of them, the limit of folding, and what quantization keeps apart. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { infer } from '../../src/infer/infer.js';
import { type Attribute, emptyMetadata, type Graph, type Model, type Node, Value } from '../../src/ir/graph.js';
import { bool, float32, int64 } from '../../src/ir/tensor.js';
import { foldConstants } from '../../src/passes/fold-constants.js';
import { inlineConditions } from '../../src/passes/inline-conditions.js';
import { GraphBuilder } from '../support/graph.js';
import { expectSame, resultsOf, run } from './support.js';

/** x times 2 or minus x; both branches have a value of the same name as the graph around them. */
function branching(condition: boolean | undefined): Graph {
  const outer = new GraphBuilder();
  const x = outer.input('x', [3]);
  const chosen =
    condition === undefined
      ? outer.add('Greater', [outer.add('ReduceSum', [x], { keepdims: 0 }), outer.constant(float32([], [0]))])
      : outer.constant(bool([], [condition]));
  const before = outer.add('Relu', [x]);
  const whenTrue = new GraphBuilder();
  const two = whenTrue.add('Add', [whenTrue.constant(float32([], [1])), whenTrue.constant(float32([], [1]))]);
  const whenFalse = new GraphBuilder();
  const y = outer.add('Identity', [before]);
  const graph = outer.graph(y);
  const branches: [string, Graph][] = [
    ['then_branch', whenTrue.graph(whenTrue.add('Mul', [before, two]))],
    ['else_branch', whenFalse.graph(whenFalse.add('Neg', [before]))],
  ];
  const attributes = new Map(branches.map(([name, value]): [string, Attribute] => [name, { kind: 'graph', value }]));
  const result = new Value('result');
  const node: Node = {
    name: 'choice',
    domain: '',
    opType: 'If',
    opset: 22,
    inputs: [chosen],
    outputs: [result],
    attributes,
    metadata: emptyMetadata,
    index: graph.nodes.length,
  };
  return { ...graph, nodes: [...graph.nodes, node], outputs: [y, result] };
}

describe('inline-conditions', () => {
  it.each<[boolean, string[]]>([
    [true, ['Relu', 'Identity', 'Add', 'Mul', 'Identity']],
    [false, ['Relu', 'Identity', 'Neg', 'Identity']],
  ])('puts the branch of %s in the place of the If', (condition, ops) => {
    const { ops: after, graph } = run(inlineConditions, branching(condition));
    expect(after).toEqual(ops);
    const names = [...graph.constants.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)].map((v) => v?.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('leaves one that depends on the run', () => {
    const { ops, notes } = run(inlineConditions, branching(undefined));
    expect(ops).toEqual(['ReduceSum', 'Greater', 'Relu', 'Identity', 'If']);
    expect(notes).toEqual(['choice (If) stays: its condition depends on the run']);
  });
});

describe('fold-constants', () => {
  it('computes inside of subgraphs', () => {
    const { graph } = run(foldConstants, branching(undefined));
    const branch = graph.nodes.at(-1)!.attributes.get('then_branch');
    expect(branch?.kind === 'graph' && branch.value.nodes.map(({ opType }) => opType)).toEqual(['Mul']);
  });

  it('makes nothing larger than its limit', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [100]);
    // Too fine a fraction for inference to follow.
    const wide = b.add('Expand', [b.constant(float32([1], [1e-9])), b.constant(int64([1], [100]))]);
    const graph = b.graph(b.add('Add', [x, wide]));
    const opsWith = (maxFoldedElements: number) =>
      foldConstants.run(graph, infer(graph), { maxFoldedElements }).graph.nodes.map(({ opType }) => opType);
    expect(opsWith(99)).toEqual(['Expand', 'Add']);
    expect(opsWith(100)).toEqual(['Add']);
  });
});

it('quantization and its inverse stay apart through all passes', () => {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 2, 4, 4]);
  const scale = b.constant(float32([], [0.5]));
  const quantized = b.add('QuantizeLinear', [b.add('Relu', [x]), scale]);
  const y = b.add('Relu', [b.add('DequantizeLinear', [quantized, scale])]);
  const graph = b.graph(y);
  const model: Model = {
    graph,
    irVersion: 10,
    opsets: new Map([['', 22]]),
    producer: { name: 'tests', version: '' },
    metadata: emptyMetadata,
  };
  const compiled = compile(model).graph;
  expect(compiled.nodes.map(({ opType }) => opType)).toEqual(['Relu', 'QuantizeLinear', 'DequantizeLinear', 'Relu']);
  expectSame(resultsOf(compiled), resultsOf(graph));
});
