import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConvolutionParams,
  convolution,
  packedBiasSize,
  packWeights,
  panelsOf,
  smallNTile,
  type TileSize,
} from '../../../src/wasm/kernels/convolution.js';
import { binary, constant, input, leakyRelu, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { splitEvenly, type Tier } from '../../../src/wasm/kernels/kernel.js';
import { smallNScratch } from '../../../src/wasm/kernels/tile.js';
import { ModuleBuilder } from '../../../src/wasm/module.js';
import { packHalfWeights, packSmallNWeights, roundedWeights } from '../../support/pack-weights.js';
import { convolve } from './convolution-definition.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const tile = fc.constantFrom<TileSize>(
  { pixels: 6, columns: 16 },
  { pixels: 6, columns: 8 },
  { pixels: 5, columns: 8 },
  { pixels: 4, columns: 16 },
);

const unit = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  panels: fc.integer({ min: 1, max: 3 }),
  isTileFirst: fc.boolean(),
});

const geometry = fc.record({
  images: fc.integer({ min: 1, max: 2 }),
  groups: fc.integer({ min: 1, max: 3 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 40 })),
  columns: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 11, max: 37 })),
  height: fc.integer({ min: 1, max: 8 }),
  width: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 23 })),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
  dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  /** Rows and columns of taps that the packed weights have before and after those of the sum. */
  among: fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1), fc.nat(2)),
  inputPadding: fc.constantFrom(0, 3),
  outputPadding: fc.constantFrom(0, 1, 5, 8),
  bias: fc.boolean(),
  /** Where there are four columns at most. */
  mayBeSmallN: fc.boolean(),
  epilogue: fc.constantFrom('none', 'relu', 'residual', 'leaky residual', 'sigmoid with residual'),
  weights: fc.constantFrom('float32', 'float32', 'float16', 'bfloat16'),
  tile,
  unit,
  cuts: fc.array(fc.nat(40), { maxLength: 3 }),
  seed: fc.integer(),
});

/** A weight that no sum reads. */
const unread = 1e4;

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

