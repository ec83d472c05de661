/** Plans that compute with bytes against the references: to the bit, whatever the types, zero points and windows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../../src/ir/element-type.js';
import type { Value } from '../../../src/ir/graph.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, float32 } from '../../../src/ir/tensor.js';
import type { Precision } from '../../../src/plan/execution-plan.js';
import { GraphBuilder } from '../../support/graph.js';
import { compare, exact, integers, randomBits } from './integers.js';

const eightBits = fc.constantFrom<ElementType>('uint8', 'int8');
const precisions = fc.constantFrom<Precision>('strict', 'fast');

const geometry = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 21 }),
  outputs: fc.integer({ min: 1, max: 19 }),
  axes: fc.array(
    fc.record({
      input: fc.integer({ min: 3, max: 7 }),
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 2 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      pad: fc.integer({ min: 1, max: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  xType: eightBits,
  wType: eightBits,
  yType: eightBits,
  wZero: fc.constantFrom('none', 'small', 'any', 'channels'),
  seed: fc.nat(1000),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

class Builder extends GraphBuilder {
  constructor(private readonly g: Geometry) {
    super(22);
  }

  number(value: number): Value {
    return this.constant(float32([], [value]));
  }

  zero(type: ElementType, value: number): Value {
    return this.constant(tensorFromNumbers(type, [], [type === 'int8' ? value - 128 : value]));
  }

  weightZero(type: ElementType): Value {
    const { wZero, outputs, seed } = this.g;
    if (wZero === 'channels') return this.constant(integers(type, [outputs], seed + 5));
    const middle = type === 'uint8' ? 128 : 0;
    const value = { none: middle, small: middle + 3, any: middle + ((seed * 37) % 120) }[wZero];
    return this.constant(tensorFromNumbers(type, [], [value]));
  }

  /** A QLinearConv whose results spread over the range of their type. */
  convolution(x: Value, xType: ElementType, channels: number, yType: ElementType, spread: number, group = 1): Value {
    const { outputs, axes, wType, seed } = this.g;
    const dims = [outputs, channels / group, ...axes.map(({ kernel }) => kernel)];
    const biases = randomBits(outputs, seed + 7).map((bits) => bits - 2 ** 15);
    const scales = randomBits(outputs, seed + 8).map((bits) => 0.3 + bits / 2 ** 17);
    return this.add(
      'QLinearConv',
      [
        ...[x, this.number(0.51), this.zero(xType, 117)],
        ...[
          this.constant(integers(wType, dims, seed)),
          this.constant(float32([outputs], scales)),
          this.weightZero(wType),
        ],
        ...[this.number(spread), this.zero(yType, 121), this.constant(tensorFromNumbers('int32', [outputs], biases))],
      ],
      {
        strides: axes.map(({ stride }) => stride),
        dilations: axes.map(({ dilation }) => dilation),
        pads: [...axes.map(({ pad }) => pad), ...axes.map(({ pad }) => pad)],
        group,
      },
    );
  }
}

