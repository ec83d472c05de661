/** Sequences of tensors: values, what is known of them before a run, and what does not fit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { symbol } from '../../../src/ir/dim.js';
import { Value } from '../../../src/ir/graph.js';
import { type OptionalTensor, TensorSequence, typeOfTensor } from '../../../src/ir/sequence.js';
import { formatType, type Shape } from '../../../src/ir/shape.js';
import { bool, float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../../support/graph.js';
import { runOperator } from '../../support/run-operator.js';
import { elementsOf } from '../../support/tensors.js';

const list = (...tensors: Tensor[]) => new TensorSequence('float32', tensors);
const [a, b, c] = [1, 2, 3].map((value) => float32([1], [value])) as [Tensor, Tensor, Tensor];
const at = (position: number) => int64([], [position]);
const elements = (value: Tensor | undefined) =>
  value instanceof TensorSequence ? value.tensors.map((tensor) => elementsOf(tensor)) : elementsOf(value);
const made = (graph: ReturnType<GraphBuilder['graph']>, feeds: readonly Tensor[] = []) =>
  execute(scheduleReferences(graph), feeds).outputs;

/** One node on sequences, by its reference. */
function run(op: string, inputs: readonly Tensor[], attributes = {}): Tensor {
  const builder = new GraphBuilder(24);
  const values = inputs.map((tensor, i) => builder.input(`x${i}`, undefined, tensor.type));
  const graph = builder.graph(builder.add(op, values, attributes));
  return made(graph, inputs)[0]!;
}

