import { describe, expect, it } from 'vitest';
import { type DiffSide, diffModels, isSame } from '../../src/contract/model-diff.js';
import { infer } from '../../src/infer/infer.js';
import { mul, symbol } from '../../src/ir/dim.js';
import type { Model } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { int64 } from '../../src/ir/tensor.js';
import { NamedGraph } from './support.js';

function side(model: Model, amounts: Partial<DiffSide['amounts']> = {}): DiffSide {
  return {
    model,
    inference: infer(model.graph),
    amounts: { parameters: 10, macs: 20, peakActivationBytes: null, ...amounts },
  };
}

interface Choice {
  readonly shape?: Shape;
  readonly kernel?: number;
  readonly channels?: number;
  readonly activation?: string;
  readonly prefix?: string;
  readonly fill?: number;
}

/** A convolution, an activation, a convolution to 2 channels. */
function network({
  shape = [1, 3, 8, 8],
  kernel = 3,
  channels = 4,
  activation = 'Relu',
  prefix = '',
  fill = 1,
}: Choice = {}): Model {
  const builder = new NamedGraph();
  const x = builder.input('x', shape);
  const pad = (kernel - 1) / 2;
  const first = builder.add(
    'Conv',
    `${prefix}first`,
    [x, builder.weight('first.weight', [channels, 3, kernel, kernel], fill)],
    {
      attributes: { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] },
    },
  );
  const act = builder.add(activation, `${prefix}act`, [first]);
  const last = builder.conv(`${prefix}last`, act, [2, channels], { weight: 'last.weight' });
  return builder.model(last);
}