describe('a QLinearConv of bytes', () => {
  it('has the bits of its reference, from floats and to floats', () => {
    fc.assert(
      fc.property(geometry, precisions, (g, precision) => {
        const dims = [g.batch, g.channels, ...g.axes.map(({ input }) => input + 2)];
        const b = new Builder(g);
        const x = b.add('QuantizeLinear', [b.input('x', dims), b.number(0.51), b.zero(g.xType, 117)]);
        const y = b.convolution(x, g.xType, g.channels, g.yType, 90);
        const floats = b.add('DequantizeLinear', [y, b.number(90), b.zero(g.yType, 121)]);
        const feed = float32(
          dims,
          randomBits(elementCount(dims), g.seed).map((bits) => bits / 512 - 64),
        );
        const algorithms = compare(b.graph(floats, y), [feed], precision, exact, 'pairs');
        // Zero points of which each is for one output stay with float32 where weights less them are no bytes.
        if (g.wZero !== 'channels')
          expect(algorithms).toEqual(expect.arrayContaining([expect.stringMatching(/^bytes/)]));
      }),
      { numRuns: 15 },
    );
  });

  it('has them where each channel is by itself, between others', () => {
    fc.assert(
      fc.property(geometry, precisions, ({ axes, channels, ...rest }, precision) => {
        const plane = [axes[0]!, axes.at(-1)!];
        const g: Geometry = { ...rest, channels: rest.outputs, axes: plane };
        const dims = [g.batch, g.outputs, ...plane.map(({ input }) => input + 2)];
        const b = new Builder(g);
        const x = b.input('x', dims, g.xType);
        const first = b.convolution(x, g.xType, g.outputs, g.yType, 20, g.outputs);
        const floats = b.add('DequantizeLinear', [first, b.number(90), b.zero(g.yType, 121)]);
        const algorithms = compare(b.graph(floats), [integers(g.xType, dims, g.seed + 4)], precision, exact, 'pairs');
        if (g.wZero !== 'channels' && g.outputs > 1) expect(algorithms).toContain('bytes, depthwise');
      }),
      { numRuns: 8 },
    );
  });

  it('has them without the taps that lie in the padding', () => {
    fc.assert(
      fc.property(geometry, precisions, ({ axes, ...rest }, precision) => {
        const [dilation, input] = [axes[0]!.input, axes[0]!.input + (rest.seed % 3)];
        const axis = { ...axes[0]!, kernel: 3, stride: 1, dilation, pad: dilation };
        const g: Geometry = { ...rest, wZero: 'small', axes: [axis, axis] };
        const dims = [g.batch, g.channels, input, input];
        const b = new Builder(g);
        const y = b.convolution(b.input('x', dims, g.xType), g.xType, g.channels, g.yType, 90);
        const floats = b.add('DequantizeLinear', [y, b.number(90), b.zero(g.yType, 121)]);
        const algorithms = compare(b.graph(floats), [integers(g.xType, dims, g.seed + 4)], precision, exact, 'pairs');
        expect(algorithms).toContain(input === dilation ? 'bytes' : 'bytes, 9 subconvolutions');
      }),
      { numRuns: 5 },
    );
  });

  it("has them by Winograd's filtering, with results that are bytes and a tensor that is padded", () => {
    fc.assert(
      fc.property(geometry, precisions, ({ axes, channels, ...rest }, precision) => {
        const plane = [axes[0]!, axes.at(-1)!].map((axis) => ({ ...axis, kernel: 3, pad: 1, stride: 1, dilation: 1 }));
        const g: Geometry = { ...rest, channels: 13 + (channels % 4), outputs: 15, wZero: 'small', axes: plane };
        const dims = [g.batch, g.channels, ...plane.map(({ input }) => 8 - (input % 2))];
        const b = new Builder(g);
        const x = b.input('x', dims, g.xType);
        const first = b.convolution(x, g.xType, g.channels, g.yType, 90);
        const last = b.convolution(first, g.yType, g.outputs, 'uint8', 90);
        const graph = b.graph(b.add('DequantizeLinear', [last, b.number(0.3), b.zero('uint8', 121)]));
        const feed = integers(g.xType, dims, g.seed + 4);
        const algorithms = compare(graph, [feed], precision, exact, 'pairs');
        expect(algorithms.filter((name) => name === 'bytes, winograd F(4x4, 3x3)')).toHaveLength(2);
      }),
      { numRuns: 5 },
    );
  });

  it('has them between others, joined, pooled and changed element by element', () => {
    fc.assert(
      fc.property(geometry, precisions, ({ axes, ...rest }, precision) => {
        const plane = axes.length < 2 ? [axes[0]!, axes[0]!] : axes.slice(0, 2);
        const g: Geometry = {
          ...rest,
          axes: plane.map((axis) => ({ ...axis, kernel: 3, pad: 1, stride: 1, dilation: 1 })),
        };
        const dims = [g.batch, g.channels, ...plane.map(({ input }) => input)];
        const b = new Builder(g);
        const x = b.input('x', dims, g.xType);
        const [left, right] = [70, 75].map((spread) => b.convolution(x, g.xType, g.channels, g.yType, spread));
        const narrow = b.add('MaxPool', [left], { kernel_shape: [1, 2], strides: [1, 1], pads: [0, 0, 0, 1] });
        const small = b.add('MaxPool', [narrow], { kernel_shape: [1, 1], strides: [1, 1] });
        const joined = b.add('Concat', [small, right], { axis: 1 });
        const pooled = b.add('MaxPool', [joined], { kernel_shape: [2, 2], strides: [1, 1] });
        const bounded = b.add('Clip', [pooled, b.zero(g.yType, 100), b.zero(g.yType, 150)]);
        const last = b.convolution(bounded, g.yType, 2 * g.outputs, 'uint8', 90);
        const graph = b.graph(b.add('DequantizeLinear', [last, b.number(0.3), b.zero('uint8', 121)]));
        compare(graph, [integers(g.xType, dims, g.seed + 4)], precision, exact, 'pairs');
      }),
      { numRuns: 10 },
    );
  });
});