describe('values', () => {
  it.each<[string, readonly Tensor[], Record<string, number>, unknown]>([
    ['SequenceConstruct', [a, b], {}, [[1], [2]]],
    ['SequenceInsert', [list(a, b), c], {}, [[1], [2], [3]]],
    ['SequenceInsert', [list(a, b), c, at(0)], {}, [[3], [1], [2]]],
    ['SequenceInsert', [list(a, b), c, at(-1)], {}, [[1], [3], [2]]],
    ['SequenceErase', [list(a, b, c)], {}, [[1], [2]]],
    ['SequenceErase', [list(a, b, c), at(-3)], {}, [[2], [3]]],
    ['SequenceAt', [list(a, b, c), at(-1)], {}, [3]],
    ['SequenceLength', [list(a, b, c)], {}, [3n]],
    ['ConcatFromSequence', [list(a, c)], { axis: 0 }, [1, 3]],
    ['SplitToSequence', [float32([3], [1, 2, 3])], {}, [[1], [2], [3]]],
    ['SplitToSequence', [float32([3], [1, 2, 3]), at(2)], {}, [[1, 2], [3]]],
    ['SplitToSequence', [float32([3], [1, 2, 3]), int64([2], [0, 3])], {}, [[], [1, 2, 3]]],
    ['Identity', [list(a)], {}, [[1]]],
  ])('of %s', (op, inputs, attributes, expected) => {
    expect(elements(run(op, inputs, attributes))).toEqual(expected);
  });

  it('of SequenceEmpty have the type that is asked for', () => {
    const [empty] = runOperator({ op: 'SequenceEmpty', inputs: [], attributes: { dtype: 7 } });
    expect([empty!.type, (empty as TensorSequence).tensors]).toEqual(['int64', []]);
  });

  it('are stacked along a new axis', () => {
    const stacked = run('ConcatFromSequence', [list(float32([2], [1, 2]), float32([2], [3, 4]))], {
      axis: -1,
      new_axis: 1,
    });
    expect([stacked.dims, elementsOf(stacked)]).toEqual([
      [2, 2],
      [1, 3, 2, 4],
    ]);
  });

  it('lose the axis that they were split along', () => {
    const split = run('SplitToSequence', [float32([2, 3], [1, 2, 3, 4, 5, 6])], { axis: 1, keepdims: 0 });
    expect((split as TensorSequence).tensors.map(({ dims }) => dims)).toEqual([[2], [2], [2]]);
    expect(elements(split)).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });

  it('that are split and joined again are what they were', () => {
    const cases = fc.record({
      dims: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
      axis: fc.nat(),
      part: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(cases, ({ dims, axis: place, part }) => {
        const count = dims.reduce((product, size) => product * size, 1);
        const x = float32(
          dims,
          Float32Array.from({ length: count }, (_, i) => i),
        );
        const axis = place % dims.length;
        const b = new GraphBuilder(24);
        const split = b.add(
          'SplitToSequence',
          [b.input('x', dims), part === undefined ? undefined : b.constant(at(part))],
          { axis },
        );
        const graph = b.graph(b.add('ConcatFromSequence', [split], { axis }), split);
        const [joined, parts] = made(graph, [x]);
        expect([joined!.dims, elementsOf(joined)]).toEqual([dims, elementsOf(x)]);
        const { types } = infer(graph);
        expect(types.get(graph.outputs[0]!)?.shape).toEqual(dims);
        expect(types.get(graph.outputs[1]!)?.sequence?.items).toEqual(typeOfTensor(parts!).sequence?.items);
      }),
    );
  });
});

/** The types of values of a graph, as they are told. */
function typesOf(build: (b: GraphBuilder) => readonly Value[]): readonly string[] {
  const b = new GraphBuilder(24);
  const outputs = build(b);
  const { types, diagnostics } = infer(b.graph(...outputs));
  expect(diagnostics).toEqual([]);
  return outputs.map((value) => formatType(types.get(value)));
}

describe('types', () => {
  const [n, h] = [symbol('N', { min: 1 }), symbol('H', { min: 1 })];

  it('of parts are known one by one', () => {
    const types = typesOf((b) => {
      const split = b.add('SplitToSequence', [b.input('x', [n, 5, h]), b.constant(at(2))], { axis: 1 });
      const last = b.add('SequenceAt', [split, b.constant(at(-1))]);
      return [split, last, b.add('ConcatFromSequence', [split], { axis: 1 })];
    });
    expect(types[1]).toBe('float32[N, 1, H]');
    expect(types[2]).toBe('float32[N, 5, H]');
  });

  it('of an axis of open size have its size as length', () => {
    const types = typesOf((b) => {
      const split = b.add('SplitToSequence', [b.input('x', [n, h])], { axis: 1 });
      const zeros = b.add('ConstantOfShape', [
        b.add('Unsqueeze', [b.add('SequenceLength', [split]), b.constant(int64([1], [0]))]),
      ]);
      return [split, zeros];
    });
    expect(types).toEqual(['sequence(float32[N, 1])', 'float32[H]']);
  });

  it('of tensors with other sizes have what is common to them', () => {
    const b = new GraphBuilder(24);
    const sequence = b.add('SequenceConstruct', [b.input('x', [n, 2]), b.input('y', [n, 3])]);
    const second = b.add('SequenceAt', [sequence, b.constant(at(1))]);
    const { types } = infer(b.graph(sequence, second));
    const { shape } = types.get(sequence)!.sequence!.element;
    expect([shape![0], typeof shape![1]]).toEqual([n, 'object']);
    expect(types.get(second)?.shape).toEqual([n, 3]);
  });

  it('grow in a Loop, which collects a tensor in each iteration', () => {
    const body = new GraphBuilder(24);
    const iteration = body.input('i', [], 'int64');
    const condition = body.input('more', [], 'bool');
    const before = new Value('before', undefined);
    const x = body.add('Cast', [iteration], { to: 1 });
    const item = body.add('Unsqueeze', [x, body.constant(int64([1], [0]))]);
    const after = body.add('SequenceInsert', [before, item]);
    const inner = body.graph(body.add('Identity', [condition]), after);
    const b = new GraphBuilder(24);
    const looped = b.add(
      'Loop',
      [b.constant(int64([], [3])), b.constant(bool([], [true])), b.add('SequenceEmpty', [])],
      {
        body: { kind: 'graph', value: { ...inner, inputs: [iteration, condition, before] } },
      },
    );
    const graph = b.graph(looped, b.add('ConcatFromSequence', [looped], { axis: 0 }));
    const { types, diagnostics } = infer(graph);
    expect(diagnostics).toEqual([]);
    expect(formatType(types.get(looped))).toBe('sequence(float32[1])');
    expect(types.get(graph.outputs[1]!)?.shape).toHaveLength(1);
    expect(elements(made(graph)[1])).toEqual([0, 1, 2]);
  });
});

describe('what does not fit', () => {
  const codes = (op: string, shapes: readonly (Shape | Tensor)[], attributes = {}) => {
    const b = new GraphBuilder(24);
    const sequence = b.add('SequenceConstruct', [b.input('x', [2]), b.input('y', [2])]);
    const others = shapes.map((shape, i) => ('dims' in shape ? b.constant(shape) : b.input(`z${i}`, shape)));
    return infer(b.graph(b.add(op, [sequence, ...others], attributes))).diagnostics.map(
      ({ code, message }) => `${code} ${message}`,
    );
  };

  it('is a position outside', () => {
    expect(codes('SequenceAt', [at(2)])).toEqual(['US1211 position 2 is outside a sequence of 2 tensors']);
    expect(codes('SequenceErase', [at(-3)])).toEqual(['US1211 position -3 is outside a sequence of 2 tensors']);
    expect(codes('SequenceInsert', [float32([1], [1]), at(2)])).toEqual([]);
  });

  it('is a tensor of another type', () => {
    expect(codes('SequenceInsert', [int64([1], [1])])[0]).toMatch(/^US1210/);
  });

  it('is a sequence where a tensor is taken, and a tensor where a sequence is', () => {
    expect(codes('Relu', [])).toEqual(['US1210 X is a sequence, which Relu does not take']);
    const b = new GraphBuilder(24);
    const { diagnostics } = infer(b.graph(b.add('SequenceLength', [b.input('x', [2])])));
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'input_sequence is a tensor, where SequenceLength takes a sequence',
    ]);
  });

  it('is an empty sequence to join, and parts that do not fill the axis', () => {
    expect(() => run('ConcatFromSequence', [list()], { axis: 0 })).toThrow(/no tensors to join/);
    expect(() => run('SplitToSequence', [float32([3], [1, 2, 3]), int64([2], [1, 1])])).toThrow(/do not fill the axis/);
    expect(() => run('SequenceAt', [list(a), at(1)])).toThrow(/position 1 is outside/);
  });
});

