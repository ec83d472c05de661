/** Operators that exporters write out in parts: found in each of their forms, left alone where they only look so. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/ir/graph.js';
import { float32, int64 } from '../../src/ir/tensor.js';
import { foldInputScale } from '../../src/passes/fold-input-scale.js';
import { fuseGelu } from '../../src/passes/fuse-gelu.js';
import { fuseGroupNormalization } from '../../src/passes/fuse-group-normalization.js';
import { fuseHardSwish } from '../../src/passes/fuse-hard-swish.js';
import { fuseInstanceNormalization } from '../../src/passes/fuse-instance-normalization.js';
import { fuseNormalization } from '../../src/passes/fuse-normalization.js';
import { fusePixelShuffle } from '../../src/passes/fuse-pixel-shuffle.js';
import { fusePRelu } from '../../src/passes/fuse-prelu.js';
import { fuseUpsampling } from '../../src/passes/fuse-upsampling.js';
import { mergeReshapes } from '../../src/passes/merge-reshapes.js';
import { GraphBuilder } from '../support/graph.js';
import { filled, run } from './support.js';

class Builder extends GraphBuilder {
  number(value: number): Value {
    return this.constant(float32([], [value]));
  }

  integers(...values: readonly number[]): Value {
    return this.constant(int64([values.length], values));
  }
}

type Form = (b: Builder, x: Value) => Value;

function opsOf(pass: Parameters<typeof run>[0], dims: readonly number[], form: Form, opset = 22): string[] {
  const b = new Builder(opset);
  return run(pass, b.graph(form(b, b.input('x', dims)))).ops;
}

const clipped: Form = (b, x) => b.add('Clip', [b.add('Add', [x, b.number(3)]), b.number(0), b.number(6)]);
const bounded: Form = (b, x) =>
  b.add('Min', [b.add('Max', [b.add('Add', [b.number(3), x]), b.number(0)]), b.number(6)]);

describe('fuse-hard-swish', () => {
  it.each<[string, Form]>([
    ['Div last', (b, x) => b.add('Div', [b.add('Mul', [x, clipped(b, x)]), b.number(6)])],
    ['Div in the middle', (b, x) => b.add('Mul', [b.add('Div', [clipped(b, x), b.number(6)]), x])],
    ['a sixth as a factor', (b, x) => b.add('Mul', [x, b.add('Mul', [b.number(1 / 6), clipped(b, x)])])],
    ['Min and Max', (b, x) => b.add('Div', [b.add('Mul', [bounded(b, x), x]), b.number(6)])],
    ['a HardSigmoid', (b, x) => b.add('Mul', [x, b.add('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 })])],
  ])('HardSwish with %s', (_, form) => {
    expect(opsOf(fuseHardSwish, [2, 3, 4], form)).toEqual(['HardSwish']);
  });

  it.each<[string, Form]>([
    ['a sixth', (b, x) => b.add('Div', [clipped(b, x), b.number(6)])],
    [
      'a fifth, as Keras has it',
      (b, x) =>
        b.add('Clip', [b.add('Add', [b.add('Mul', [x, b.number(0.2)]), b.number(0.5)]), b.number(0), b.number(1)]),
    ],
  ])('HardSigmoid with %s', (_, form) => {
    expect(opsOf(fuseHardSwish, [2, 3, 4], form)).toEqual(['HardSigmoid']);
  });

  it('the gate of another value is a HardSigmoid', () => {
    const form: Form = (b, x) => b.add('Mul', [b.add('Neg', [x]), b.add('Div', [clipped(b, x), b.number(6)])]);
    expect(opsOf(fuseHardSwish, [5], form)).toEqual(['Neg', 'HardSigmoid', 'Mul']);
  });

  it.each<[string, Form, string[]]>([
    [
      'other divisors',
      (b, x) => b.add('Div', [b.add('Mul', [x, clipped(b, x)]), b.number(5)]),
      ['Add', 'Clip', 'Mul', 'Div'],
    ],
    ['a plain Clip', (b, x) => b.add('Clip', [x, b.number(0), b.number(1)]), ['Clip']],
    [
      'a constant that adds an axis',
      (b, x) => b.add('Div', [b.add('Mul', [x, clipped(b, x)]), b.constant(float32([1, 1], [6]))]),
      ['Add', 'Clip', 'Mul', 'Div'],
    ],
  ])('leaves %s', (_, form, ops) => {
    expect(opsOf(fuseHardSwish, [5], form)).toEqual(ops);
  });

  it('says when something else reads a part', () => {
    const b = new Builder();
    const x = b.input('x', [5]);
    const gate = clipped(b, x);
    const y = b.add('Div', [b.add('Mul', [x, gate]), b.number(6)]);
    const { ops, notes } = run(fuseHardSwish, b.graph(y, gate));
    expect(ops).toEqual(['Add', 'Clip', 'Mul', 'Div']);
    expect(notes).toContain('n3 (Div) stays, and is no HardSwish: the output of n1 (Clip) has other readers');
  });
});

describe('fuse-gelu', () => {
  const erf: Form = (b, x) => b.add('Add', [b.add('Erf', [b.add('Div', [x, b.number(Math.SQRT2)])]), b.number(1)]);
  const tanh: Form = (b, x) => {
    const cube = b.add('Mul', [b.number(0.044715), b.add('Pow', [x, b.number(3)])]);
    const inner = b.add('Mul', [b.add('Add', [x, cube]), b.number(Math.sqrt(2 / Math.PI))]);
    return b.add('Add', [b.number(1), b.add('Tanh', [inner])]);
  };
  it.each<[string, Form]>([
    ['Erf, halved last', (b, x) => b.add('Mul', [b.add('Mul', [x, erf(b, x)]), b.number(0.5)])],
    ['Erf, halved first', (b, x) => b.add('Mul', [b.add('Mul', [x, b.number(0.5)]), erf(b, x)])],
    ['Erf, divided by two', (b, x) => b.add('Div', [b.add('Mul', [erf(b, x), x]), b.number(2)])],
    ['Tanh', (b, x) => b.add('Mul', [b.add('Mul', [b.number(0.5), x]), tanh(b, x)])],
    [
      'Tanh, x taken out of its argument',
      (b, x) => {
        const square = b.add('Mul', [b.number(0.044715), b.add('Mul', [x, x])]);
        const scaled = b.add('Mul', [x, b.number(Math.sqrt(2 / Math.PI))]);
        const argument = b.add('Mul', [scaled, b.add('Add', [b.number(1), square])]);
        return b.add('Mul', [b.add('Mul', [x, b.number(0.5)]), b.add('Add', [b.add('Tanh', [argument]), b.number(1)])]);
      },
    ],
  ])('%s', (_, form) => {
    expect(opsOf(fuseGelu, [2, 6], form)).toEqual(['Gelu']);
  });

  it('leaves another scale within Erf', () => {
    const form: Form = (b, x) => {
      const sum = b.add('Add', [b.add('Erf', [x]), b.number(1)]);
      return b.add('Mul', [b.add('Mul', [x, sum]), b.number(0.5)]);
    };
    expect(opsOf(fuseGelu, [4], form)).toEqual(['Erf', 'Add', 'Mul', 'Mul']);
  });
});

function standardized(b: Builder, x: Value, axes: readonly number[], second = axes): Value {
  const mean = (value: Value, over: readonly number[]) => b.add('ReduceMean', [value], { axes: [...over] });
  const centered = b.add('Sub', [x, mean(x, axes)]);
  const variance = mean(b.add('Pow', [centered, b.number(2)]), second);
  return b.add('Div', [centered, b.add('Sqrt', [b.add('Add', [variance, b.number(1e-5)])])]);
}

describe('fuse-normalization', () => {
  it.each<[string, number[], number[], number[]]>([
    ['the last axis', [2, 3, 8], [-1], [8]],
    ['the last two axes', [2, 3, 4, 5], [-2, -1], [4, 5]],
  ])('LayerNormalization over %s', (_, dims, axes, scale) => {
    const form: Form = (b, x) => {
      const scaled = b.add('Mul', [standardized(b, x, axes), b.constant(filled(scale, 2))]);
      return b.add('Add', [scaled, b.constant(filled(scale, 3))]);
    };
    expect(opsOf(fuseNormalization, dims, form, 13)).toEqual(['LayerNormalization']);
  });

  it('InstanceNormalization over the picture', () => {
    const form: Form = (b, x) => {
      const scaled = b.add('Mul', [standardized(b, x, [2, 3]), b.constant(filled([3, 1, 1], 2))]);
      return b.add('Add', [scaled, b.constant(filled([1, 3, 1, 1], 3))]);
    };
    expect(opsOf(fuseNormalization, [2, 3, 4, 5], form, 13)).toEqual(['InstanceNormalization']);
  });

  it('the products that Keras writes', () => {
    const b = new Builder(13);
    const x = b.input('x', [2, 4, 6]);
    const mean = b.add('ReduceMean', [x], { axes: [2] });
    const difference = b.add('Sub', [x, mean]);
    const variance = b.add('ReduceMean', [b.add('Mul', [difference, difference])], { axes: [2] });
    const deviation = b.add('Sqrt', [b.add('Add', [variance, b.number(1e-3)])]);
    const m = b.add('Mul', [b.add('Reciprocal', [deviation]), b.constant(filled([6], 2))]);
    const rest = b.add('Sub', [b.constant(filled([6], 3)), b.add('Mul', [mean, m])]);
    expect(run(fuseNormalization, b.graph(b.add('Add', [b.add('Mul', [x, m]), rest]))).ops).toEqual([
      'LayerNormalization',
    ]);
  });

  it('leaves a variance over other axes than the mean, and axes in the middle', () => {
    const count = (form: Form) => opsOf(fuseNormalization, [2, 3, 4], form, 13).length;
    expect(count((b, x) => standardized(b, x, [-1], [1, 2]))).toBe(7);
    expect(count((b, x) => standardized(b, x, [1]))).toBe(7);
  });
});

describe('fuse-instance-normalization', () => {
  const around = (scale: readonly number[]) => {
    const b = new Builder();
    const x = b.input('x', [2, 3, 4, 2]);
    const inner = b.add('Reshape', [x, b.integers(1, 6, 8)]);
    const parameters = [float32([6], scale), float32([6], [1, 2, 3, 1, 2, 3])].map((tensor) => b.constant(tensor));
    const y = b.add('InstanceNormalization', [inner, ...parameters]);
    return run(fuseInstanceNormalization, b.graph(b.add('Reshape', [y, b.integers(2, 3, 4, 2)]))).ops;
  };
  it('takes Reshapes away where every picture has the same parameters, and only there', () => {
    expect(around([1, 2, 1, 1, 2, 1])).toEqual(['InstanceNormalization']);
    expect(around([1, 2, 1, 1, 2, 3])).toEqual(['Reshape', 'InstanceNormalization', 'Reshape']);
  });
});

describe('fuse-prelu', () => {
  const slope: Form = (b) => b.constant(float32([3, 1], [0.5, 2, -1]));
  it.each<[string, Form, string]>([
    [
      'Where',
      (b, x) => b.add('Where', [b.add('Greater', [x, b.number(0)]), x, b.add('Mul', [slope(b, x), x])]),
      'PRelu',
    ],
    [
      'its mirror image',
      (b, x) => b.add('Where', [b.add('Less', [x, b.number(0)]), b.add('Mul', [x, slope(b, x)]), x]),
      'PRelu',
    ],
    [
      'two Relus',
      (b, x) => b.add('Add', [b.add('Relu', [x]), b.add('Mul', [slope(b, x), b.add('Relu', [b.add('Neg', [x])])])]),
      'PRelu',
    ],
    ['Max', (b, x) => b.add('Max', [x, b.add('Mul', [x, b.number(0.25)])]), 'LeakyRelu'],
    [
      'Relus and a number',
      (b, x) => b.add('Sub', [b.add('Relu', [x]), b.add('Mul', [b.number(0.5), b.add('Relu', [b.add('Neg', [x])])])]),
      'LeakyRelu',
    ],
  ])('%s', (_, form, op) => {
    expect(opsOf(fusePRelu, [2, 3, 5], form)).toEqual([op]);
  });

  it('leaves other thresholds, and a Max that turns over', () => {
    const threshold: Form = (b, x) =>
      b.add('Where', [b.add('Greater', [x, b.number(1)]), x, b.add('Mul', [x, b.number(2)])]);
    expect(opsOf(fusePRelu, [2, 3, 5], threshold)).toEqual(['Greater', 'Mul', 'Where']);
    const steep: Form = (b, x) => b.add('Max', [x, b.add('Mul', [x, b.number(2)])]);
    expect(opsOf(fusePRelu, [2, 3, 5], steep)).toEqual(['Mul', 'Max']);
  });
});

describe('fuse-upsampling', () => {
  it.each<[string, Form]>([
    ['Reshape', (b, x) => b.add('Reshape', [x, b.integers(1, 2, 3, 1, 4, 1)])],
    ['Unsqueeze', (b, x) => b.add('Unsqueeze', [x, b.integers(3, 5)])],
  ])('%s, a repetition and Reshape', (_, widened) => {
    const tiled: Form = (b, x) => {
      const wide = b.add('Tile', [widened(b, x), b.integers(1, 1, 1, 2, 1, 3)]);
      return b.add('Reshape', [wide, b.integers(1, 2, 6, 12)]);
    };
    const expanded: Form = (b, x) => {
      const wide = b.add('Expand', [widened(b, x), b.integers(1, 2, 3, 2, 4, 3)]);
      return b.add('Reshape', [wide, b.integers(1, 2, 6, 12)]);
    };
    expect(opsOf(fuseUpsampling, [1, 2, 3, 4], tiled)).toEqual(['Resize']);
    expect(opsOf(fuseUpsampling, [1, 2, 3, 4], expanded)).toEqual(['Resize']);
  });

  it('leaves a picture that is repeated as a whole', () => {
    const form: Form = (b, x) => {
      const wide = b.add('Tile', [b.add('Reshape', [x, b.integers(1, 2, 1, 3, 4)]), b.integers(1, 1, 2, 1, 1)]);
      return b.add('Reshape', [wide, b.integers(1, 2, 6, 4)]);
    };
    expect(opsOf(fuseUpsampling, [1, 2, 3, 4], form)).toEqual(['Reshape', 'Tile', 'Reshape']);
  });
});

describe('fuse-pixel-shuffle', () => {
  const shuffle =
    (cut: readonly number[], perm: readonly number[], joined: readonly number[]): Form =>
    (b, x) =>
      b.add('Reshape', [
        b.add('Transpose', [b.add('Reshape', [x, b.integers(...cut)])], { perm }),
        b.integers(...joined),
      ]);

  it.each<[string, Form]>([
    ['channels first', shuffle([1, 3, 2, 2, 4, 5], [0, 1, 4, 2, 5, 3], [1, 3, 8, 10])],
    ['channels last', shuffle([1, 2, 2, 3, 4, 5], [0, 3, 4, 1, 5, 2], [1, 3, 8, 10])],
  ])('DepthToSpace with %s', (_, form) => {
    expect(opsOf(fusePixelShuffle, [1, 12, 4, 5], form)).toEqual(['DepthToSpace']);
  });

  it.each<[string, Form]>([
    ['rows and columns of blocks change places', shuffle([1, 3, 2, 2, 4, 5], [0, 1, 4, 3, 5, 2], [1, 3, 8, 10])],
    ['blocks are no squares', shuffle([1, 3, 1, 4, 4, 5], [0, 1, 4, 2, 5, 3], [1, 3, 4, 20])],
    ['rows and columns are joined otherwise', shuffle([1, 3, 2, 2, 4, 5], [0, 1, 4, 2, 5, 3], [1, 3, 4, 20])],
    ['rows are cut', shuffle([1, 3, 2, 2, 2, 10], [0, 1, 4, 2, 5, 3], [1, 3, 4, 20])],
  ])('not where %s', (_, form) => {
    expect(opsOf(fusePixelShuffle, [1, 12, 4, 5], form)).toEqual(['Reshape', 'Transpose', 'Reshape']);
  });
});

describe('merge-reshapes', () => {
  it('makes one of a row, and a Reshape of a Transpose that moves only ones', () => {
    const form: Form = (b, x) => {
      const moved = b.add('Transpose', [x], { perm: [1, 0, 2] });
      return b.add('Relu', [b.add('Unsqueeze', [b.add('Squeeze', [moved, b.integers(1)]), b.integers(0)])]);
    };
    expect(opsOf(mergeReshapes, [1, 4, 5], form)).toEqual(['Relu']);
    const kept: Form = (b, x) => b.add('Flatten', [b.add('Unsqueeze', [x, b.integers(0)])], { axis: 2 });
    expect(opsOf(mergeReshapes, [2, 4, 5], kept)).toEqual(['Reshape']);
  });

  it('leaves a Transpose that moves elements', () => {
    const form: Form = (b, x) => b.add('Reshape', [b.add('Transpose', [x], { perm: [1, 0] }), b.integers(3, 2)]);
    expect(opsOf(mergeReshapes, [2, 3], form)).toEqual(['Transpose', 'Reshape']);
  });

  it('keeps the results of any row', () => {
    const shapes = fc.constantFrom([2, 3, 4], [6, 4], [1, 24], [24], [1, 2, 1, 12], [4, 6]);
    fc.assert(
      fc.property(fc.array(shapes, { minLength: 1, maxLength: 5 }), (list) => {
        const b = new Builder();
        let value = b.input('x', [2, 3, 4]);
        for (const dims of list) value = b.add('Reshape', [value, b.integers(...dims)]);
        const { ops } = run(mergeReshapes, b.graph(b.add('Neg', [value])));
        expect(ops.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 50 },
    );
  });
});

describe('fold-input-scale', () => {
  const normalized =
    (pads: number[], shift: number): Form =>
    (b, x) => {
      const centered = shift === 0 ? x : b.add('Sub', [x, b.constant(float32([1, 2, 1, 1], [shift, 1]))]);
      const scaled = b.add('Div', [centered, b.number(4)]);
      return b.add('Conv', [scaled, b.constant(filled([4, 1, 3, 3], 2))], { pads, group: 2 });
    };
  it('takes scale and shift into a layer without padding, only the scale into one with it', () => {
    expect(opsOf(foldInputScale, [1, 2, 5, 5], normalized([0, 0, 0, 0], 3))).toEqual(['Conv']);
    expect(opsOf(foldInputScale, [1, 2, 5, 5], normalized([1, 1, 1, 1], 0))).toEqual(['Conv']);
    expect(opsOf(foldInputScale, [1, 2, 5, 5], normalized([1, 1, 1, 1], 3))).toEqual(['Sub', 'Conv']);
  });
});

describe('groups of channels, as instances', () => {
  /** [2, 6, 4, 5] as three groups, with the parameters that follow. */
  const grouped = (shape: readonly number[], parameters: readonly (readonly number[])[], isShared = false) => {
    const b = new Builder();
    const x = b.input('x', [2, 6, 4, 5]);
    const inner = b.add('Reshape', [x, b.integers(...shape)]);
    const count = shape[1]!;
    const own = [b.constant(filled([count], 2)), b.constant(filled([count], 3))];
    const y = b.add('InstanceNormalization', [inner, ...own], { epsilon: 1e-3 });
    let result = b.add('Reshape', [y, b.integers(2, 6, 4, 5)]);
    if (parameters[0] !== undefined) result = b.add('Mul', [result, b.constant(filled(parameters[0], 4))]);
    if (parameters[1] !== undefined) result = b.add('Add', [b.constant(filled(parameters[1], 5)), result]);
    return run(fuseGroupNormalization, isShared ? b.graph(result, y) : b.graph(result));
  };

  it('become a GroupNormalization, with the parameters of channels and of groups', () => {
    expect(
      grouped(
        [2, 3, -1],
        [
          [6, 1, 1],
          [6, 1, 1],
        ],
      ).ops,
    ).toEqual(['GroupNormalization']);
    expect(grouped([2, 3, 40], [[1, 6, 1, 1]]).ops).toEqual(['GroupNormalization']);
    expect(grouped([0, 1, 2, -1], []).ops).toEqual(['GroupNormalization']);
  });

  it('stay where something else is meant', () => {
    const whole = ['Reshape', 'InstanceNormalization', 'Reshape'];
    expect(grouped([1, 6, -1], []).ops).toEqual(whole);
    expect(grouped([2, 6, -1], []).ops).toEqual(whole);
    const pixels = grouped([2, 3, -1], [[4, 5]]);
    // Without the factors of pixels it is one.
    expect(pixels.ops).toEqual(['GroupNormalization', 'Mul']);
    expect(grouped([2, 3, -1], [], true).ops).toEqual(whole);
  });
});