describe('what is between two quantized tensors', () => {
  const functions = fc.constantFrom(
    'Sigmoid',
    'HardSigmoid',
    'HardSwish',
    'Tanh',
    'Elu',
    'LeakyRelu',
    'Softplus',
    'Swish',
  );

  it('has the bits of its references: a table for functions of one, a pass for sums and products of two', () => {
    fc.assert(
      fc.property(geometry, precisions, functions, fc.constantFrom('Add', 'Mul'), (g, precision, name, joining) => {
        const { xType, yType } = g;
        const dims = [g.batch, g.channels, 3, 5];
        const plain = {
          ...g,
          wZero: 'none',
          axes: [3, 5].map((input) => ({ ...g.axes[0]!, input, kernel: 1, stride: 1, pad: 0 })),
        };
        const b = new Builder(plain as Geometry);
        const x = b.input('x', dims, xType);
        const first = b.convolution(x, xType, g.channels, yType, 90);
        const real = (value: Value, step: number) =>
          b.add('DequantizeLinear', [value, b.number(step), b.zero(yType, 121)]);
        const marked = (value: Value, step: number) =>
          b.add('QuantizeLinear', [value, b.number(step), b.zero(yType, 30)]);
        const argument = real(first, 0.037);
        const result =
          name === 'Swish' ? b.add('Mul', [argument, b.add('Sigmoid', [argument])]) : b.add(name, [argument]);
        const bent = marked(result, 0.0078);
        const joined = marked(b.add(joining, [real(first, 0.05), real(bent, 0.03)]), 0.09);
        const last = b.convolution(joined, yType, g.outputs, 'uint8', 90);
        const graph = b.graph(b.add('DequantizeLinear', [last, b.number(0.3), b.zero('uint8', 121)]));
        const algorithms = compare(graph, [integers(xType, dims, g.seed + 4)], precision, exact, 'pairs');
        expect(algorithms).toEqual(
          expect.arrayContaining([
            expect.stringMatching(/^table of bytes/),
            expect.stringMatching(/^elementwise on bytes/),
          ]),
        );
      }),
      { numRuns: 10 },
    );
  });
});

/** A transposed convolution of float32, as weights less a zero point for each output are no bytes, that Winograd's filtering suits. */
const ofFloats: Geometry = {
  ...{ batch: 1, channels: 3, outputs: 11, seed: 992, wZero: 'channels' },
  axes: [3, 6].map((input) => ({ input, kernel: 3, stride: 1, dilation: 1, pad: 1 })),
  ...{ xType: 'uint8', wType: 'uint8', yType: 'uint8' },
};

