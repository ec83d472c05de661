/** Where decoders begin, on networks of every kind, small and written by hand. */
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import type { Model, Value } from '../../../src/ir/graph.js';
import { elementCount, int64, Tensor } from '../../../src/ir/tensor.js';
import { findDecoder } from '../../../src/runtime/stages.js';
import { Layers } from '../../support/layers.js';

const [N, H, W] = [symbol('N'), symbol('H'), symbol('W')];
const picture = [N, 3, H, W];

function names(values: readonly Value[]): string[] {
  return values.map(({ name }) => name);
}

function zeros(dims: readonly number[]): Tensor {
  return new Tensor('float32', dims, new Float32Array(elementCount(dims)));
}

/** The first candidate's bottleneck and skips. */
function firstCut(model: Model): {
  kind: string;
  bottleneck: string | undefined;
  skips: readonly string[] | undefined;
} {
  const { kind, candidates } = findDecoder(model);
  return { kind, bottleneck: candidates[0]?.bottleneck, skips: candidates[0]?.skips };
}

function expectCut(model: Model, bottleneck: Value, skips: readonly Value[]): void {
  expect(firstCut(model)).toEqual({ kind: 'encoder-decoder', bottleneck: bottleneck.name, skips: names(skips) });
}

describe('networks with a bottleneck', () => {
  it('of the U-Net kind are cut before the first upsampling, with their skips after their Relu', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 4);
    const b = net.conv(net.pool(a), 8);
    const c = net.conv(net.pool(b), 16);
    const d = net.conv(net.concat(net.up(c, 8), b), 8);
    const e = net.conv(net.concat(net.up(d, 4), a), 4);
    const model = net.model(net.bareConv(e, 2));
    expectCut(model, c, [a, b]);
    const [candidate, ...others] = findDecoder(model).candidates;
    expect(others).toEqual([]);
    expect(candidate).toMatchObject({
      from: names([c, a, b]),
      inputs: { encoder: ['image'], decoder: [] },
      outputs: { encoder: [] },
      isCertain: true,
      depth: 0,
    });
    expect(candidate!.crossing.map(({ scale }) => scale)).toEqual(['1/4', '1', '1/2']);
    expect(candidate!.crossing.map(({ role }) => role)).toEqual(['bottleneck', 'skip', 'skip']);
    expect(String(candidate!.bytes)).toBe('64*N*floor(H/4)*floor(W/4) + 32*N*floor(H/2)*floor(W/2) + 16*N*H*W');
    const { encoder, decoder } = candidate!;
    expect(encoder!.parameters).toBe(9 * (3 * 4 + 4 * 8 + 8 * 16));
    expect(decoder.parameters).toBe(4 * (16 * 8 + 8 * 4) + 9 * (16 * 8 + 8 * 4 + 4 * 2));
    expect(encoder!.nodes + decoder.nodes).toBe(model.graph.nodes.length);
  });

  it('that add their skips are cut likewise', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 4);
    const b = net.conv(a, 8, 2);
    const c = net.conv(b, 16, 2);
    const d = net.sum(net.up(c, 8), b);
    const e = net.sum(net.up(d, 4), a);
    expectCut(net.model(net.bareConv(e, 1)), c, [a, b]);
  });

  it('with attention gates: what a gate makes of a skip is the decoder’s', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 4);
    const b = net.conv(a, 8, 2);
    const up = net.up(b, 4);
    const gate = net.unary('Sigmoid', net.bareConv(net.sum(net.bareConv(up, 2), net.bareConv(a, 2)), 1));
    const model = net.model(net.conv(net.concat(net.product(a, gate), up), 2));
    expectCut(model, b, [a]);
  });

  it('of the SegNet kind hand on the places of maxima', () => {
    const net = new Layers();
    const [p, i] = net.poolWithIndices(net.conv(net.input('image', picture, 3), 4));
    const [q, j] = net.poolWithIndices(net.conv(p, 8));
    const d = net.conv(net.unpool(q, j), 4);
    const model = net.model(net.bareConv(net.unpool(d, i), 2));
    expectCut(model, q, [i, j]);
    expect(findDecoder(model).candidates[0]!.crossing.map(({ elementType }) => elementType)).toEqual([
      'float32',
      'int64',
      'int64',
    ]);
  });

  it('without skips are cut once', () => {
    const net = new Layers();
    const b = net.conv(net.conv(net.input('image', picture, 3), 8, 2), 16, 2);
    const c = net.sum(net.bareConv(net.conv(b, 16), 16), b);
    expectCut(net.model(net.up(net.up(c, 8), 3)), c, []);
  });

  it('in one and in three dimensions', () => {
    for (const rank of [1, 3]) {
      const net = new Layers(rank);
      const sizes = ['A', 'B', 'C'].slice(0, rank).map((name) => symbol(name));
      const a = net.conv(net.input('x', [1, 1, ...sizes], 1), 4);
      const b = net.conv(net.pool(a), 8);
      expectCut(net.model(net.bareConv(net.concat(a, net.up(b, 4)), 1)), b, [a]);
    }
  });

  it('nested densely, as U-Net++: every level crosses, and all that grows is the decoder’s', () => {
    const net = new Layers();
    const a0 = net.conv(net.input('image', picture, 3), 4);
    const b0 = net.conv(net.pool(a0), 8);
    const c0 = net.conv(net.pool(b0), 16);
    const a1 = net.conv(net.concat(a0, net.resize(b0)), 4);
    const b1 = net.conv(net.concat(b0, net.resize(c0)), 8);
    const a2 = net.conv(net.concat(a0, a1, net.resize(b1)), 4);
    expectCut(net.model(net.bareConv(a2, 1)), c0, [a0, b0]);
  });

  it('with skips from every level to every level, as U-Net 3+', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 4);
    const b = net.conv(net.pool(a), 8);
    const c = net.conv(net.pool(b), 16);
    const narrow = net.conv(b, 4);
    const d = net.conv(net.concat(net.conv(net.pool(a), 4), narrow, net.conv(net.resize(c), 4)), 12);
    const e = net.conv(net.concat(net.conv(a, 4), net.conv(net.resize(d), 4), net.conv(net.resize(c, 4), 4)), 12);
    expectCut(net.model(net.bareConv(e, 1)), c, [a, narrow]);
  });

  it('down to a single pixel', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', [1, 3, 8, 8], 3), 8, 2);
    const b = net.conv(a, 8, 2);
    const c = net.conv(b, 8, 2);
    const d = net.concat(net.up(c, 8), b);
    expectCut(net.model(net.up(net.concat(net.up(d, 8), a), 3)), c, [a, b]);
  });

  it('that a text conditions: its embedding is an input of both halves', () => {
    const net = new Layers();
    const image = net.input('image', picture, 3);
    const text = net.input('text', [N, 8], 8);
    const t = net.input('t', [N, 8], 8);
    const time = net.unary('Relu', net.linear(net.unary('Relu', net.linear(t, 8)), 8));
    const conditioned = (x: Value) => {
      const vector = net.sum(net.linear(time, 8), net.linear(text, 8));
      return net.conv(net.sum(x, net.reshape(vector, [-1, 8, 1, 1])), 8);
    };
    const a = conditioned(net.conv(image, 8));
    const b = conditioned(net.conv(net.pool(a), 8));
    const c = conditioned(net.conv(net.concat(net.up(b, 8), a), 8));
    const d = conditioned(conditioned(c));
    expectCut(net.model(net.bareConv(d, 3)), b, [time, a]);
    expect(findDecoder(net.model(net.bareConv(d, 3))).candidates[0]!.inputs).toEqual({
      encoder: ['image', 'text', 't'],
      decoder: ['text'],
    });
  });

  it('matting video: what recurs comes in at the decoder, and a refiner after grows once more', () => {
    const net = new Layers();
    const image = net.input('src', [1, 3, 64, 64], 3);
    const state = net.input('r1', [1, 8, 16, 16], 8);
    const small = net.resize(image, 0.5);
    const a = net.conv(small, 8, 2);
    const b = net.conv(a, 16, 2);
    const up = net.conv(net.concat(net.resize(b), a), 8);
    const next = net.unary('Tanh', net.bareConv(net.concat(up, state), 8));
    const half = net.conv(net.concat(net.resize(next), small), 8);
    const fine = net.conv(net.concat(net.resize(net.bareConv(half, 4)), image), 8);
    const model = net.model(net.bareConv(fine, 4), next);
    const [candidate] = findDecoder(model).candidates;
    expect(candidate).toMatchObject({
      bottleneck: b.name,
      inputs: { encoder: ['src'], decoder: ['src', 'r1'] },
      outputs: { encoder: [], decoder: names(model.graph.outputs) },
      isCertain: true,
    });
    expect(candidate!.skips).toEqual(names([small, a]));
  });

  it('of fixed sizes, with windows that take borders away', () => {
    const net = new Layers();
    const image = net.input('image', [1, 1, 68, 68], 1);
    const weights = net.builder.constant(zeros([4, 1, 5, 5]));
    const a = net.add('Conv', [image, weights], 4);
    const b = net.conv(net.pool(a), 8);
    const model = net.model(net.concat(net.up(b, 4), a));
    expectCut(model, b, [a]);
    // Of 68: 64 after a window of 5, then 32.
    expect(findDecoder(model).candidates[0]!.crossing.map(({ scale }) => scale)).toEqual(['1/2', '1']);
  });

  it('whose input is channels last', () => {
    const net = new Layers();
    const image = net.input('image', [1, H, W, 3], 3);
    const a = net.conv(net.transpose(image, [0, 3, 1, 2]), 4);
    const b = net.conv(a, 8, 2);
    const c = net.concat(net.up(b, 4), a);
    expectCut(net.model(net.transpose(net.bareConv(c, 1), [0, 2, 3, 1])), b, [a]);
  });

  it('that shuffle pixels by reshaping', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', [1, 3, 32, 32], 3), 8, 2);
    const b = net.bareConv(a, 16);
    const apart = net.reshape(b, [1, 4, 2, 2, 16, 16]);
    const shuffled = net.reshape(net.transpose(apart, [0, 1, 4, 2, 5, 3]), [1, 4, 32, 32]);
    expectCut(net.model(net.conv(shuffled, 3)), b, []);
  });

  it('with attention over pixels at the bottom', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', [1, 3, 32, 32], 3), 4);
    const b = net.conv(a, 8, 4);
    const tokens = net.transpose(net.reshape(b, [1, 8, 64]), [0, 2, 1]);
    const weights = () => net.builder.constant(zeros([8, 8]));
    const [q, k, v] = [weights(), weights(), weights()].map((w) => net.add('MatMul', [tokens, w], 8)) as Value[];
    const scores = net.unary('Softmax', net.add('MatMul', [q, net.transpose(k!, [0, 2, 1])], 64));
    const mixed = net.transpose(net.add('MatMul', [scores, v], 8), [0, 2, 1]);
    const bottom = net.sum(net.reshape(mixed, [1, 8, 8, 8]), b);
    expectCut(net.model(net.concat(net.up(bottom, 4, 4), a)), bottom, [a]);
  });

  it('crops belong to the decoder, and sizes are read off what crosses', () => {
    const net = new Layers();
    const { builder } = net;
    const a = net.conv(net.input('image', [N, 3, H, W], 3), 4);
    const b = net.conv(net.pool(a), 8);
    const up = net.up(b, 4);
    const size = builder.add('Slice', [builder.add('Shape', [up]), ...ints([2], [4])]);
    const cropped = net.add('Slice', [a, ...ints([0, 0]), size, ...ints([2, 3])], 4);
    expectCut(net.model(net.concat(up, cropped)), b, [a]);

    function ints(...lists: number[][]): Value[] {
      return lists.map((list) => builder.constant(int64([list.length], list)));
    }
  });

  it('sizes that nothing else tells cross as numbers', () => {
    const net = new Layers();
    const { builder } = net;
    const image = net.input('image', [1, 3, H, W], 3);
    const b = net.conv(image, 8, 2);
    const weights = net.bareConv(net.up(b, 4), 3);
    const shape = builder.add('Shape', [image]);
    const model = net.model(net.add('Resize', [weights, undefined, undefined, shape], 3));
    const [candidate] = findDecoder(model).candidates;
    expect(candidate!.crossing.map(({ name, role }) => [name, role])).toEqual([
      [b.name, 'bottleneck'],
      [shape.name, 'sizes'],
    ]);
    expect(candidate!.reasons.join('\n')).toContain('sizes cross as numbers');
  });
});

