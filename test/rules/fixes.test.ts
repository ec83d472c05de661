/** Fixes take their findings away and keep what the model computes. */
import { describe, expect, it } from 'vitest';
import type { DiagnosticCode } from '../../src/diagnostics.js';
import { symbol } from '../../src/ir/dim.js';
import {
  type Attribute,
  declaredShape,
  emptyMetadata,
  type Graph,
  type Model,
  type Node,
  Value,
} from '../../src/ir/graph.js';
import { verify } from '../../src/ir/verify.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { fixes } from '../../src/rules/fixes/index.js';
import type { RuleContext } from '../../src/rules/index.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../support/graph.js';
import { codesOf, contextOf, filled, modelOf, reread } from './support.js';

/** The fix of a code, applied for that code alone; the model that comes out is whole. */
function mend(
  context: RuleContext,
  code: DiagnosticCode,
): { readonly model: Model; readonly texts: readonly string[] } {
  const fix = fixes.find(({ codes }) => codes.includes(code))!;
  const { model, changes } = fix.apply(context, new Set([code]));
  expect(verify(model.graph)).toEqual([]);
  expect(codesOf(reread(model))).not.toContain(code);
  expect(new Set(changes.map((change) => change.code))).toEqual(new Set([code]));
  return { model, texts: changes.map(({ text }) => text) };
}

function results({ graph }: Pick<Model, 'graph'>): number[][] {
  const feeds = graph.inputs.map((input, i) => filled(declaredShape(input) as readonly number[], 7 + i));
  return execute(scheduleReferences(graph), feeds).outputs.map((output) => [...(output.data as Float32Array)]);
}