function problem(g: Geometry, tier: Tier) {
  const isSmallN = g.mayBeSmallN && g.columns <= 4;
  const weightType = isSmallN ? 'float32' : g.weights;
  const tile = isSmallN ? smallNTile(g.columns) : g.tile;
  const [kh, kw] = g.kernel;
  const [sh, sw] = g.strides;
  const [dh, dw] = g.dilations;
  const inputHeight = (g.height - 1) * sh + (kh - 1) * dh + 1;
  const inputWidth = (g.width - 1) * sw + (kw - 1) * dw + 1;
  const pixel = g.groups * g.channels + g.inputPadding;
  const outPixel = g.groups * g.columns + g.outputPadding;
  const x = noise(g.images * inputHeight * inputWidth * pixel, g.seed);
  const exact = noise(g.groups * g.columns * kh * kw * g.channels, g.seed + 1);
  const w = weightType === 'float32' ? exact : roundedWeights(weightType, exact, unread);
  const bias = noise(g.groups * g.columns, g.seed + 2);
  const outputs = g.images * g.height * g.width * outPixel;
  // Tensors are read in whole vectors of columns: the last pixel's may reach over the end.
  const residual = noise(outputs + 16, g.seed + 3);
  const sumLength = kh * kw * g.channels;
  const [above, below, left, right] = isSmallN ? [0, 0, 0, 0] : g.among;
  const wide = left + kw + right;
  const terms = (above + kh + below) * wide * g.channels;
  /** Terms of other taps are not read: they would show. */
  const among = (weightAt: (k: number, column: number) => number) => (term: number, column: number) => {
    const tap = Math.floor(term / g.channels);
    const [y, xx] = [Math.floor(tap / wide) - above, (tap % wide) - left];
    const isRead = y >= 0 && y < kh && xx >= 0 && xx < kw;
    return isRead ? weightAt((y * kw + xx) * g.channels + (term % g.channels), column) : unread;
  };
  const pack = (weightAt: (k: number, column: number) => number) =>
    isSmallN
      ? packSmallNWeights(tier, kh * kw, g.channels, g.columns, (tap, c, o) => weightAt(tap * g.channels + c, o))
      : weightType === 'float32'
        ? packWeights(terms, g.columns, tile, among(weightAt))
        : packHalfWeights(weightType, unread, terms, g.columns, tile, among(weightAt));
  const perGroup = pack(() => 0).length;
  const weights = new Float32Array(g.groups * perGroup);
  const packedBias = new Float32Array(g.groups * packedBiasSize(g.columns, tile));
  for (let group = 0; group < g.groups; group++) {
    const at = (k: number, column: number) => w[(group * g.columns + column) * sumLength + k]!;
    weights.set(pack(at), group * perGroup);
    packedBias.set(bias.subarray(group * g.columns, (group + 1) * g.columns), group * packedBiasSize(g.columns, tile));
  }
  const hasResidual = g.epilogue.endsWith('residual');
  const operands = (stride: number) => (hasResidual ? { operands: [stride] } : {});
  const inputRow = inputWidth * pixel;
  const outputRow = g.width * outPixel;
  const params: ConvolutionParams = {
    outer: [
      {
        size: g.images,
        input: inputHeight * inputRow,
        output: g.height * outputRow,
        ...operands(g.height * outputRow),
      },
      {
        size: g.groups,
        input: g.channels,
        output: g.columns,
        weights: perGroup,
        bias: packedBiasSize(g.columns, tile),
        ...operands(g.columns),
      },
    ],
    height: { size: g.height, input: sh * inputRow, output: outputRow, ...operands(outputRow) },
    width: { size: g.width, input: sw * pixel, output: outPixel, ...operands(outPixel) },
    sum: [
      { size: kh, stride: dh * inputRow, ...(isSmallN ? {} : { terms: wide * g.channels }) },
      { size: kw, stride: dw * pixel, ...(isSmallN ? {} : { terms: g.channels }) },
      { size: g.channels, stride: 1 },
    ],
    ...(isSmallN ? {} : { weightTerms: { count: terms, first: (above * wide + left) * g.channels } }),
    weightType,
    columns: g.columns,
    writable: g.groups === 1 ? outPixel : g.columns,
    bias: g.bias,
    tile,
    ...(isSmallN ? { algorithm: 'small-N' } : {}),
    unit: g.unit,
    ...(g.epilogue === 'relu' ? { epilogue: unary('relu', input(0)) } : {}),
    ...(g.epilogue === 'residual' ? { epilogue: binary('add', input(0), input(1)) } : {}),
    ...(g.epilogue === 'leaky residual' ? { epilogue: leakyRelu(binary('add', input(0), input(1)), 0.25) } : {}),
    ...(g.epilogue === 'sigmoid with residual'
      ? { epilogue: binary('mul', binary('add', unary('sigmoid', input(0)), input(1)), constant(2)) }
      : {}),
  };
  const finish = (sum: number, index: number): number => {
    if (g.epilogue === 'relu') return Math.max(sum, 0);
    if (g.epilogue === 'residual') return sum + residual[index]!;
    if (g.epilogue === 'leaky residual') {
      const total = sum + residual[index]!;
      return total > 0 ? total : total * 0.25;
    }
    return g.epilogue === 'none' ? sum : 2 * (1 / (1 + Math.exp(-sum)) + residual[index]!);
  };
  const layout = { inputHeight, inputWidth, pixel, outPixel };
  const expected = () => convolve(g, layout, { x, w, bias: g.bias ? bias : undefined }, finish);
  const arrays = [x, weights, packedBias, new Float32Array(outputs), ...(hasResidual ? [residual] : [])];
  if (isSmallN) arrays.push(new Float32Array(smallNScratch));
  return { params, arrays, expected };
}

describe.each(tiers)('convolution, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is the definition, for every geometry, and for any split of the work the same', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { params, arrays, expected } = problem(g, tier);
        const [, , , y] = runKernel(tier, (target) => convolution(target, params), { arrays });
        const sums = expected();
        const bound = 1e-6 * g.kernel[0] * g.kernel[1] * g.channels + 1e-5;
        for (const [i, value] of sums.entries()) {
          if (!Number.isNaN(value)) expect(Math.abs(y![i]! - value)).toBeLessThan(bound);
          // A slice of a wider buffer: what lies between belongs to others.
          else if (params.writable === g.columns) expect(y![i]).toBe(0);
        }
        const [, , , split] = runKernel(tier, (target) => convolution(target, params), { arrays, cuts: g.cuts });
        expect(split).toEqual(y);
      }),
      { numRuns: 150 },
    );
  });
});

