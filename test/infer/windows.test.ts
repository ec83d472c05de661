/** Attention in windows, as exporters write it: the batch comes back out of products of sizes. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Value } from '../../src/ir/graph.js';
import { int64 } from '../../src/ir/tensor.js';
import { legalSizes } from '../../src/solve/legal-sizes.js';
import { GraphBuilder } from '../support/graph.js';

const side = 4;

class WindowBuilder extends GraphBuilder {
  int(...values: number[]): Value {
    return this.constant(int64([values.length], values));
  }

  size(x: Value, axis: number): Value {
    return this.add('Gather', [this.add('Shape', [x]), this.int(axis)]);
  }

  list(...items: Value[]): Value {
    return this.add('Concat', items, { axis: 0 });
  }

  by(op: 'Div' | 'Mul' | 'Add' | 'Mod', a: Value, b: Value | number): Value {
    return this.add(op, [a, typeof b === 'number' ? this.int(b) : b]);
  }
}

/** [n, h, w, 8] in windows of 4 × 4 and back, with the batch that `batchOf` computes of the number of windows. */
function windowed(
  batchOf: (builder: WindowBuilder, windows: Value, height: Value, width: Value) => Value,
  options: { readonly isEarly?: boolean; readonly isPadded?: boolean } = {},
) {
  const builder = new WindowBuilder();
  const x = builder.input(
    'x',
    ['n', 'h', 'w', 8].map((dim) => (typeof dim === 'string' ? symbol(dim) : dim)),
  );
  const [n, h, w] = [0, 1, 2].map((axis) => builder.size(x, axis)) as [Value, Value, Value];
  const missing = (size: Value) =>
    builder.by('Mod', builder.add('Sub', [builder.int(side), builder.by('Mod', size, side)]), side);
  const [below, right] = options.isPadded ? [missing(h), missing(w)] : [builder.int(0), builder.int(0)];
  const zero = builder.int(0);
  const padded = builder.add('Pad', [x, builder.list(zero, zero, zero, zero, zero, below, right, zero)]);
  const [high, wide] = [builder.by('Add', h, below), builder.by('Add', w, right)];
  const [down, across] = [builder.by('Div', high, side), builder.by('Div', wide, side)];
  const early = builder.by('Mul', builder.by('Mul', n, down), across);
  const batchAtFirst = options.isEarly ? batchOf(builder, early, high, wide) : undefined;
  const s = builder.int(side);
  const split = builder.add('Reshape', [padded, builder.list(n, down, s, across, s, builder.int(8))]);
  const ordered = builder.add('Transpose', [split], { perm: [0, 1, 3, 2, 4, 5] });
  const windows = builder.add('Reshape', [ordered, builder.int(-1, side * side, 8)]);
  const batch = batchAtFirst ?? batchOf(builder, builder.size(windows, 0), high, wide);
  const apart = builder.add('Reshape', [windows, builder.list(batch, down, across, s, s, builder.int(-1))]);
  const back = builder.add('Transpose', [apart], { perm: [0, 1, 3, 2, 4, 5] });
  const whole = builder.add('Reshape', [back, builder.list(batch, high, wide, builder.int(-1))]);
  const y = builder.add('Slice', [whole, builder.int(0, 0), builder.list(h, w), builder.int(1, 2)]);
  const graph = builder.graph(y);
  const inference = infer(graph);
  expect(inference.diagnostics).toEqual([]);
  const sizes = legalSizes(graph, inference);
  return { y: inference.types.get(y)?.shape?.join(' '), sizes: sizes.symbols.map(({ text }) => text), sizesOf: sizes };
}

const integers = (b: WindowBuilder, windows: Value, h: Value, w: Value) =>
  b.by('Div', windows, b.by('Div', b.by('Div', b.by('Mul', h, w), side), side));
const floats = (b: WindowBuilder, windows: Value, h: Value, w: Value) => {
  const float = (value: Value) => b.add('Cast', [value], { to: 1 });
  const area = b.add('Div', [float(b.by('Mul', h, w)), float(b.int(side))]);
  const count = b.add('Div', [area, float(b.int(side))]);
  return b.add('Cast', [b.add('Div', [float(windows), count])], { to: 7 });
};
const byCount = (b: WindowBuilder, windows: Value, h: Value, w: Value) =>
  b.by('Div', windows, b.by('Mul', b.by('Div', h, side), b.by('Div', w, side)));
const openBatch = (b: WindowBuilder) => b.int(-1);

describe('windows', () => {
  it.each([
    ['as an integer quotient', integers, {}],
    ['as a quotient of floats', floats, {}],
    ['by the number of windows', byCount, {}],
    ['as a quotient that is computed before the views', integers, { isEarly: true }],
    ['as a quotient of floats before the views', floats, { isEarly: true }],
  ])('of a multiple of four: the batch %s', (_, batchOf, options) => {
    const { y, sizes } = windowed(batchOf, options);
    expect(y).toBe('n h w 8');
    expect(sizes).toEqual(['any size', 'multiple of 4', 'multiple of 4']);
  });

  it.each([
    ['as an integer quotient', integers],
    ['as a quotient of floats', floats],
    ['by the number of windows', byCount],
  ])('of what is padded to a multiple of four: the batch %s', (_, batchOf) => {
    const { y, sizes } = windowed(batchOf, { isPadded: true });
    expect(y).toBe('n h w 8');
    expect(sizes).toEqual(['any size', 'any size', 'any size']);
  });

  it('is what -1 stands for where the last axis is given', () => {
    const builder = new WindowBuilder();
    const x = builder.input('x', [symbol('n'), symbol('h'), symbol('w'), 8]);
    const halves = [1, 2].map((axis) => builder.by('Div', builder.size(x, axis), 2)) as [Value, Value];
    const target = builder.list(openBatch(builder), halves[0], builder.int(2), halves[1], builder.int(2, 8));
    const y = builder.add('Reshape', [x, target]);
    const graph = builder.graph(y);
    const inference = infer(graph);
    expect(inference.types.get(y)?.shape?.[0]).toBe(symbol('n'));
    expect(legalSizes(graph, inference).symbols.map(({ text }) => text)).toEqual(['any size', 'even', 'even']);
  });
});

describe('a roll', () => {
  it.each([2, -2])('by %i keeps the size, also where it may be shorter', (by) => {
    const builder = new WindowBuilder();
    const x = builder.input('x', [1, symbol('h')]);
    const [size, shift] = [builder.size(x, 1), builder.int(by)];
    const at = builder.add('Mod', [shift, size]);
    const parts = [
      builder.add('Slice', [x, at, size, builder.int(1)]),
      builder.add('Slice', [x, builder.int(0), at, builder.int(1)]),
    ];
    const y = builder.add('Concat', parts, { axis: 1 });
    expect(infer(builder.graph(y)).types.get(y)?.shape).toEqual([1, symbol('h')]);
  });
});
