/** Indices of MaxUnpool: from another pooling, of another size, within a plane. */
import { describe, expect, it } from 'vitest';
import type { Diagnostic, DiagnosticCode } from '../../src/diagnostics.js';
import { symbol } from '../../src/ir/dim.js';
import type { Value } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { int64 } from '../../src/ir/tensor.js';
import type { RuleContext } from '../../src/rules/index.js';
import { runRules } from '../../src/rules/index.js';
import { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';
import { modelOf, reread } from './support.js';

/** What inference and the rules say. */
function allOf(context: RuleContext): Diagnostic[] {
  return [...context.inference.diagnostics, ...runRules(context)];
}

function codesOf(context: RuleContext): DiagnosticCode[] {
  return [...new Set(allOf(context).map(({ code }) => code))];
}

function findingsOf(context: RuleContext, code: DiagnosticCode): Diagnostic[] {
  return allOf(context).filter((item) => item.code === code);
}

type Attributes = Readonly<Record<string, AttributeInput>>;
const two = { kernel_shape: [2, 2], strides: [2, 2] };

/** Pools [N, C, H, W], lets `change` see to the indices, and unpools. */
function pair(
  shape: Shape,
  pool: Attributes,
  unpool: Attributes,
  options: {
    readonly change?: (builder: GraphBuilder, x: Value, indices: Value) => Value;
    readonly outputShape?: readonly number[];
  } = {},
) {
  const builder = new GraphBuilder(18);
  const x = builder.input('x', shape);
  const [pooled, indices] = builder.addMany('MaxPool', [x], 2, pool) as [Value, Value];
  const changed = options.change?.(builder, x, indices) ?? indices;
  const inputs = [pooled, changed];
  if (options.outputShape !== undefined) inputs.push(builder.constant(int64([4], options.outputShape)));
  return reread(modelOf(builder.graph(builder.add('MaxUnpool', inputs, unpool))));
}

/** As torch.onnx writes max_pool2d: the first index of each plane is subtracted. */
function withinPlane(builder: GraphBuilder, x: Value, indices: Value): Value {
  const [, first] = builder.addMany('MaxPool', [x], 2, { kernel_shape: [1, 1], strides: [1, 1] }) as [Value, Value];
  const ends = [int64([2], [0, 0]), int64([2], [1, 1]), int64([2], [2, 3])].map((tensor) => builder.constant(tensor));
  return builder.add('Sub', [indices, builder.add('Slice', [first, ...ends])]);
}

describe('MaxUnpool', () => {
  const shape = [1, 3, 8, 8];

  it('of the same windows is sound', () => {
    expect(codesOf(pair(shape, two, two))).toEqual([]);
    expect(
      codesOf(
        pair(
          ['N', 'C', 'H', 'W'].map((name) => symbol(name)),
          two,
          two,
        ),
      ),
    ).toEqual([]);
    expect(
      codesOf(pair(shape, two, two, { change: (builder, _, indices) => builder.add('Identity', [indices]) })),
    ).toEqual([]);
  });

  it.each([
    ['kernel_shape', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, { ...two, pads: [1, 1, 1, 1] }],
    ['strides', two, { kernel_shape: [2, 2], strides: [3, 3] }],
    ['pads', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, { kernel_shape: [3, 3], strides: [2, 2] }],
  ])('US1413: %s that differ', (name, pool, unpool) => {
    const [finding] = findingsOf(pair(shape, pool, unpool, { outputShape: shape }), 'US1413');
    expect(finding!.expected).toBe(`${name} [${(pool as Record<string, number[]>)[name]!.join(', ')}]`);
    expect(finding!.message).toContain('n0 (MaxPool)');
  });

  it('US1413: strides left out are 1, and no pads are zeros', () => {
    const ones = { kernel_shape: [2, 2] };
    expect(codesOf(pair(shape, ones, { ...ones, strides: [1, 1], pads: [0, 0, 0, 0] }))).toEqual([]);
    expect(codesOf(pair(shape, two, ones, { outputShape: shape }))).toEqual(['US1413']);
  });

  it('US1413: dilations and columns first', () => {
    expect(
      findingsOf(pair(shape, { ...two, dilations: [2, 2] }, two, { outputShape: shape }), 'US1413')[0]!.actual,
    ).toBe('dilations [2, 2]');
    expect(findingsOf(pair(shape, { ...two, storage_order: 1 }, two), 'US1413')[0]!.actual).toBe('storage_order 1');
  });

  it('US1413: an odd size without output_shape', () => {
    const [finding] = findingsOf(pair([1, 3, 5, 8], two, two), 'US1413');
    expect(finding).toMatchObject({ expected: '[1, 3, 5, 8]', actual: '[1, 3, 4, 8]' });
    expect(codesOf(pair([1, 3, 5, 8], two, two, { outputShape: [1, 3, 5, 8] }))).toEqual([]);
    expect(codesOf(pair([1, 3, 5, 8], two, two, { outputShape: [1, 3, 6, 8] }))).toEqual(['US1413']);
    // An open size is asked to be even.
    expect(codesOf(pair([1, 3, symbol('H'), 8], two, two))).toEqual([]);
    // Other windows and another size are one finding.
    expect(codesOf(pair(shape, two, { ...two, strides: [3, 3] }))).toEqual(['US1413']);
  });

  it('of one plane may have fewer rows than were pooled, but not fewer columns', () => {
    expect(codesOf(pair([1, 1, 5, 8], two, two))).toEqual([]);
    expect(codesOf(pair([1, 1, 8, 5], two, two))).toEqual(['US1413']);
  });

  it('US1414: indices within a plane, until the planes are told apart again', () => {
    const [finding] = findingsOf(pair(shape, two, two, { change: withinPlane }), 'US1414');
    expect(finding).toMatchObject({ actual: 'positions in a plane, as in PyTorch', node: { opType: 'MaxUnpool' } });
    const restored = (builder: GraphBuilder, x: Value, indices: Value) =>
      builder.add('Add', [withinPlane(builder, x, indices), builder.constant(int64([1, 3, 1, 1], [0, 64, 128]))]);
    expect(codesOf(pair(shape, two, two, { change: restored }))).toEqual([]);
  });

  it('US1414: the remainder by the size of a plane', () => {
    const remainder = (builder: GraphBuilder, _: Value, indices: Value) =>
      builder.add('Mod', [indices, builder.constant(int64([], [64]))]);
    expect(codesOf(pair(shape, two, two, { change: remainder }))).toEqual(['US1414']);
  });

  it('with one plane counts the same either way', () => {
    expect(codesOf(pair([1, 1, 8, 8], two, two, { change: withinPlane }))).toEqual([]);
  });

  it('whose indices come from elsewhere is not judged', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [1, 3, 4, 4]);
    const indices = builder.input('indices', [1, 3, 4, 4], 'int64');
    expect(codesOf(reread(modelOf(builder.graph(builder.add('MaxUnpool', [x, indices], two)))))).toEqual([]);
  });
});