describe.each(tiers)('a convolution of one or two pixels at a time, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('sums panels in pairs as it does alone', () => {
    const few = fc.record({
      width: fc.integer({ min: 1, max: 5 }),
      columns: fc.integer({ min: 16, max: 80 }),
      weights: fc.constantFrom('float32', 'float16', 'bfloat16'),
      panels: fc.integer({ min: 1, max: 5 }),
      bias: fc.boolean(),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(few, ({ panels, ...given }) => {
        const g: Geometry = {
          ...{ images: 1, groups: 1, channels: 9, height: 1, kernel: [1, 2], strides: [1, 1], dilations: [1, 1] },
          ...{
            among: [0, 0, 1, 0],
            inputPadding: 0,
            outputPadding: 5,
            mayBeSmallN: false,
            epilogue: 'relu',
            cuts: [1],
          },
          ...{ tile: { pixels: 2, columns: 16 }, unit: { rows: 1, panels, isTileFirst: false } },
          ...given,
        };
        const { params, arrays, expected } = problem(g, tier);
        const [, , , y] = runKernel(tier, (target) => convolution(target, params), { arrays, cuts: g.cuts });
        const alone = { ...params, tile: { pixels: 6, columns: 16 }, unit: { rows: 1, panels: 1 } };
        const [, , , single] = runKernel(tier, (target) => convolution(target, alone), { arrays });
        expect(single).toEqual(y);
        for (const [i, value] of expected().entries()) {
          if (!Number.isNaN(value)) expect(Math.abs(y![i]! - value)).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe.each(tiers)('a convolution of twins, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('sums the panels of two products as each alone', () => {
    const twins = fc.record({
      panels: fc.integer({ min: 1, max: 3 }),
      height: fc.integer({ min: 1, max: 8 }),
      width: fc.integer({ min: 1, max: 23 }),
      channels: fc.integer({ min: 1, max: 30 }),
      kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })),
      unit,
      inputPadding: fc.constantFrom(0, 3),
      outputPadding: fc.constantFrom(0, 8),
      bias: fc.boolean(),
      cuts: fc.array(fc.nat(40), { maxLength: 3 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(twins, ({ panels, ...given }) => {
        const g: Geometry = {
          ...{ images: 1, groups: 1, columns: 8 * panels, strides: [1, 1], dilations: [1, 1], among: [0, 0, 0, 0] },
          ...{ mayBeSmallN: false, epilogue: 'none', weights: 'float32', tile: { pixels: 6, columns: 8 } },
          ...given,
        };
        const [first, second] = [g, { ...g, seed: g.seed + 10 }].map((of) => problem(of, tier).arrays[1]!);
        const { params, arrays } = problem(g, tier);
        const weights = Float32Array.from([...first!, ...second!]);
        const bias = new Float32Array(g.columns + 8).fill(arrays[2]![0]!);
        const size = arrays[3]!.length;
        const all = [arrays[0]!, weights, bias, new Float32Array(2 * size)];
        const form = { ...params, writable: g.columns, twins: { weights: first!.length, output: size } };
        const [, , , y] = runKernel(tier, (target) => convolution(target, form), { arrays: all, cuts: g.cuts });
        for (const [i, own] of [first!, second!].entries()) {
          const plain = { ...params, writable: g.columns };
          const single = [arrays[0]!, own, bias, new Float32Array(size)];
          const [, , , alone] = runKernel(tier, (target) => convolution(target, plain), { arrays: single });
          expect(y!.slice(i * size, (i + 1) * size)).toEqual(alone);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the code of convolutions', () => {
  const size = {
    images: 1,
    groups: 1,
    channels: 8,
    columns: 16,
    height: 1,
    width: 12,
    kernel: [1, 1] as [number, number],
  };
  const bytesOf = (...slopes: readonly number[]) => {
    const module = new ModuleBuilder();
    for (const slope of slopes) {
      const { params } = problem(
        {
          ...{ ...size, strides: [1, 1], dilations: [1, 1], among: [0, 0, 0, 0], inputPadding: 0, outputPadding: 0 },
          ...{ bias: true, weights: 'float32', mayBeSmallN: false, epilogue: 'none', cuts: [], seed: 1 },
          ...{ tile: { pixels: 6, columns: 16 }, unit: { rows: 1, panels: 1, isTileFirst: false } },
        },
        'baseline',
      );
      convolution({ module, tier: 'baseline' }, { ...params, epilogue: leakyRelu(input(0), slope) });
    }
    return module.toBytes().length;
  };
  it('is shared where they differ in a slope', () => {
    const [one, two] = [bytesOf(0.1), bytesOf(0.1, 0.2)];
    expect(two - one).toBeLessThan(one / 4);
  });
});

describe('the work of a convolution', () => {
  it('is cut in pieces that differ by one at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 8 }), (count, largest) => {
        const { size, larger, smaller } = splitEvenly(count, largest);
        expect(larger * size + smaller * (size - 1)).toBe(count);
        expect(size).toBeLessThanOrEqual(largest);
        expect(larger + smaller).toBe(Math.ceil(count / largest));
        expect(size > 1 || smaller === 0).toBe(true);
      }),
    );
  });

  it('has a narrow last panel where that is enough', () => {
    expect(panelsOf(24, { columns: 16 })).toEqual([
      { first: 0, columns: 16 },
      { first: 16, columns: 8 },
    ]);
    expect(panelsOf(25, { columns: 16 }).map(({ columns }) => columns)).toEqual([16, 16]);
  });

  it('packs weights panel by panel, zeros after the last column', () => {
    const packed = packWeights(2, 9, { pixels: 6, columns: 8 }, (k, column) => 10 * (k + 1) + column);
    expect([...packed]).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 25, 26, 27, 18, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0,
    ]);
  });
});