describe('codes', () => {
  /** With what turns the last vector into a picture. */
  function autoencoder(
    code: (net: Layers, hidden: Value) => { readonly z: Value; readonly outputs: readonly Value[] },
  ) {
    const net = new Layers();
    const image = net.input('image', [N, 1, 16, 16], 1);
    const hidden = net.flatten(net.conv(net.conv(image, 8, 2), 16, 2), 256);
    const { z, outputs } = code(net, hidden);
    const spread = net.reshape(net.unary('Relu', net.linear(z, 256)), [-1, 16, 4, 4]);
    const model = net.model(net.up(net.up(spread, 8), 1), ...outputs);
    return { model, z };
  }

  it('a VAE’s decoder begins at the sample; mean and variance are the encoder’s outputs, the noise its input', () => {
    const { model, z } = autoencoder((net, hidden) => {
      const mu = net.linear(hidden, 4);
      const logvar = net.linear(hidden, 4);
      const noise = net.input('eps', [N, 4], 4);
      return { z: net.sum(mu, net.product(net.unary('Exp', logvar), noise)), outputs: [mu, logvar] };
    });
    expectCut(model, z, []);
    const [candidate] = findDecoder(model).candidates;
    const [, mu, logvar] = names(model.graph.outputs);
    expect(candidate).toMatchObject({
      inputs: { encoder: ['image', 'eps'], decoder: [] },
      outputs: { encoder: [mu, logvar] },
      crossing: [{ scale: 'one vector' }],
    });
    expect(candidate!.reasons.join('\n')).toContain('64 times narrower');
  });

  it('one that draws its noise', () => {
    const { model, z } = autoencoder((net, hidden) => {
      const mu = net.linear(hidden, 4);
      return { z: net.sum(mu, net.add('RandomNormalLike', [mu], 4)), outputs: [mu] };
    });
    expectCut(model, z, []);
  });

  it('one that takes the mean', () => {
    const { model, z } = autoencoder((net, hidden) => ({ z: net.linear(hidden, 4), outputs: [] }));
    expectCut(model, z, []);
  });

  it('of few channels on a grid, with layers after it that spread them', () => {
    const net = new Layers();
    const a = net.conv(net.conv(net.input('image', picture, 3), 16, 2), 32, 2);
    const z = net.bareConv(a, 4);
    const b = net.conv(net.bareConv(z, 32), 32);
    expectCut(net.model(net.up(net.up(b, 16), 3)), z, []);
  });

  it('that are looked up in a codebook', () => {
    const net = new Layers();
    const a = net.conv(net.conv(net.input('image', [1, 3, 32, 32], 3), 16, 2), 32, 2);
    const z = net.bareConv(a, 4, 1, 1);
    const rows = net.reshape(net.transpose(z, [0, 2, 3, 1]), [64, 4]);
    const codebook = net.builder.constant(zeros([4, 16]));
    const index = net.add('ArgMin', [net.add('MatMul', [rows, codebook], 16)], 1, { axis: 1, keepdims: 0 });
    const found = net.add('Gather', [net.builder.constant(zeros([16, 4])), index], 4, { axis: 0 });
    const grid = net.transpose(net.reshape(found, [1, 8, 8, 4]), [0, 3, 1, 2]);
    const b = net.conv(net.bareConv(grid, 32), 32);
    const { kind, candidates } = findDecoder(net.model(net.up(net.up(b, 16), 3)));
    expect(kind).toBe('encoder-decoder');
    expect(names([index, found, grid])).toContain(candidates[0]!.bottleneck);
    expect(candidates[0]!.skips).toEqual([]);
  });

  it('the first convolution after a pooling is none', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 16);
    const b = net.conv(net.pool(net.conv(net.pool(a), 16)), 64);
    expectCut(net.model(net.up(net.up(b, 16), 3)), b, []);
  });
});

