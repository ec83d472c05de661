/** What each pass does to small graphs, and that it keeps their results. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/ir/graph.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { cancelTransposes } from '../../src/passes/cancel-transposes.js';
import { foldAffine } from '../../src/passes/fold-affine.js';
import { foldBatchNormalization } from '../../src/passes/fold-batch-normalization.js';
import { foldConstants } from '../../src/passes/fold-constants.js';
import { foldPad } from '../../src/passes/fold-pad.js';
import { removeDead } from '../../src/passes/remove-dead.js';
import { removeIdentity } from '../../src/passes/remove-identity.js';
import { GraphBuilder } from '../support/graph.js';
import { filled, run } from './support.js';

function batchNormalization(builder: GraphBuilder, channels: number) {
  return [
    filled([channels], 3),
    filled([channels], 4),
    filled([channels], 5),
    float32(
      [channels],
      filled([channels], 6).data.map((value) => Math.abs(value) + 0.5),
    ),
  ].map((tensor) => builder.constant(tensor));
}

/** The weights of the first node are what they say of themselves: another constant times a factor for each channel. */
function expectScaled({ nodes, constants }: Graph): void {
  const weights = constants.get(nodes[0]!.inputs[1]!)!;
  const { source, factors, rows, channels, elements } = weights.scaled!;
  const original = source.load().data as Float32Array;
  const expected = original.map((value, i) => {
    const run = Math.floor(i / elements);
    return value * factors[Math.floor(run / (rows * channels)) * channels + (run % channels)]!;
  });
  expect(weights.load().data).toEqual(expected);
}

describe('fold-batch-normalization', () => {
  it.each([
    ['Conv', [6, 2, 3, 3], 2],
    ['Conv', [6, 4, 1, 1], 1],
    ['ConvTranspose', [4, 6, 2, 2], 1],
    ['ConvTranspose', [4, 3, 2, 2], 2],
    ['ConvTranspose', [4, 1, 3, 3], 4],
  ])('%s with weights %j in %i groups', (op, weights, group) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2, 4, 5, 4]);
    const channels = op === 'Conv' ? weights[0]! : weights[1]! * group;
    const y = builder.add(op, [x, builder.constant(filled(weights, 2))], { group });
    const z = builder.add('BatchNormalization', [y, ...batchNormalization(builder, channels)]);
    const { ops, graph, notes } = run(foldBatchNormalization, builder.graph(builder.add('Relu', [z])));
    expect(ops).toEqual([op, 'Relu']);
    expectScaled(graph);
    expect(notes).toEqual([`n1 (BatchNormalization) is in n0 (${op})`]);
  });

  it.each([0, 1])('Gemm with a bias, transB = %i', (transB) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [3, 4]);
    const weights = builder.constant(filled(transB === 1 ? [5, 4] : [4, 5], 2));
    const y = builder.add('Gemm', [x, weights, builder.constant(filled([5], 8))], { transB });
    const z = builder.add('BatchNormalization', [y, ...batchNormalization(builder, 5)]);
    const { ops, graph } = run(foldBatchNormalization, builder.graph(z));
    expect(ops).toEqual(['Gemm']);
    expectScaled(graph);
  });

  it('leaves a convolution whose output something else reads', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 4, 4]);
    const y = builder.add('Conv', [x, builder.constant(filled([3, 2, 1, 1], 2))]);
    const z = builder.add('BatchNormalization', [y, ...batchNormalization(builder, 3)]);
    const { ops, notes } = run(foldBatchNormalization, builder.graph(z, y));
    expect(ops).toEqual(['Conv', 'BatchNormalization']);
    expect(notes).toEqual(['n1 (BatchNormalization) stays: the output of n0 (Conv) has other readers']);
  });
});

describe('fold-affine', () => {
  it.each([
    ['Mul', false],
    ['Add', false],
    ['Add', true],
    ['Sub', false],
    ['Sub', true],
    ['Div', false],
  ])('%s, the constant on the left: %s', (op, isLeft) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 4, 4]);
    const y = builder.add('Conv', [x, builder.constant(filled([3, 2, 3, 3], 2))]);
    const constant = builder.constant(float32([3, 1, 1], [2, -3, 0.5]));
    const z = builder.add(op, isLeft ? [constant, y] : [y, constant]);
    expect(run(foldAffine, builder.graph(z)).ops).toEqual(['Conv']);
  });

  it('leaves constants that are not one a channel, and quotients of a constant', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, 4, 4]);
    const y = builder.add('Conv', [x, builder.constant(filled([1, 1, 1, 1], 2))]);
    const wide = builder.add('Add', [y, builder.constant(filled([1, 3, 1, 1], 3))]);
    const w = builder.add('Conv', [x, builder.constant(float32([1, 1, 1, 1], [1]))]);
    const quotient = builder.add('Div', [builder.constant(float32([1], [2])), builder.add('Abs', [w])]);
    expect(run(foldAffine, builder.graph(wide, builder.add('Tanh', [quotient]))).ops).toEqual([
      'Conv',
      'Add',
      'Conv',
      'Abs',
      'Div',
      'Tanh',
    ]);
  });
});