describe('optionals', () => {
  const x = float32([2], [1, 2]);

  it('hold a value or none, and tell', () => {
    const b = new GraphBuilder(18);
    const full = b.add('Optional', [b.input('x', [2])]);
    const type = { kind: 'type', value: { kind: 'tensor', elementType: 'float32', shape: [2] } } as const;
    const empty = b.add('Optional', [], { type });
    const has = (value: Value) => b.add('OptionalHasElement', [value]);
    const graph = b.graph(full, empty, has(full), has(empty), b.add('OptionalGetElement', [full]));
    const { types, diagnostics, known } = infer(graph);
    expect(diagnostics).toEqual([]);
    expect(graph.outputs.map((value) => formatType(types.get(value)))).toEqual([
      'optional(float32[2])',
      'optional(float32[2])',
      'bool[]',
      'bool[]',
      'float32[2]',
    ]);
    expect(graph.outputs.slice(2, 4).map((value) => known.get(value)?.elements)).toEqual([[1], [0]]);
    const [first, second, yes, no, value] = made(graph, [x]);
    expect([first, second].map((item) => (item as OptionalTensor).element)).toEqual([x, undefined]);
    expect([yes, no, value].map(elementsOf)).toEqual([[1], [0], [1, 2]]);
  });

  it('are no tensors, and an empty one has nothing to give', () => {
    const b = new GraphBuilder(18);
    const full = b.add('Optional', [b.input('x', [2])]);
    const type = { kind: 'type', value: { kind: 'tensor', elementType: 'float32', shape: [2] } } as const;
    const graph = b.graph(b.add('Relu', [full]), b.add('OptionalGetElement', [b.add('Optional', [], { type })]));
    expect(infer(graph).diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['US1210', 'X is an optional, which Relu does not take'],
      ['US1211', 'the optional has no element'],
    ]);
  });
});

describe('SequenceMap', () => {
  const plus = (b: GraphBuilder, sequence: Value, other: Value) => {
    const inner = new GraphBuilder(18);
    const body = inner.graph(inner.add('Add', [inner.input('item', undefined), inner.input('more', undefined)]));
    return b.add('SequenceMap', [sequence, other], { body: { kind: 'graph', value: body } });
  };

  it('does to each tensor what its body does', () => {
    const b = new GraphBuilder(18);
    const mapped = plus(b, b.add('SplitToSequence', [b.input('x', [4]), b.constant(at(2))]), b.input('y', [2]));
    const graph = b.graph(mapped);
    const { types, diagnostics } = infer(graph);
    expect([formatType(types.get(mapped)), diagnostics]).toEqual(['sequence(float32[2])', []]);
    const [result] = made(graph, [float32([4], [1, 2, 3, 4]), float32([2], [10, 20])]);
    expect(elements(result)).toEqual([
      [11, 22],
      [13, 24],
    ]);
  });

  it('takes sequences of one length', () => {
    const b = new GraphBuilder(18);
    const [x, y] = [b.input('x', [2]), b.input('y', [3])];
    const graph = b.graph(plus(b, b.add('SplitToSequence', [x]), b.add('SplitToSequence', [y])));
    expect(infer(graph).diagnostics.map(({ code, actual }) => [code, actual])).toEqual([['US1211', '3']]);
  });
});