describe('networks without both halves', () => {
  function expectKind(model: Model, kind: string, reason: string): void {
    const findings = findDecoder(model);
    expect(findings.kind).toBe(kind);
    expect(findings.reasons.join('\n')).toContain(reason);
  }

  it('a generator is a decoder as a whole', () => {
    const net = new Layers();
    const first = net.up(net.input('z', [N, 64, 1, 1], 64), 32, 4);
    const model = net.model(net.unary('Tanh', net.up(net.conv(first, 16), 3)));
    expectKind(model, 'decoder', 'the model is a decoder as a whole');
    const [whole, ...others] = findDecoder(model).candidates;
    expect(whole).toMatchObject({
      bottleneck: 'z',
      crossing: [],
      from: ['z'],
      encoder: undefined,
      decoder: { nodes: model.graph.nodes.length },
    });
    expect(others).toEqual([]);
  });

  it('finds a decoder fed by several features, and a second candidate at the layers before its first growth', () => {
    const net = new Layers();
    const features = [16, 8, 4].map((size, i) => net.input(`f${i}`, [1, 8 << i, size, size], 8 << i));
    const a = net.conv(features[2]!, 32);
    const b = net.conv(net.concat(net.up(a, 16), features[1]!), 16);
    const model = net.model(net.bareConv(net.concat(net.up(b, 8), features[0]!), 1));
    expectKind(model, 'decoder', 'as a whole');
    expect(findDecoder(model).candidates.map(({ bottleneck, inputs }) => [bottleneck, inputs])).toEqual([
      ['f0', { encoder: [], decoder: ['f0', 'f1', 'f2'] }],
      [a.name, { encoder: ['f2'], decoder: ['f0', 'f1'] }],
    ]);
  });

  it('magnifying is decoding, with gates over the whole picture too', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 12);
    const gated = net.product(a, net.unary('Sigmoid', net.bareConv(net.globalPool(a), 12, 1, 1)));
    const bigger = net.add('DepthToSpace', [gated], 3, { blocksize: 2 });
    expectKind(net.model(bigger), 'decoder', 'nothing shrinks before DepthToSpace');
  });

  it('a classifier is an encoder', () => {
    const net = new Layers();
    const a = net.conv(net.pool(net.conv(net.input('image', [N, 3, 32, 32], 3), 8)), 16);
    expectKind(net.model(net.linear(net.flatten(net.globalPool(a), 16), 10)), 'encoder', 'only an encoder');
    expect(findDecoder(net.model(a)).candidates).toEqual([]);
  });

  it('so is one that fits the picture to itself first', () => {
    const net = new Layers();
    const image = net.resize(net.input('image', [N, 3, 32, 32], 3));
    const a = net.conv(net.conv(image, 8, 2), 16, 2);
    expectKind(net.model(net.linear(net.flatten(net.globalPool(a), 16), 10)), 'encoder', 'only an encoder');
  });

  it('pooling over the picture, given back to every pixel, is no decoder', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', [1, 3, 32, 32], 3), 8, 2);
    const context = net.resize(net.bareConv(net.globalPool(a), 8, 1, 1), 16);
    expectKind(net.model(net.conv(net.concat(a, context), 4)), 'encoder', 'only an encoder');
  });

  it('a network that keeps its grid is neither', () => {
    const net = new Layers();
    const image = net.input('image', picture, 3);
    const model = net.model(net.sum(net.bareConv(net.conv(net.conv(image, 8), 8), 3), image));
    expectKind(model, 'flat', 'nothing shrinks and nothing grows');
  });

  it('an input without a shape tells nothing', () => {
    const net = new Layers();
    const model = net.model(net.unary('Relu', net.builder.input('x', undefined)));
    expectKind(model, 'unknown', 'no input has a shape');
    expect(findDecoder(model).isCertain).toBe(false);
  });
});

