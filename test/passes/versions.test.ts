/** Passes read attributes as the version of the operator has them: those of other versions change nothing. */
import { describe, expect, it } from 'vitest';
import { float32, int64 } from '../../src/ir/tensor.js';
import { cancelTransposes } from '../../src/passes/cancel-transposes.js';
import { foldAffine } from '../../src/passes/fold-affine.js';
import { foldPad } from '../../src/passes/fold-pad.js';
import { fuseInstanceNormalization } from '../../src/passes/fuse-instance-normalization.js';
import { fuseNormalization } from '../../src/passes/fuse-normalization.js';
import { GraphBuilder } from '../support/graph.js';
import { filled, run } from './support.js';

describe('attributes of other versions', () => {
  it('fold no Pad into an AveragePool that does not count it', () => {
    const builder = new GraphBuilder(6);
    const x = builder.input('x', [1, 2, 6, 6]);
    const padded = builder.add('Pad', [x], { pads: [0, 0, 1, 1, 0, 0, 1, 1] });
    const y = builder.add('AveragePool', [padded], { kernel_shape: [3, 3], count_include_pad: 1 });
    expect(run(foldPad, builder.graph(y)).ops).toEqual(['Pad', 'AveragePool']);
  });

  it.each([
    [[3], 1, ['Conv']],
    [[3, 1, 1], 0, ['Conv', 'Add']],
    [[3], 3, ['Conv', 'Add']],
  ])('fold a constant of dims %j into the channels where axis %i says that it lies along them', (dims, axis, left) => {
    const builder = new GraphBuilder(6);
    const x = builder.input('x', [3, 2, 3, 3]);
    const y = builder.add('Conv', [x, builder.constant(filled([3, 2, 1, 1], 2))]);
    const z = builder.add('Add', [y, builder.constant(filled(dims, 3))], { axis, broadcast: 1 });
    expect(run(foldAffine, builder.graph(z)).ops).toEqual(left);
  });

  it('make no BatchNormalization one that trains', () => {
    const builder = new GraphBuilder(9);
    const x = builder.input('x', [1, 3, 4, 4]);
    const positive = float32([3], [0.5, 1, 2]);
    const parameters = [filled([3], 3), filled([3], 4), filled([3], 5), positive].map((each) => builder.constant(each));
    const y = builder.add('BatchNormalization', [x, ...parameters], { training_mode: 1 });
    expect(run(fuseInstanceNormalization, builder.graph(y)).ops).toEqual(['BatchNormalization']);
  });

  it('give a mean no axes', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [2, 3, 4]);
    // The mean of all elements: the attribute is that of version 13.
    const mean = builder.add('ReduceMean', [x], { axes: [-1] });
    const centered = builder.add('Sub', [x, mean]);
    const square = builder.add('Mul', [centered, centered]);
    const variance = builder.add('ReduceMean', [square], { axes: [-1] });
    const deviation = builder.add('Sqrt', [builder.add('Add', [variance, builder.constant(float32([], [1e-5]))])]);
    const normal = builder.add('Div', [centered, deviation]);
    const scaled = builder.add('Mul', [normal, builder.constant(filled([4], 3))]);
    const { ops } = run(
      fuseNormalization,
      builder.graph(builder.add('Add', [scaled, builder.constant(filled([4], 4))])),
    );
    expect(ops).not.toContain('LayerNormalization');
  });
});

describe('what operators meant', () => {
  it('keeps a Transpose before a PRelu whose slope is along the channels', () => {
    const builder = new GraphBuilder(6);
    const x = builder.input('x', [1, 4, 4, 4]);
    const first = builder.add('Transpose', [x], { perm: [0, 2, 3, 1] });
    const y = builder.add('PRelu', [first, builder.constant(float32([4], [0.1, 0.2, 0.3, 0.4]))]);
    run(cancelTransposes, builder.graph(builder.add('Transpose', [y], { perm: [0, 3, 1, 2] })));
  });

  it('pads by the attribute that version 1 had', () => {
    const builder = new GraphBuilder(1);
    const x = builder.input('x', [1, 2, 4, 4]);
    const padded = builder.add('Pad', [x], { paddings: [0, 0, 1, 1, 0, 0, 1, 1] });
    const y = builder.add('Conv', [padded, builder.constant(filled([3, 2, 3, 3], 2))]);
    expect(run(foldPad, builder.graph(y)).ops).toEqual(['Conv']);
  });

  it('takes axes from an input since they are one', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [2, 3, 4]);
    const axes = builder.constant(int64([1], [-1]));
    const centered = builder.add('Sub', [x, builder.add('ReduceMean', [x, axes])]);
    const variance = builder.add('ReduceMean', [builder.add('Mul', [centered, centered]), axes]);
    const deviation = builder.add('Sqrt', [builder.add('Add', [variance, builder.constant(float32([], [1e-5]))])]);
    const scaled = builder.add('Mul', [builder.add('Div', [centered, deviation]), builder.constant(filled([4], 3))]);
    const { ops } = run(
      fuseNormalization,
      builder.graph(builder.add('Add', [scaled, builder.constant(filled([4], 4))])),
    );
    expect(ops).toEqual(['LayerNormalization']);
  });
});