describe('two models', () => {
  it('are the same when nothing changed', () => {
    const diff = diffModels(side(network()), side(network()));
    expect(diff).toEqual({ facts: [], inputs: [], outputs: [], totals: [], layers: [], unchanged: 3, renamed: 0 });
    expect(isSame(diff)).toBe(true);
  });

  it('differ by a kernel: attributes, weight and pads, and no shape', () => {
    const { layers, unchanged } = diffModels(side(network()), side(network({ kernel: 5 })));
    expect(layers).toEqual([
      {
        status: 'changed',
        from: { name: 'first', op: 'Conv', index: 0 },
        to: { name: 'first', op: 'Conv', index: 0 },
        scope: [],
        attributes: [
          { name: 'kernel_shape', from: '[3, 3]', to: '[5, 5]' },
          { name: 'pads', from: '[1, 1, 1, 1]', to: '[2, 2, 2, 2]' },
        ],
        parameters: [{ name: 'first.weight', from: 'float32[4, 3, 3, 3]', to: 'float32[4, 3, 5, 5]' }],
        inputs: [],
        shapes: [],
        follows: false,
      },
    ]);
    expect(unchanged).toBe(2);
  });

  it('tell what changed by itself from what follows', () => {
    const { layers, outputs } = diffModels(side(network()), side(network({ channels: 6 })));
    expect(layers.map(({ to, follows, parameters, shapes }) => [to?.name, follows, parameters.length, shapes])).toEqual(
      [
        ['first', false, 1, [{ name: 'first', from: 'float32[1, 4, 8, 8]', to: 'float32[1, 6, 8, 8]' }]],
        ['act', true, 0, [{ name: 'act', from: 'float32[1, 4, 8, 8]', to: 'float32[1, 6, 8, 8]' }]],
        ['last', false, 1, []],
      ],
    );
    expect(outputs).toEqual([]);
  });

  it('differ by an operator in the same place', () => {
    const { layers } = diffModels(side(network()), side(network({ activation: 'Sigmoid' })));
    expect(layers).toHaveLength(1);
    expect(layers[0]).toMatchObject({ status: 'changed', from: { op: 'Relu' }, to: { op: 'Sigmoid' }, attributes: [] });
  });

  it('are the same under other names, which are counted', () => {
    const diff = diffModels(side(network()), side(network({ prefix: 'node_' })));
    expect(diff).toMatchObject({ layers: [], renamed: 3, unchanged: 3 });
    // The output is called otherwise, and that is part of the model.
    expect(diff.outputs).toEqual([
      { name: 'node_last', from: 'last float32[1, 2, 8, 8]', to: 'node_last float32[1, 2, 8, 8]' },
    ]);
  });

  it('compare the values of weights only when told', () => {
    const [a, b] = [side(network()), side(network({ fill: 2 }))];
    expect(isSame(diffModels(a, b))).toBe(true);
    const { layers } = diffModels(a, b, { weights: true });
    expect(layers.map(({ parameters }) => parameters)).toEqual([
      [{ name: 'first.weight', from: 'float32[4, 3, 3, 3]', to: 'float32[4, 3, 3, 3] with other values' }],
    ]);
    expect(isSame(diffModels(a, side(network()), { weights: true }))).toBe(true);
  });

  it('have sizes under other names, or fixed, which is told of the inputs alone', () => {
    const open = (n: string, h: string): Shape => [symbol(n), 3, symbol(h), 8];
    const named = diffModels(
      side(network({ shape: open('N', 'H') })),
      side(network({ shape: open('batch', 'height') })),
    );
    expect(named).toMatchObject({ layers: [], outputs: [], unchanged: 3 });
    expect(named.inputs).toEqual([{ name: 'x', from: 'float32[N, 3, H, 8]', to: 'float32[batch, 3, height, 8]' }]);
    for (const [before, after] of [
      [open('N', 'H'), [1, 3, 16, 8]],
      [[1, 3, 16, 8], open('N', 'H')],
    ] as const) {
      const diff = diffModels(side(network({ shape: before })), side(network({ shape: after })));
      expect(diff).toMatchObject({ layers: [], outputs: [], unchanged: 3 });
      expect(diff.inputs).toHaveLength(1);
    }
  });

  it('do not confuse two sizes that became one', () => {
    const before = side(network({ shape: [1, 3, symbol('H'), symbol('W')] }));
    const after = side(network({ shape: [1, 3, symbol('S'), symbol('S')] }));
    expect(diffModels(before, after).layers.length).toBeGreaterThan(0);
  });

  it('compare totals in the same sizes', () => {
    const shapes = [
      [symbol('N'), 3, 8, 8],
      [symbol('M'), 3, 8, 8],
    ] as const;
    const [a, b] = [network({ shape: shapes[0] }), network({ shape: shapes[1] })];
    expect(diffModels(side(a, { macs: mul(5, symbol('N')) }), side(b, { macs: mul(5, symbol('M')) })).totals).toEqual(
      [],
    );
    expect(diffModels(side(a), side(b, { parameters: 11, macs: null, peakActivationBytes: 4 })).totals).toEqual([
      { name: 'parameters', from: 10, to: 11 },
      { name: 'macs', from: 20, to: null },
    ]);
  });

  it('differ by layers that came and went, in place', () => {
    const build = (ops: readonly string[]) => {
      const builder = new NamedGraph();
      let value = builder.input('x', [1, 4, 8, 8]);
      for (const op of ops) {
        value = op.startsWith('conv') ? builder.conv(op, value, [4, 4]) : builder.add(op, op.toLowerCase(), [value]);
      }
      return builder.model(builder.add('Identity', 'y', [value]));
    };
    const diff = diffModels(side(build(['conv1', 'Relu', 'conv2'])), side(build(['conv1', 'conv3', 'Relu'])));
    expect(diff.layers.map(({ status, from, to, shapes }) => [status, (to ?? from)?.name, shapes.length])).toEqual([
      ['added', 'conv3', 1],
      ['removed', 'conv2', 1],
    ]);
    expect(diff.layers[0]?.shapes).toEqual([{ name: 'conv3', from: null, to: 'float32[1, 4, 8, 8]' }]);
  });

  it('have the same attributes when one writes the defaults out', () => {
    const build = (attributes: Record<string, readonly number[] | number>) => {
      const builder = new NamedGraph();
      const x = builder.input('x', [1, 2, 8, 8]);
      const up = builder.add('ConvTranspose', 'up', [x, builder.weight('w', [2, 2, 2, 2])], {
        attributes: { strides: [2, 2], ...attributes },
      });
      return side(builder.model(up));
    };
    const written = build({
      dilations: [1, 1],
      group: 1,
      kernel_shape: [2, 2],
      output_padding: [0, 0],
      pads: [0, 0, 0, 0],
    });
    expect(diffModels(build({}), written).layers).toEqual([]);
    expect(diffModels(written, build({})).layers).toEqual([]);
    expect(diffModels(build({}), build({ output_padding: [1, 1] })).layers[0]?.attributes).toEqual([
      { name: 'output_padding', from: null, to: '[1, 1]' },
    ]);
  });

  it('have the same settings whether a node or an initializer holds them', () => {
    const build = (isNode: boolean, end: number) => {
      const builder = new NamedGraph();
      const x = builder.input('x', [1, 8]);
      const setting = (name: string, value: number) =>
        isNode
          ? builder.add('Constant', `${name}_node`, [], { attributes: { value: int64([1], [value]) } })
          : builder.integers(name, [value]);
      const y = builder.add('Slice', 'y', [x, setting('starts', 0), setting('ends', end), setting('axes', 1)]);
      return side(builder.model(y));
    };
    expect(isSame(diffModels(build(true, 4), build(false, 4)))).toBe(true);
    expect(diffModels(build(true, 4), build(false, 6)).layers).toMatchObject([
      {
        parameters: [{ name: 'ends', from: '[4]', to: '[6]' }],
        shapes: [{ name: 'y', from: 'float32[1, 4]', to: 'float32[1, 6]' }],
      },
    ]);
  });

  it('differ by what an input is connected to', () => {
    const build = (isCrossed: boolean) => {
      const builder = new NamedGraph();
      const x = builder.input('x', [1, 4, 8, 8]);
      const a = builder.conv('a', x, [4, 4]);
      const b = builder.conv('b', a, [4, 4]);
      const c = builder.conv('c', b, [4, 4]);
      return side(builder.model(builder.add('Concat', 'y', [c, isCrossed ? a : b], { attributes: { axis: 1 } })));
    };
    expect(diffModels(build(false), build(true)).layers).toMatchObject([
      { to: { name: 'y' }, inputs: [{ name: 'input 1', from: 'b', to: 'a' }], shapes: [] },
    ]);
  });

  it('differ in what they import and by whom they were made', () => {
    const a = network();
    const b: Model = {
      ...a,
      irVersion: 8,
      opsets: new Map([
        ['', 17],
        ['com.x', 1],
      ]),
      producer: { name: '', version: '' },
    };
    expect(diffModels(side(a), side(b)).facts).toEqual([
      { name: 'IR version', from: '10', to: '8' },
      { name: 'opset', from: '18', to: '17' },
      { name: 'opset of com.x', from: null, to: '1' },
      { name: 'producer', from: 'tests 1', to: null },
    ]);
  });
});