describe('fixes', () => {
  it('remove dead nodes, and then the initializers that they alone read', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [4]);
    builder.add('Relu', [builder.add('Add', [x, builder.constant(filled([4]))])]);
    const context = reread(modelOf(builder.graph(builder.add('Abs', [x]))));
    const { model } = mend(context, 'US1503');
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['Abs']);
    expect(codesOf(contextOf(model))).toEqual(['US1504']);
    const { model: small, texts } = mend(contextOf(model), 'US1504');
    expect(texts).toEqual(["initializer 'c0' removed"]);
    expect(small.graph.constants.size).toBe(0);
    expect(results(small)).toEqual(results(context.model));
  });

  it('remove dead nodes inside a branch', () => {
    const outer = new GraphBuilder(18);
    const x = outer.input('x', [4]);
    const branch = (): Attribute => {
      const inner = new GraphBuilder(18);
      inner.add('Exp', [x]);
      return { kind: 'graph', value: inner.graph(inner.add('Neg', [x])) };
    };
    const y = outer.add('If', [outer.add('Cast', [outer.input('c', [])], { to: 9 })], {
      then_branch: branch(),
      else_branch: branch(),
    });
    const { model } = mend(reread(modelOf(outer.graph(y))), 'US1503');
    const { value } = model.graph.nodes[1]!.attributes.get('then_branch') as { value: Graph };
    expect(value.nodes.map(({ opType }) => opType)).toEqual(['Neg']);
  });

  it('keep one of several initializers, and the name of one that is returned', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [300]);
    const [a, b, returned] = [1, 1, 1].map((seed) => builder.constant(filled([300], seed))) as [Value, Value, Value];
    const y = builder.add('Mul', [builder.add('Add', [x, a]), b]);
    const context = reread(modelOf(builder.graph(y, returned)));
    const fix = fixes.find(({ codes }) => codes.includes('US1505'))!;
    const { model, changes } = fix.apply(context, new Set<DiagnosticCode>(['US1505']));
    expect(changes.map(({ text }) => text)).toEqual(["'c1' is 'c0' now"]);
    expect(verify(model.graph)).toEqual([]);
    expect([...model.graph.constants.keys()].map(({ name }) => name)).toEqual(['c0', 'c2']);
    expect(results(model)).toEqual(results(context.model));
  });

  it('name nodes, and number those that share a name', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [4]);
    const graph = builder.graph(['Neg', 'Abs', 'Relu', 'Exp'].reduce((value, op) => builder.add(op, [value]), x));
    const named = (names: readonly string[]) =>
      reread(modelOf({ ...graph, nodes: graph.nodes.map((node, i) => ({ ...node, name: names[i]! })) }));
    expect(mend(named(['', 'a', 'b', '']), 'US1601').model.graph.nodes.map(({ name }) => name)).toEqual([
      'Neg_v0',
      'a',
      'b',
      'Exp_v3',
    ]);
    const { model } = mend(named(['a', 'a', 'a_1', 'a']), 'US1602');
    expect(model.graph.nodes.map(({ name }) => name)).toEqual(['a', 'a_2', 'a_1', 'a_3']);
  });

  it('take weights from among the inputs', () => {
    const builder = new GraphBuilder(8);
    const y = builder.add('Add', [builder.input('x', [4]), builder.constant(filled([4]))]);
    const { model, texts } = mend(reread(modelOf(builder.graph(y), { irVersion: 3 })), 'US1507');
    expect(model.irVersion).toBe(4);
    expect(texts).toEqual(['IR version 3 → 4, initializers are no inputs any more']);
  });

  it('remove attributes that the operator does not have', () => {
    const builder = new GraphBuilder(18);
    const y = builder.add('Relu', [builder.input('x', [4])], { alpha: 1, beta: [1, 2] });
    const context = reread(modelOf(builder.graph(y)));
    expect(context.inference.diagnostics.map(({ code }) => code)).toEqual(['US1301', 'US1301']);
    const { model, texts } = mend(context, 'US1301');
    expect(texts).toEqual(['alpha, beta removed']);
    expect(contextOf(model).inference.diagnostics).toEqual([]);
  });

  it('fold normalizations, the constants of which are in the graph, in nodes, or shared', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 2, 4, 4]);
    const w = builder.add('Constant', [], { value: filled([2, 3, 2, 2]) });
    const y = builder.add('ConvTranspose', [x, w], { strides: [2, 2] });
    const scale = builder.constant(filled([3], 2));
    const shared = builder.add('Identity', [scale]);
    const variance = builder.constant(positive());
    const z = builder.add('BatchNormalization', [y, scale, shared, shared, variance]);
    const kept = builder.add('Relu', [z]);
    const unrelated = builder.constant(filled([3], 9));
    const context = reread(modelOf(builder.graph(kept, unrelated)));
    const before = results(context.model);
    const { model, texts } = mend(context, 'US1501');
    expect(texts).toEqual(['folded into n1']);
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['ConvTranspose', 'Relu']);
    expect(model.graph.constants.size).toBe(3);
    results(model).forEach((values, output) => {
      const largest = Math.max(...before[output]!.map(Math.abs));
      values.forEach((value, i) => {
        expect(Math.abs(value - before[output]![i]!)).toBeLessThanOrEqual(1e-5 * largest);
      });
    });
  });

  it('say what writing puts right', () => {
    const builder = new GraphBuilder(18);
    const context = reread(modelOf(builder.graph(builder.add('Relu', [builder.input('x', [symbol('N')])]))));
    const fix = fixes.find(({ codes }) => codes.includes('US1107'))!;
    const found = { code: 'US1107', severity: 'warning', message: '', data: {} } as const;
    const codes = new Set<DiagnosticCode>(['US1107', 'US1101']);
    expect(fix.apply({ ...context, readDiagnostics: [found] }, codes).changes.map(({ code }) => code)).toEqual([
      'US1107',
    ]);
    expect(fix.apply(context, codes).changes).toEqual([]);
  });

  it('leave a sound model the same object', () => {
    const builder = new GraphBuilder(18);
    const context = reread(modelOf(builder.graph(builder.add('Relu', [builder.input('x', [2])]))));
    for (const fix of fixes)
      expect(fix.apply(context, new Set(fix.codes))).toEqual({ model: context.model, changes: [] });
  });

  it('rewrite transposed convolutions inside branches', () => {
    const x = new Value('x', { kind: 'tensor', elementType: 'float32', shape: [1, 1, 4] });
    const w = new Value('w', { kind: 'tensor', elementType: 'float32', shape: [1, 1, 3] });
    const condition = new Value('c', { kind: 'tensor', elementType: 'bool', shape: [] });
    const inner = new Value('z');
    const attributes = new Map<string, Attribute>([
      ['strides', { kind: 'ints', value: [2n] }],
      ['auto_pad', { kind: 'string', value: new TextEncoder().encode('SAME_UPPER') }],
    ]);
    const common = { domain: '', opset: 18, metadata: emptyMetadata, index: 0 };
    const layer: Node = {
      ...common,
      name: 'up',
      opType: 'ConvTranspose',
      inputs: [x, w],
      outputs: [inner],
      attributes,
    };
    const branchOf = (output: Value): Attribute => {
      const nodes = [{ ...layer, outputs: [output] }];
      return { kind: 'graph', value: { name: '', inputs: [], outputs: [output], nodes, constants: new Map() } };
    };
    const y = new Value('y');
    const choice: Node = {
      ...common,
      name: 'if',
      opType: 'If',
      inputs: [condition],
      outputs: [y],
      attributes: new Map<string, Attribute>([
        ['then_branch', branchOf(inner)],
        ['else_branch', branchOf(new Value('u'))],
      ]),
    };
    const graph: Graph = { name: '', inputs: [condition, x, w], outputs: [y], nodes: [choice], constants: new Map() };
    const { model } = mend(reread(modelOf(graph)), 'US1407');
    const mended = (model.graph.nodes[0]!.attributes.get('then_branch') as { value: Graph }).value.nodes[0]!;
    expect(mended.attributes.get('pads')).toEqual({ kind: 'ints', value: [0n, 1n] });
    expect(mended.attributes.has('auto_pad')).toBe(false);
  });
});

function positive() {
  const tensor = filled([3], 4);
  tensor.data.forEach((value, i) => {
    tensor.data[i] = Math.abs(value) + 0.5;
  });
  return tensor;
}