describe('what is dequantized', () => {
  it('is read as bytes by a sum that comes later, and is found in a table after a function', () => {
    fc.assert(
      fc.property(geometry, precisions, (g, precision) => {
        const { yType, outputs, xType, seed } = g;
        const axis = { ...g.axes[0]!, kernel: 1, stride: 1, pad: 0 };
        const b = new Builder({ ...g, wZero: 'none', axes: [axis, axis] } as Geometry);
        const dims = [g.batch, g.channels, 3, 5];
        const real = (value: Value, step: number) =>
          b.add('DequantizeLinear', [value, b.number(step), b.zero(yType, 121)]);
        const marked = (value: Value, step: number) =>
          b.add('QuantizeLinear', [value, b.number(step), b.zero(yType, 30)]);
        const first = b.convolution(b.input('x', dims, xType), xType, g.channels, yType, 90);
        const skip = real(first, 0.037);
        const second = b.convolution(first, yType, outputs, yType, 90);
        const sum = marked(b.add('Add', [real(second, 0.05), skip]), 0.06);
        const third = b.convolution(sum, yType, outputs, yType, 90);
        const argument = real(third, 0.03);
        const bent = marked(b.add('Mul', [argument, b.add('HardSigmoid', [argument])]), 0.02);
        const graph = b.graph(real(bent, 0.02));
        const algorithms = compare(graph, [integers(xType, dims, seed + 4)], precision, exact, 'pairs');
        expect(algorithms).toEqual(
          expect.arrayContaining(['elementwise on bytes, 3 nodes', 'table of bytes, 5 nodes']),
        );
        expect(algorithms).not.toContain('elementwise on bytes');
      }),
      { numRuns: 4 },
    );
  });
});

describe('a ConvTranspose of bytes less their zero points', () => {
  it('has the bits of its references, beside a skip that it is joined with, and resized', () => {
    fc.assert(
      fc.property(geometry, precisions, fc.boolean(), ({ axes, ...rest }, precision, hasBias) => {
        const g: Geometry = { ...rest, axes: axes.slice(0, 2) };
        const { batch, channels, outputs, xType, wType, yType, seed } = g;
        const dims = [batch, channels, ...g.axes.map(({ input }) => input)];
        const b = new Builder(g);
        const x = b.input('x', dims, xType);
        const [one, xZero] = [b.number(1), b.zero(xType, 117)];
        const isRow = g.wZero === 'channels';
        const ones = isRow ? b.constant(float32([outputs], new Array<number>(outputs).fill(1))) : one;
        const kernel = g.axes.map((axis) => axis.kernel + 1);
        const weights = b.constant(integers(wType, [channels, outputs, ...kernel], seed));
        const biases = randomBits(outputs, seed + 7).map((bits) => bits - 2 ** 15);
        const sums = b.add(
          'ConvTranspose',
          [
            b.add('DequantizeLinear', [x, one, xZero]),
            b.add('DequantizeLinear', [weights, ones, b.weightZero(wType)], { axis: 1 }),
            ...(hasBias ? [b.constant(float32([outputs], biases))] : []),
          ],
          { strides: g.axes.map(({ stride }) => stride), dilations: g.axes.map(({ dilation }) => dilation) },
        );
        const factors = randomBits(outputs, seed + 8).map((bits) => (0.3 + bits / 2 ** 17) / 400);
        const row = [outputs, ...kernel.map(() => 1)];
        const scaled = b.add('Mul', [sums, b.constant(float32(row, factors))]);
        const y = b.add('QuantizeLinear', [scaled, one, b.zero(yType, 121)]);
        const scales = b.constant(float32([kernel.length + 2], [1, 1, ...kernel.map(() => 2)]));
        const wide = b.add('Resize', [y, undefined, scales], { mode: 'nearest' });
        const twice = b.add('Concat', [y, y], { axis: 1 });
        const results = [wide, twice].map((value) =>
          b.add('DequantizeLinear', [value, b.number(0.3), b.zero(yType, 121)]),
        );
        const algorithms = compare(b.graph(...results), [integers(xType, dims, seed + 4)], precision, exact, 'pairs');
        // Outputs that no tap reaches, and weights that are no bytes, are left to float32.
        const isReached = g.axes.every((axis) => axis.stride <= axis.kernel + 1);
        if (!isRow && isReached && g.axes.every(({ stride, dilation }) => stride === 1 || dilation === 1))
          expect(algorithms).toEqual(
            expect.arrayContaining([expect.stringMatching(/^bytes/), expect.stringMatching(/^resample .* of bytes$/)]),
          );
      }),
      { numRuns: 15, examples: [[ofFloats, 'fast', true]] },
    );
  });
});

