/** Shapes, sizes, pads and bounds of which some elements come from data: the others are kept. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { symbol } from '../../../src/ir/dim.js';
import type { Value } from '../../../src/ir/graph.js';
import { float32, int64 } from '../../../src/ir/tensor.js';
import { GraphBuilder } from '../../support/graph.js';
import type { AttributeInput } from '../../support/run-operator.js';

const N = symbol('N');
const H = symbol('H');

/** An integer from data, k, and the lists [known…, k…] that are made of it. */
function withData(make: (builder: GraphBuilder, list: (...items: readonly (number | 'k' | 'm')[]) => Value) => Value) {
  const builder = new GraphBuilder();
  const from = { k: builder.input('k', [1], 'int64'), m: builder.input('m', [1], 'int64') };
  const y = make(builder, (...items) =>
    builder.add(
      'Concat',
      items.map((item) => (typeof item === 'number' ? builder.constant(int64([1], [item])) : from[item])),
      { axis: 0 },
    ),
  );
  const { types, diagnostics } = infer(builder.graph(y));
  expect(diagnostics).toEqual([]);
  const shape = types
    .get(y)
    ?.shape?.map(String)
    .map((dim) => (dim.startsWith('?') ? '?' : dim));
  return { shape: shape?.join(' '), sizes: types.get(y)?.shape };
}

describe('a list of which elements are known', () => {
  it('is the shape of ConstantOfShape, with one size for equal elements', () => {
    const { shape, sizes } = withData((builder, list) => builder.add('ConstantOfShape', [list(1, 3, 'k', 'k')]));
    expect(shape).toBe('1 3 ? ?');
    expect(sizes?.[2]).toBe(sizes?.[3]);
  });

  it('is the same size at each node that reads it', () => {
    const { sizes } = withData((builder, list) => {
      const [a, b] = [1, 2].map((c) => builder.add('ConstantOfShape', [list(1, c, 'k', 4)]));
      return builder.add('Concat', [a, b], { axis: 1 });
    });
    expect(sizes?.slice(0, 2)).toEqual([1, 3]);
    expect(String(sizes?.[2])).toMatch(/^\?\d+$/);
  });

  it.each<
    [string, string, (builder: GraphBuilder, x: Value, list: Parameters<Parameters<typeof withData>[0]>[1]) => Value]
  >([
    ['Resize', '1 3 ? 12', (b, x, list) => b.add('Resize', [x, undefined, undefined, list(1, 3, 'k', 12)])],
    ['Reshape', 'N ? 5 ?', (b, x, list) => b.add('Reshape', [x, list(0, 'k', 5, 'm')])],
    ['Reshape with -1', '? 7 ?', (b, x, list) => b.add('Reshape', [x, list(-1, 7, 'k')])],
    ['Reshape, one element open', 'N 3*H 8', (b, x, list) => b.add('Reshape', [x, list(0, 'k', 8)])],
    ['Expand', 'N 3 ? 8', (b, x, list) => b.add('Expand', [x, list(1, 'm', 'k', 'k')])],
    ['Expand to more axes', '2 N 3 ? 8', (b, x, list) => b.add('Expand', [x, list(2, 1, 1, 'k', 'm')])],
    ['Tile', '2*N 3 ? 8', (b, x, list) => b.add('Tile', [x, list(2, 1, 'k', 1)])],
    ['Pad', 'N 3 H + 2 ?', (b, x, list) => b.add('Pad', [x, list(0, 0, 1, 'k', 0, 0, 1, 0)])],
    ['Slice', 'N 3 ? 2', (b, x, list) => b.add('Slice', [x, list('k', 1), list(5, 3), list(2, 3)])],
    ['CenterCropPad', 'N 3 ? 5', (b, x, list) => b.add('CenterCropPad', [x, list('k', 5)], { axes: [2, 3] })],
  ])('%s keeps the others: %s', (_, expected, make) => {
    const { shape } = withData((builder, list) => make(builder, builder.input('x', [N, 3, H, 8]), list));
    expect(shape).toBe(expected);
  });

  it('is the output shape of MaxUnpool, whose batch and channels are those of the data', () => {
    const { shape } = withData((builder, list) => {
      const attributes: Record<string, AttributeInput> = { kernel_shape: [2, 2], strides: [2, 2] };
      const x = builder.input('x', [N, 3, H, 8]);
      const indices = builder.input('i', [N, 3, H, 8], 'int64');
      return builder.add('MaxUnpool', [x, indices, list('k', 3, 'm', 17)], attributes);
    });
    expect(shape).toBe('N 3 ? 17');
  });

  it('may be the scales of a Resize', () => {
    const { shape } = withData((builder) => {
      const x = builder.input('x', [N, 3, H, 8]);
      const scale = builder.input('s', [1], 'float32');
      const scales = builder.add('Concat', [builder.constant(float32([3], [1, 1, 2])), scale], { axis: 0 });
      return builder.add('Resize', [x, undefined, scales]);
    });
    expect(shape).toBe('N 3 2*H ?');
  });

  it('stays known through what exporters do to pads and to expanded shapes', () => {
    const pads = withData((builder, list) => {
      const ends = [int64([1], [-1]), int64([1], [-100]), int64([1], [0]), int64([1], [-1])];
      const pairs = builder.add('Reshape', [list(0, 'k', 0, 1, 0, 0, 0, 0), builder.constant(int64([2], [-1, 2]))]);
      const turned = builder.add('Slice', [pairs, ...ends.map((tensor) => builder.constant(tensor))]);
      const flat = builder.add('Reshape', [
        builder.add('Transpose', [turned], { perm: [1, 0] }),
        builder.constant(int64([1], [-1])),
      ]);
      return builder.add('Pad', [builder.input('x', [N, 3, H, 8]), flat]);
    });
    expect(pads.shape).toBe('N 3 H + 1 ?');
    const expanded = withData((builder, list) => {
      const target = list(2, 3, 'k', 'm');
      const ones = builder.constant(int64([4], [1, 1, 1, 1]));
      const isOpen = builder.add('Equal', [target, builder.constant(int64([4], [-1, -1, -1, -1]))]);
      return builder.add('Expand', [builder.input('x', [1, 1, 1]), builder.add('Where', [isOpen, ones, target])]);
    });
    expect(expanded.shape).toBe('2 3 ? ?');
  });

  it('does not hold what arithmetic of floats or a product with zero makes of the unknown', () => {
    const { shape } = withData((builder, list) => {
      const zeros = builder.add('Mul', [list(4, 'k'), builder.constant(int64([2], [1, 0]))]);
      return builder.add('ConstantOfShape', [zeros]);
    });
    expect(shape).toBe('4 0');
    const halved = withData((builder, list) => {
      const floats = builder.add('Cast', [list(4, 'k')], { to: 1 });
      return builder.add('ConstantOfShape', [builder.add('Cast', [builder.add('Floor', [floats])], { to: 7 })]);
    });
    expect(halved.shape).toBe('4 ?');
  });

  it('fails where what is known cannot be', () => {
    const builder = new GraphBuilder();
    const k = builder.input('k', [1], 'int64');
    const target = builder.add('Concat', [builder.constant(int64([2], [-1, -1])), k], { axis: 0 });
    const y = builder.add('Reshape', [builder.input('x', [N, 4]), target]);
    expect(infer(builder.graph(y)).diagnostics.map(({ code }) => code)).toEqual(['US1206']);
  });
});