describe('fold-pad', () => {
  it('adds zero padding to the pads of a convolution', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 4, 5]);
    const padded = builder.add('Pad', [x, builder.constant(int64([8], [0, 0, 1, 2, 0, 0, 0, 3]))]);
    const y = builder.add('Conv', [padded, builder.constant(filled([3, 2, 3, 3], 2))], { pads: [1, 0, 0, 1] });
    const { ops, graph } = run(foldPad, builder.graph(y));
    expect(ops).toEqual(['Conv']);
    expect(graph.nodes[0]!.attributes.get('pads')).toEqual({ kind: 'ints', value: [2n, 2n, 0n, 4n] });
  });

  it.each([
    ['reflection', { mode: 'reflect' }, 'it does not pad with zeros', [0, 0, 1, 1, 0, 0, 1, 1]],
    ['channels', {}, 'it crops, or pads batch or channels', [0, 1, 0, 0, 0, 1, 0, 0]],
    ['a crop', {}, 'it crops, or pads batch or channels', [0, 0, -1, 0, 0, 0, 0, 0]],
  ])('leaves %s', (_, attributes, reason, pads) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 5, 5]);
    const padded = builder.add('Pad', [x, builder.constant(int64([8], pads))], attributes);
    const channels = pads[1] === 1 ? 4 : 2;
    const y = builder.add('Conv', [padded, builder.constant(filled([3, channels, 3, 3], 2))]);
    const { ops, notes } = run(foldPad, builder.graph(y));
    expect(ops).toEqual(['Pad', 'Conv']);
    expect(notes).toEqual([`n0 (Pad) stays: ${reason}`]);
  });
});

describe('what a pass must not be taken in by', () => {
  it('pads as an attribute of a version that takes them as an input', () => {
    const padded = (builder: GraphBuilder, pads: readonly number[]) => {
      const x = builder.input('x', [1, 2, 4, 4]);
      return builder.add('Pad', [x, builder.constant(int64([8], pads))], { pads: [0, 0, 0, 0, 0, 0, 0, 0] });
    };
    const shifted = new GraphBuilder();
    const moved = shifted.add('Relu', [padded(shifted, [0, 0, 1, 0, 0, 0, -1, 0])]);
    expect(run(removeIdentity, shifted.graph(moved)).ops).toEqual(['Pad', 'Relu']);

    const builder = new GraphBuilder();
    const weights = builder.constant(filled([3, 2, 3, 3], 2));
    const { graph } = run(
      foldPad,
      builder.graph(builder.add('Conv', [padded(builder, [0, 0, 1, 0, 0, 0, 0, 1]), weights])),
    );
    expect(graph.nodes.map(({ opType, attributes }) => [opType, attributes.get('pads')?.value])).toEqual([
      ['Conv', [1n, 0n, 0n, 1n]],
    ]);
  });

  it('an operand that lies along an axis, as before operator set 7', () => {
    const builder = new GraphBuilder(6);
    const x = builder.input('x', [1, 3, 3, 3]);
    const last = builder.add('Transpose', [x], { perm: [0, 2, 3, 1] });
    const row = builder.constant(filled([3], 2));
    const sum = builder.add('Add', [last, row], { axis: 1, broadcast: 1 });
    expect(run(cancelTransposes, builder.graph(sum)).ops).toEqual(['Transpose', 'Add']);
  });

  it('a reader that reads the value twice', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, 1, 1]);
    const padded = builder.add('Pad', [x, builder.constant(int64([8], [0, 0, 1, 1, 0, 0, 1, 1]))]);
    expect(run(foldPad, builder.graph(builder.add('Conv', [padded, padded]))).ops).toEqual(['Pad', 'Conv']);
  });
});

