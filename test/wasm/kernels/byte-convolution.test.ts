/** Convolutions of bytes against sums of integers, in every tier and both forms of products, however their units are split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteProductsOf } from '../../../src/wasm/byte-products.js';
import { byteRounding } from '../../../src/wasm/kernels/byte-map.js';
import { byteScratch } from '../../../src/wasm/kernels/byte-pixels.js';
import {
  type ConvolutionParams,
  convolution,
  packedBiasSize,
  panelsOf,
} from '../../../src/wasm/kernels/convolution.js';
import { binary, clip, constant, input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { asFloats, bytes } from './byte-data.js';
import { runKernel, tiers } from './run-kernel.js';

const geometry = fc.record({
  channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 40 })),
  columns: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 37 })),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 13 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.integer({ min: 1, max: 2 }),
  isRunTime: fc.boolean(),
  weightOffset: fc.constantFrom(0, -7, 25),
  output: fc.constantFrom('floats', 'bytes'),
  isRounded: fc.boolean(),
  factor: fc.constantFrom('number', 'row'),
  columnsOfTile: fc.constantFrom(8, 16),
  cuts: fc.array(fc.nat(20), { maxLength: 2 }),
  seed: fc.nat(),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

function problem(g: Geometry, products: 'relaxed' | 'pairs') {
  const { channels, columns, height, width, kernel, stride, weightOffset, isRunTime, isRounded, seed } = g;
  const [kh, kw] = kernel;
  const [inputHeight, inputWidth] = [(height - 1) * stride + kh, (width - 1) * stride + kw];
  const pixelWords = Math.ceil(channels / 32) * 8;
  const words = Math.ceil(channels / 4);
  const x = bytes(inputHeight * inputWidth * pixelWords * 4 + 64, seed);
  const w = Int8Array.from(bytes(columns * kh * kw * channels, seed + 1));
  const weightAt = (column: number, tap: number, channel: number) => w[(column * kh * kw + tap) * channels + channel]!;
  const tile = { pixels: 6, columns: g.columnsOfTile };
  const packed: number[] = [];
  for (const panel of panelsOf(columns, tile)) {
    for (let tap = 0; tap < kh * kw; tap++) {
      for (let word = 0; word < words; word++) {
        for (let column = panel.first; column < panel.first + panel.columns; column++) {
          for (let byte = 0; byte < 4; byte++) {
            const channel = word * 4 + byte;
            packed.push(channel < channels && column < columns ? weightAt(column, tap, channel) : 0);
          }
        }
      }
    }
  }
  const table = new Int32Array(packedBiasSize(columns, tile) + 16);
  for (let i = 0; i < columns; i++) table[i] = (Math.imul(i + seed, 40503) % 3000) - 1500;
  const zeroPoint = 113;
  const outputWords = g.output === 'bytes' ? Math.ceil(columns / 32) * 8 : Math.ceil(columns / 8) * 8;
  const isRow = g.factor === 'row';
  const factor = isRow ? input(1) : constant(2 ** -9);
  const rounded = binary('add', unary('round', binary('mul', input(0), factor)), constant(99));
  const epilogue = binary('max', clip(rounded, 0, 255), constant(7));
  const operands = isRow ? { operands: [0] } : {};
  const params: ConvolutionParams = {
    outer: [],
    height: { size: height, input: stride * inputWidth * pixelWords, output: width * outputWords, ...operands },
    width: { size: width, input: stride * pixelWords, output: outputWords, ...operands },
    sum: [
      { size: kh, stride: inputWidth * pixelWords },
      { size: kw, stride: pixelWords },
      { size: words, stride: 1 },
    ],
    columns,
    writable: g.output === 'bytes' ? outputWords * 4 : outputWords,
    bias: true,
    tile,
    bytes: {
      ...{ products, channels, weightOffset, hasZeroPoint: isRunTime, output: g.output as 'floats' | 'bytes' },
      ...(g.output === 'bytes' && isRounded ? { rounding: byteRounding(epilogue)! } : {}),
    },
    unit: { rows: 2, panels: 1 },
    ...(g.output === 'bytes' && !isRounded ? { epilogue } : {}),
  };
  const expected: number[] = [];
  for (let i = 0; i < height * width; i++) {
    for (let column = 0; column < columns; column++) {
      let sum = isRunTime ? table[column]! * zeroPoint : table[column]!;
      for (let tap = 0; tap < kh * kw; tap++) {
        const row = Math.floor(i / width) * stride + Math.floor(tap / kw);
        const pixel = row * inputWidth + (i % width) * stride + (tap % kw);
        for (let channel = 0; channel < channels; channel++) {
          sum += x[pixel * pixelWords * 4 + channel]! * (weightAt(column, tap, channel) + weightOffset);
        }
      }
      expected.push(sum);
    }
  }
  const output = new Float32Array(height * width * outputWords);
  const pointers = [
    asFloats(x),
    asFloats(Int8Array.from(packed)),
    asFloats(table),
    output,
    ...(isRow ? [new Float32Array(packedBiasSize(columns, tile)).fill(2 ** -9)] : []),
    new Float32Array(byteScratch),
  ];
  return { params, expected, outputWords, arrays: isRunTime ? [...pointers, Float32Array.of(zeroPoint)] : pointers };
}

describe.each(tiers)('a convolution of bytes, $title', ({ tier, isMissing }) => {
  const forms = byteProductsOf(tier) === 'pairs' ? ['pairs' as const] : ['pairs' as const, 'relaxed' as const];

  it.skipIf(isMissing)(`gives the sums of integers: ${forms.join(' and ')}`, () => {
    fc.assert(
      fc.property(geometry, fc.constantFrom(...forms), (g, form) => {
        const { params, expected, outputWords, arrays } = problem(g, form);
        const results = runKernel(tier, (target) => convolution(target, params), { arrays, cuts: g.cuts });
        const output = results[3]!;
        const stored = g.output === 'bytes' ? new Uint8Array(output.buffer) : output;
        const pixel = g.output === 'bytes' ? outputWords * 4 : outputWords;
        const actual = expected.map((_, i) => stored[Math.floor(i / g.columns) * pixel + (i % g.columns)]!);
        const toEven = (v: number) => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));
        const wanted =
          g.output === 'bytes'
            ? expected.map((sum) => Math.min(255, Math.max(7, toEven(Math.fround(sum) / 512) + 99)))
            : expected.map(Math.fround);
        expect(actual).toEqual(wanted);
      }),
      { numRuns: 30 },
    );
  });
});
