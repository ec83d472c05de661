import { describe, expect, it } from 'vitest';
import { type Inference, infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { int64, Tensor } from '../../src/ir/tensor.js';
import { isLegal, legalSizes } from '../../src/solve/legal-sizes.js';
import { nearestSizes } from '../../src/solve/nearest.js';
import { GraphBuilder } from '../support/graph.js';

const [N, H, W, K] = ['N', 'H', 'W', 'K'].map((name) => symbol(name)) as [Sym, Sym, Sym, Sym];
type Sym = ReturnType<typeof symbol>;

function solve(graph: Graph) {
  const inference = infer(graph);
  const sizes = legalSizes(graph, inference);
  const sentences = sizes.symbols.map(({ name, text }) => `${name}: ${text}`);
  return { ...sizes, inference, sentences, related: sizes.relations.map(({ text, node }) => `${text} (${node.name})`) };
}

function weights(...dims: number[]): Tensor {
  return new Tensor('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
}

/** A U-Net without its convolutions: halved and doubled as often as there are levels, joined on the way up. */
function halvedAndDoubled(builder: GraphBuilder, x: Value, levels: number): Value {
  if (levels === 0) return x;
  const pool = builder.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
  const inner = halvedAndDoubled(builder, pool, levels - 1);
  const up = builder.add('ConvTranspose', [inner, builder.constant(weights(1, 1, 2, 2))], { strides: [2, 2] });
  return builder.add('Max', [x, up]);
}

function halvedAndDoubled1d(builder: GraphBuilder, x: Value): Value {
  const pool = builder.add('MaxPool', [x], { kernel_shape: [2], strides: [2] });
  const up = builder.add('ConvTranspose', [pool, builder.constant(weights(1, 1, 2))], { strides: [2] });
  return builder.add('Max', [x, up]);
}

describe('legal sizes', () => {
  it('of a U-Net are multiples of 2 to the number of levels, height and width apart', () => {
    const builder = new GraphBuilder();
    const { sentences, related, symbols } = solve(
      builder.graph(halvedAndDoubled(builder, builder.input('x', [N, 1, H, W]), 4)),
    );
    expect(sentences).toEqual(['N: any size', 'H: multiple of 16', 'W: multiple of 16']);
    expect(related).toEqual([]);
    expect(symbols[0]!.askedBy).toEqual([]);
    expect(symbols[1]!.askedBy.length).toBeGreaterThan(0);
  });

  it('that must be equal are told by one of them', () => {
    const builder = new GraphBuilder();
    const [x, y] = [builder.input('x', [N, 2, H]), builder.input('y', [K, 3, W])];
    const pool = builder.add('MaxPool', [x], { kernel_shape: [2], strides: [2] });
    const up = builder.add('ConvTranspose', [pool, builder.constant(weights(2, 2, 2))], { strides: [2] });
    const { sentences, related } = solve(builder.graph(builder.add('Concat', [up, y], { axis: 1 })));
    expect(sentences).toEqual(['N: any size', 'H: at least 2', 'K: = N', 'W: = 2*floor(H/2)']);
    expect(related).toEqual(['K = N (n2)', 'W = 2*floor(H/2) (n2)']);
  });

  it('of pixels that views move into channels are even, and -1 keeps the batch', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [N, 3, H, W]);
    const sizes = builder.add('Shape', [x]);
    const at = (i: number) => builder.add('Gather', [sizes, builder.constant(int64([1], [i]))]);
    const two = builder.constant(int64([1], [2]));
    const rest = builder.constant(int64([1], [-1]));
    const three = builder.constant(int64([1], [3]));
    const [h, w] = [at(2), at(3)].map((size) => builder.add('Div', [size, two])) as [Value, Value];
    const views = builder.add('Reshape', [x, builder.add('Concat', [rest, three, h, two, w, two], { axis: 0 })]);
    const { sentences, inference, related } = solve(builder.graph(views));
    expect(sentences).toEqual(['N: any size', 'H: even', 'W: even']);
    expect(related).toEqual([]);
    expect(String(inference.types.get(views)?.shape?.[0])).toBe('N');
  });

  it('that depend on one another keep their relation, with examples', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, H, W]);
    const flat = builder.add('Flatten', [x]);
    const { sentences, related } = solve(builder.graph(builder.add('Gemm', [flat, builder.constant(weights(6, 2))])));
    expect(sentences).toEqual(['H: H*W = 6', 'W: H*W = 6']);
    expect(related).toEqual([expect.stringContaining('(H, W) = (1, 6), (2, 3), (3, 2), (6, 1)')]);
  });

  it('of symbols that only a third one joins are tried together too', () => {
    const builder = new GraphBuilder();
    const [x, y] = [builder.input('x', [H, W]), builder.input('y', [K])];
    const flat = builder.add('Reshape', [x, builder.constant(int64([1], [-1]))]);
    const { sentences, related } = solve(
      builder.graph(
        builder.add(
          'Concat',
          [
            builder.add('Unsqueeze', [flat, builder.constant(int64([1], [0]))]),
            builder.add('Unsqueeze', [y, builder.constant(int64([1], [0]))]),
          ],
          { axis: 0 },
        ),
      ),
    );
    expect(sentences).toEqual(['H: any size', 'W: any size', 'K: = H*W']);
    expect(related).toEqual(['K = H*W (n3)']);
  });

  it('of a broadcast are its relation, beside what each asks for alone', () => {
    const builder = new GraphBuilder();
    const [x, y] = [builder.input('x', [N, 1, H]), builder.input('y', [K, 1, W])];
    const { sentences, related } = solve(builder.graph(builder.add('Add', [halvedAndDoubled1d(builder, x), y])));
    expect(sentences).toEqual([
      'N: N = K, or one of them 1',
      'H: even; H = W, or one of them 1',
      'K: N = K, or one of them 1',
      'W: H = W, or one of them 1',
    ]);
    expect(related).toHaveLength(2);
  });

  /** A graph that asks for two sizes to be equal: of lists that long, added. */
  function equated(left: (x: Value, b: GraphBuilder) => Value, right: (y: Value, b: GraphBuilder) => Value) {
    const builder = new GraphBuilder();
    const [x, y] = [builder.input('x', [1, H]), builder.input('y', [1, W])];
    return solve(builder.graph(builder.add('Concat', [left(x, builder), right(y, builder)], { axis: 0 })));
  }
  const times = (count: number, more: number) => (x: Value, builder: GraphBuilder) => {
    const rest = builder.constant(weights(1, more));
    return builder.add('Concat', [...new Array<Value>(count).fill(x), ...(more > 0 ? [rest] : [])], { axis: 1 });
  };

  it('of which multiples are equal are multiples themselves', () => {
    const { sentences, related } = equated(times(2, 0), times(3, 0));
    expect(sentences).toEqual(['H: multiple of 3', 'W: = floor((2*H)/3)']);
    expect(related).toEqual(['W = floor((2*H)/3) (n2)']);
  });

  it('do not exist where one side is even and the other one odd, which is proved, not tried', () => {
    const { sentences, symbols } = equated(times(2, 0), times(4, 1));
    expect(sentences[0]).toBe('H: no size');
    expect(symbols[0]?.blockedBy).toMatchObject({ kind: 'equal' });
    expect(symbols.map(({ undecided }) => undecided)).toEqual([undefined, undefined]);
  });

  it('of products that no sizes make are told not to exist', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, H, W]);
    const pooled = builder.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
    const both = builder.add('Concat', [builder.add('Flatten', [x]), builder.add('Flatten', [pooled])], { axis: 1 });
    const { sentences, symbols } = solve(builder.graph(builder.add('Gemm', [both, builder.constant(weights(4, 2))])));
    expect(sentences).toEqual(['H: no size', 'W: no size']);
    expect(symbols.map(({ undecided, triedUpTo }) => [undecided, triedUpTo])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('are those of single symbols where these make what relates them hold', () => {
    const builder = new GraphBuilder(18);
    const int = (...values: number[]) => builder.constant(int64([values.length], values));
    const x = builder.input('x', [N, 3, H, W]);
    const size = (axis: number) => builder.add('Gather', [builder.add('Shape', [x]), int(axis)]);
    // How many windows of 4 there are: asked for by a division, before pooling asks for whole ones.
    const count = builder.add('Div', [builder.add('Mul', [size(2), size(3)]), int(16)]);
    const rest = builder.add('Div', [int(60), count]);
    const whole = builder.add('SpaceToDepth', [x], { blocksize: 4 });
    const { sentences, related } = solve(builder.graph(rest, whole));
    expect(sentences).toEqual(['N: any size', 'H: multiple of 4', 'W: multiple of 4']);
    expect(related).toEqual([]);
  });

  it('are above 0 where integers are divided by them, and where -1 is what they leave', () => {
    const builder = new GraphBuilder(18);
    const int = (...values: number[]) => builder.constant(int64([values.length], values));
    const x = builder.input('x', [1, 3, H, W]);
    const later = builder.add('Slice', [x, int(2, 3), int(99, 99), int(2, 3)]);
    const height = builder.add('Gather', [builder.add('Shape', [later]), int(2)]);
    const y = builder.add('Div', [int(60), height]);
    const z = builder.add('Reshape', [
      later,
      builder.add('Concat', [int(-1), builder.add('Gather', [builder.add('Shape', [later]), int(3)])], { axis: 0 }),
    ]);
    expect(solve(builder.graph(y, z)).sentences).toEqual(['H: at least 3', 'W: at least 4']);
  });

  it('that only a run knows on both sides are said not to be decided', () => {
    const builder = new GraphBuilder();
    const [x, y] = [builder.input('x', [8]), builder.input('y', [9])];
    const [a, b] = [x, y].map((value) => builder.add('Transpose', [builder.add('NonZero', [value])])) as [Value, Value];
    const { undecidedByData, sentences } = solve(builder.graph(builder.add('Concat', [a, b], { axis: 1 })));
    expect(sentences).toEqual([]);
    expect(undecidedByData).toMatch(/^sizes at axis 0 at .*depend on data$/);
  });

  it('behind an operator that is not known are said not to be decided', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [N, 1, H, W]);
    const unknown = builder.add('Fold', [halvedAndDoubled(builder, x, 1)]);
    const { sentences, symbols } = solve(builder.graph(unknown));
    expect(sentences).toEqual([
      expect.stringMatching(/^N: not decided: nothing is known of .*n3/),
      expect.stringMatching(/^H: even; more is not decided: nothing is known of .*n3/),
      expect.stringMatching(/^W: even; more is not decided: nothing is known of .*n3/),
    ]);
    expect(symbols.map(({ undecided }) => undecided === undefined)).toEqual([false, false, false]);
  });

  it('are open where data decides, and that is told apart', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [H]);
    const places = builder.add('NonZero', [x]);
    const count = builder.add('Squeeze', [places, builder.constant(int64([1], [0]))]);
    const { sentences, undecided } = solve(
      builder.graph(builder.add('MatMul', [builder.add('Cast', [count], { to: 1 }), x])),
    );
    expect(sentences).toEqual(['H: not decided: inner sizes of A and B at n3 depend on data']);
    expect(undecided).toHaveLength(1);
  });

  it('may not exist: the requirement that leaves none is named, with a size that is legal before it', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, H]);
    const [pool2, pool3] = [2, 3].map((size) => builder.add('MaxPool', [x], { kernel_shape: [size], strides: [2] }));
    const even = builder.add('ConvTranspose', [pool2, builder.constant(weights(1, 1, 2))], { strides: [2] });
    const odd = builder.add('ConvTranspose', [pool3, builder.constant(weights(1, 1, 3))], { strides: [2] });
    const joined = [even, odd].map((up) => builder.add('Concat', [x, up], { axis: 1 }));
    const { sentences, symbols } = solve(builder.graph(...joined));
    expect(sentences).toEqual(['H: no size']);
    expect(symbols[0]!.blockedBy).toMatchObject({ kind: 'equal', node: { name: 'n5' } });
    expect(symbols[0]!.example).toBe(64);
  });
});