describe('remove-identity', () => {
  it('takes out what changes nothing', () => {
    const builder = new GraphBuilder();
    let value = builder.input('x', [1, 2, 4, 4]);
    value = builder.add('Identity', [value]);
    value = builder.add('Dropout', [value]);
    value = builder.add('Cast', [value], { to: 1 });
    value = builder.add('Transpose', [value], { perm: [0, 1, 2, 3] });
    value = builder.add('Reshape', [value, builder.constant(int64([4], [1, 2, 4, 4]))]);
    value = builder.add('Slice', [
      value,
      builder.constant(int64([1], [0])),
      builder.constant(int64([1], [9])),
      builder.constant(int64([1], [2])),
    ]);
    value = builder.add('Concat', [value], { axis: 1 });
    expect(run(removeIdentity, builder.graph(builder.add('Relu', [value]))).ops).toEqual(['Relu']);
  });

  it('keeps what only looks so: a reversal, a transposition of a square, a value that is returned', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [3, 3]);
    const ends = [-1, -9, 0, -1].map((number) => builder.constant(int64([1], [number])));
    const reversed = builder.add('Slice', [x, ...ends]);
    const transposed = builder.add('Transpose', [reversed], { perm: [1, 0] });
    const result = builder.add('Identity', [transposed]);
    expect(run(removeIdentity, builder.graph(result)).ops).toEqual(['Slice', 'Transpose', 'Identity']);
  });
});

describe('cancel-transposes', () => {
  const toLast = { perm: [0, 2, 3, 1] };
  const toFirst = { perm: [0, 3, 1, 2] };

  it('moves them through elementwise operators until they meet', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 4, 5]);
    const last = builder.add('Transpose', [x], toLast);
    const relu = builder.add('Relu', [last]);
    const scaled = builder.add('Mul', [relu, builder.constant(float32([], [3]))]);
    const sum = builder.add('Add', [scaled, last]);
    const first = builder.add('Transpose', [sum], toFirst);
    const y = builder.add('Conv', [first, builder.constant(filled([3, 2, 1, 1], 2))]);
    expect(run(cancelTransposes, builder.graph(y)).ops).toEqual(['Relu', 'Mul', 'Add', 'Conv']);
  });

  it('turns a bias along the last axis into one along the first', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 4, 5]);
    const last = builder.add('Transpose', [x], toLast);
    const biased = builder.add('Add', [last, builder.constant(filled([2], 2))]);
    const { ops, graph } = run(cancelTransposes, builder.graph(builder.add('Transpose', [biased], toFirst)));
    expect(ops).toEqual(['Add', 'Transpose']);
    expect([...graph.constants.values()].map(({ dims }) => dims)).toContainEqual([1, 2, 1, 1]);
  });

  it('keeps them before an operand whose elements would have to move', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 4, 5]);
    const last = builder.add('Transpose', [x], toLast);
    const sum = builder.add('Add', [last, builder.constant(filled([5, 2], 2))]);
    expect(run(cancelTransposes, builder.graph(sum)).ops).toEqual(['Transpose', 'Add']);
  });

  it('moves past every elementwise function by its definition, but not past one that depends on the channel', () => {
    const opsAfter = (op: string, opset: number, attributes = {}) => {
      const builder = new GraphBuilder(opset);
      const last = builder.add('Transpose', [builder.input('x', [1, 2, 4, 5])], toLast);
      return run(
        cancelTransposes,
        builder.graph(builder.add('Transpose', [builder.add(op, [last], attributes)], toFirst)),
      ).ops;
    };
    expect(opsAfter('Celu', 18)).toEqual(['Celu', 'Transpose']);
    expect(opsAfter('Sin', 18)).toEqual(['Sin', 'Transpose']);
    expect(opsAfter('Mean', 18)).toEqual(['Transpose', 'Mean', 'Transpose']);
    expect(opsAfter('ImageScaler', 9)).toEqual(['Transpose', 'ImageScaler', 'Transpose']);
  });

  it('makes one of two that do not undo one another', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 4, 5]);
    const y = builder.add('Transpose', [builder.add('Transpose', [x], toLast)], toLast);
    const { ops, graph } = run(cancelTransposes, builder.graph(y));
    expect(ops).toEqual(['Transpose']);
    expect(graph.nodes[0]!.attributes.get('perm')).toEqual({ kind: 'ints', value: [0n, 3n, 1n, 2n] });
  });
});

describe('fold-constants and remove-dead', () => {
  it('compute what depends on no input, and drop what no output needs', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2]);
    const sum = builder.add('Add', [builder.constant(float32([2], [1, 2])), builder.constant(float32([2], [3, 4]))]);
    builder.add('Relu', [x]);
    const y = builder.add('Mul', [x, sum]);
    const folded = run(foldConstants, builder.graph(y));
    expect(folded.ops).toEqual(['Relu', 'Mul']);
    const { ops, graph } = run(removeDead, folded.graph);
    expect(ops).toEqual(['Mul']);
    expect(graph.constants.size).toBe(1);
  });
});