describe('a ConvInteger of bytes', () => {
  it('has the bits of its reference, with a range that is found as it runs', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const dims = [g.batch, g.channels, ...g.axes.map(({ input }) => input + 2)];
        const b = new Builder({ ...g, wZero: g.wZero === 'channels' ? 'any' : g.wZero });
        const [x, scale, zero] = b.addMany('DynamicQuantizeLinear', [b.input('x', dims)], 3);
        const weights = b.constant(
          integers(g.wType, [g.outputs, g.channels, ...g.axes.map(({ kernel }) => kernel)], g.seed),
        );
        const pads = g.axes.map(({ pad }) => pad);
        const sums = b.add('ConvInteger', [x, weights, zero, b.weightZero(g.wType)], {
          pads: [...pads, ...pads],
          strides: g.axes.map(({ stride }) => stride),
          dilations: g.axes.map(({ dilation }) => dilation),
        });
        const scaled = b.add('Mul', [b.add('Cast', [sums], { to: 1 }), b.add('Mul', [scale, b.number(0.0137)])]);
        const feed = float32(
          dims,
          randomBits(elementCount(dims), g.seed).map((bits) => bits / 2 ** 14 - 1.7),
        );
        const algorithms = compare(b.graph(b.add('Relu', [scaled])), [feed], 'strict', exact, 'pairs');
        expect(algorithms).toEqual(expect.arrayContaining([expect.stringMatching(/^bytes/)]));
      }),
      { numRuns: 10 },
    );
  });
});

describe('a DynamicQuantizeLinear', () => {
  it('takes the range that the layer before it has kept, also of what is joined', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom(1, 3), fc.constantFrom(8, 24), (seed, kernel, outputs) => {
        const b = new GraphBuilder(22);
        const number = (value: number) => b.constant(float32([], [value]));
        const layer = (x: Value, channels: number, size: number) => {
          const [bytes, scale, zero] = b.addMany('DynamicQuantizeLinear', [x], 3);
          const weights = b.constant(integers('int8', [outputs, channels, size, size], seed));
          const pad = (size - 1) / 2;
          const sums = b.add('ConvInteger', [bytes, weights, zero], { pads: [pad, pad, pad, pad] });
          const scaled = b.add('Mul', [b.add('Cast', [sums], { to: 1 }), b.add('Mul', [scale, number(0.0037)])]);
          return b.add('Add', [scaled, b.constant(float32([outputs, 1, 1], randomBits(outputs, seed)))]);
        };
        const dims = [1, 17, 5, 6];
        const first = layer(b.input('x', dims), 17, kernel);
        const second = layer(first, outputs, 3);
        const joined = layer(b.add('Concat', [b.add('Tanh', [first]), second], { axis: 1 }), 2 * outputs, 1);
        const feed = float32(
          dims,
          randomBits(elementCount(dims), seed).map((bits) => bits / 2 ** 14 - 1.7),
        );
        const algorithms = compare(b.graph(joined), [feed], 'strict', exact, 'pairs');
        // Only what no layer of bytes makes is looked through: the input, and the Tanh.
        expect(algorithms.filter((name) => name === 'range of runs')).toHaveLength(2);
      }),
      { numRuns: 5 },
    );
  });
});