describe('networks with several', () => {
  /** U²-Net's block: a U of its own with a residual around it. */
  function block(net: Layers, x: Value, channels: number) {
    const entry = net.conv(x, channels);
    const a = net.conv(entry, channels);
    const b = net.conv(net.pool(a), channels);
    const exit = net.sum(entry, net.conv(net.concat(net.resize(b), a), channels));
    return { entry, a, b, exit };
  }

  it('nested in residual blocks: the outermost first', () => {
    const net = new Layers();
    const first = block(net, net.input('image', picture, 3), 8);
    const middle = block(net, net.pool(first.exit), 8);
    const last = block(net, net.concat(net.resize(middle.exit), first.exit), 8);
    const model = net.model(net.bareConv(last.exit, 1));
    expectCut(model, middle.exit, [first.exit]);
    const { candidates } = findDecoder(model);
    expect(candidates.map(({ depth }) => depth)).toEqual([0, 1, 1, 1]);
    expect(new Set(candidates.slice(1).map(({ bottleneck }) => bottleneck))).toEqual(
      new Set(names([first.b, middle.b, last.b])),
    );
    expect(candidates[1]!.reasons.join('\n')).toContain('inside a block');
  });

  it('nested without blocks around them: the one that the heights beside lead down to', () => {
    const net = new Layers();
    const inner = (x: Value) => {
      const a = net.conv(x, 8);
      return net.conv(net.concat(net.up(net.conv(net.pool(a), 8), 8), a), 8);
    };
    const a = inner(net.input('image', picture, 3));
    const b = inner(net.pool(a));
    const c = net.conv(net.pool(b), 8);
    const d = inner(net.concat(net.up(c, 8), b));
    const model = net.model(inner(net.concat(net.up(d, 8), a)));
    expectCut(model, c, [a, b]);
  });

  it('stacked: all are listed, and that it is not certain is said', () => {
    const net = new Layers();
    const hourglass = (x: Value) => {
      const low = net.conv(net.pool(x), 8);
      return { x, low, out: net.sum(x, net.up(low, 8)) };
    };
    const one = hourglass(net.conv(net.input('image', picture, 3), 8, 2));
    const two = hourglass(net.conv(one.out, 8));
    const model = net.model(net.bareConv(two.out, 4));
    const { candidates, isCertain, reasons } = findDecoder(model);
    expect(isCertain).toBe(false);
    expect(candidates.map(({ bottleneck, skips }) => [bottleneck, skips])).toEqual([
      [two.low.name, names([two.x])],
      [one.low.name, names([one.x])],
    ]);
    expect(reasons.join('\n')).toContain('equally');
    expect(candidates[0]!.reasons.join('\n')).toContain(`'${one.low.name}' would do as well`);
    expect(candidates[1]!.reasons.join('\n')).toContain('shrinks again');
  });

  it('side outputs from every level grow from what crosses anyway', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 8);
    const b = net.conv(net.pool(a), 8);
    const c = net.conv(net.concat(net.up(b, 8), a), 8);
    const side = net.resize(net.bareConv(b, 1));
    expectCut(net.model(net.concat(net.bareConv(c, 1), side), side), b, [a]);
  });

  it('pyramids of features are cut where the backbone ends', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 8, 4);
    const b = net.conv(a, 16, 2);
    const c = net.conv(b, 32, 2);
    const [p, q, r] = [a, b, c].map((value) => net.bareConv(value, 64, 1, 1)) as [Value, Value, Value];
    const fused = net.concat(p, net.resize(q, 2), net.resize(r, 4));
    expectCut(net.model(net.bareConv(fused, 3)), c, [a, b]);
  });

  it('pooling over windows of several sizes is the decoder’s, where only magnifying follows', () => {
    const net = new Layers();
    const a = net.conv(net.conv(net.input('image', [1, 3, 64, 64], 3), 8, 2), 16, 2);
    const branches = [2, 4].map((factor) => net.resize(net.bareConv(net.pool(a, factor), 4, 1, 1), factor));
    const model = net.model(net.resize(net.bareConv(net.concat(a, ...branches), 3), 4));
    expectCut(model, a, []);
  });

  it('context of the whole picture is the decoder’s too, where only magnifying follows', () => {
    const net = new Layers();
    const a = net.conv(net.conv(net.input('image', [1, 3, 64, 64], 3), 8, 2), 16, 2);
    const wide = net.conv(a, 4);
    const whole = net.resize(net.bareConv(net.globalPool(a), 4, 1, 1), 16);
    const model = net.model(net.resize(net.bareConv(net.conv(net.concat(wide, whole), 8), 3), 4));
    expectCut(model, a, []);
  });

  it('in the manner of SAM: prompts come in beside the embedding', () => {
    const net = new Layers();
    const embedding = net.input('embedding', [1, 8, 16, 16], 8);
    const prompts = net.input('prompts', [1, symbol('P'), 8], 8);
    const tokens = net.transpose(net.reshape(embedding, [1, 8, 256]), [0, 2, 1]);
    const weights = () => net.builder.constant(zeros([8, 8]));
    const mix = (a: Value, b: Value) => {
      const [q, k, v] = [a, b, b].map((x) => net.add('MatMul', [x, weights()], 8)) as [Value, Value, Value];
      const scores = net.unary('Softmax', net.add('MatMul', [q, net.transpose(k, [0, 2, 1])], 8));
      return net.sum(a, net.add('MatMul', [scores, v], 8));
    };
    const asked = mix(prompts, tokens);
    const image = mix(tokens, asked);
    const grown = net.up(net.reshape(net.transpose(image, [0, 2, 1]), [1, 8, 16, 16]), 8);
    const masks = net.add('MatMul', [asked, net.reshape(grown, [1, 8, 1024])], 1024);
    const { kind, candidates } = findDecoder(net.model(masks));
    expect(kind).toBe('decoder');
    expect(candidates.map(({ from }) => from)).toEqual([['embedding', 'prompts'], names([image, asked])]);
  });

  it('a code and an input of the decoder’s own: what only it reads stays an input', () => {
    const net = new Layers();
    const a = net.conv(net.input('image', picture, 3), 8);
    const state = net.input('state', [N, 8, H, W], 8);
    const b = net.conv(net.pool(a), 8);
    const model = net.model(net.conv(net.concat(net.up(b, 8), a, net.conv(state, 8)), 3));
    expectCut(model, b, [a]);
    expect(findDecoder(model).candidates[0]!.inputs).toEqual({ encoder: ['image'], decoder: ['state'] });
  });
});