describe('a verdict on sizes', () => {
  const builder = new GraphBuilder();
  const inference: Inference = infer(builder.graph(halvedAndDoubled(builder, builder.input('x', [1, 1, H, W]), 2)));
  const at = (sizes: Record<string, number>) => isLegal(inference, new Map(Object.entries(sizes)));

  it('is given once all sizes are, and before where one alone decides', () => {
    expect(at({ H: 8, W: 4 })).toBe(true);
    expect(at({ H: 8, W: 6 })).toBe(false);
    expect(at({ H: 6 })).toBe(false);
    expect(at({ H: 8 })).toBeUndefined();
  });

  it('names the nearest sizes of what is not legal, and of nothing else', () => {
    const near = (sizes: Record<string, number>) => nearestSizes(inference, new Map(Object.entries(sizes)));
    expect(near({ H: 10, W: 8 })).toEqual([{ symbol: 'H', size: 10, below: 8, above: 12 }]);
    expect(near({ H: 2, W: 7 })).toEqual([
      { symbol: 'H', size: 2, below: undefined, above: 4 },
      { symbol: 'W', size: 7, below: 4, above: 8 },
    ]);
    expect(near({ H: 8, W: 4 })).toEqual([]);
  });

  it('looks at the other sizes as they are', () => {
    const joined = new GraphBuilder();
    const [x, y] = [joined.input('x', [1, 2, H]), joined.input('y', [1, 2, W])];
    const equal = infer(joined.graph(joined.add('Concat', [x, y], { axis: 1 })));
    expect(
      nearestSizes(
        equal,
        new Map([
          ['H', 5],
          ['W', 7],
        ]),
      ),
    ).toEqual([
      { symbol: 'H', size: 5, below: undefined, above: 7 },
      { symbol: 'W', size: 7, below: 5, above: undefined },
    ]);
  });
});
