/** Depthwise convolutions of bytes against sums of integers, in every tier and both forms of products, however units are split. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteProductsOf } from '../../../src/wasm/byte-products.js';
import {
  type ByteDepthwiseParams,
  byteDepthwise,
  byteDepthwiseScratch,
} from '../../../src/wasm/kernels/byte-depthwise.js';
import { byteRounding } from '../../../src/wasm/kernels/byte-map.js';
import { binary, clip, constant, input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { asFloats, bytes } from './byte-data.js';
import { runKernel, tiers } from './run-kernel.js';

const geometry = fc.record({
  channels: fc.integer({ min: 1, max: 40 }),
  height: fc.integer({ min: 1, max: 3 }),
  width: fc.integer({ min: 1, max: 9 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 })),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  isRunTime: fc.boolean(),
  weightOffset: fc.constantFrom(0, -7, 25),
  output: fc.constantFrom('floats' as const, 'bytes' as const),
  isRounded: fc.boolean(),
  isRow: fc.boolean(),
  cuts: fc.array(fc.nat(3), { maxLength: 2 }),
  seed: fc.nat(),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

function problem(g: Geometry, products: 'relaxed' | 'pairs') {
  const { channels, height, width, kernel, stride, dilation, weightOffset, isRunTime, isRow, seed } = g;
  const [kh, kw] = kernel;
  const inputWidth = (width - 1) * stride + (kw - 1) * dilation + 1;
  const inputHeight = (height - 1) * stride + (kh - 1) * dilation + 1;
  const pixel = Math.ceil(channels / 32) * 8;
  const x = bytes(inputHeight * inputWidth * pixel * 4, seed);
  const w = Int8Array.from(bytes(channels * kh * kw, seed + 1));
  const rows = Math.ceil(kh / 4);
  const columns = Math.ceil(channels / 8) * 8;
  // A panel of 16 or 8 channels after another, in each the taps of a row, the quads of each, and bytes.
  const packed = new Uint8Array(columns * kw * rows * 4);
  for (let c = 0; c < channels; c++) {
    const first = c - (c % 16);
    const size = Math.min(16, columns - first);
    for (let y = 0; y < kh; y++) {
      for (let tap = 0; tap < kw; tap++) {
        const word = first * kw * rows + (tap * rows + Math.floor(y / 4)) * size + (c % 16);
        packed[word * 4 + (y % 4)] = w[(c * kh + y) * kw + tap]!;
      }
    }
  }
  const table = Int32Array.from({ length: columns }, (_, i) => (Math.imul(i + seed, 40503) % 3000) - 1500);
  const zeroPoint = 113;
  const outputWords = g.output === 'bytes' ? pixel : columns;
  const rounded = binary(
    'add',
    unary('round', binary('mul', input(0), isRow ? input(1) : constant(2 ** -7))),
    constant(99),
  );
  const epilogue = binary('max', clip(rounded, 0, 255), constant(7));
  const operands = isRow ? { operands: [0] } : {};
  const isBytes = g.output === 'bytes';
  const shape = { taps: kw, dilation, stride };
  const params: ByteDepthwiseParams = {
    ...{ outer: [], columns: channels, writable: isBytes ? outputWords * 4 : outputWords, ...shape, pixel },
    height: { size: height, input: stride * inputWidth * pixel, output: width * outputWords, ...operands },
    width: { size: width, input: stride * pixel, output: outputWords, ...operands },
    quads: Array.from({ length: rows }, (_, i) =>
      Array.from({ length: Math.min(4, kh - i * 4) }, (_, k) => (i * 4 + k) * dilation * inputWidth * pixel),
    ),
    bytes: {
      ...{ products, channels, weightOffset, hasZeroPoint: isRunTime, output: g.output },
      ...(isBytes && g.isRounded ? { rounding: byteRounding(epilogue)! } : {}),
    },
    ...(isBytes && !g.isRounded ? { epilogue } : {}),
  };
  const expected = Array.from({ length: height * width * channels }, (_, i) => {
    const c = i % channels;
    const [row, column] = [Math.floor(i / channels / width), Math.floor(i / channels) % width];
    let sum = isRunTime ? table[c]! * zeroPoint : table[c]!;
    for (let y = 0; y < kh; y++) {
      for (let tap = 0; tap < kw; tap++) {
        const at = (row * stride + y * dilation) * inputWidth + column * stride + tap * dilation;
        sum += x[at * pixel * 4 + c]! * (w[(c * kh + y) * kw + tap]! + weightOffset);
      }
    }
    return sum;
  });
  const arrays = [
    ...[asFloats(x), asFloats(packed), asFloats(table), new Float32Array(height * width * outputWords)],
    ...(isRow ? [new Float32Array(columns).fill(2 ** -7)] : []),
    new Float32Array(byteDepthwiseScratch(width, { ...shape, quads: params.quads })),
    ...(isRunTime ? [Float32Array.of(zeroPoint)] : []),
  ];
  return { params, expected, pixelBytes: outputWords * (isBytes ? 4 : 1), arrays };
}

describe.each(tiers)('a depthwise convolution of bytes, $title', ({ tier, isMissing }) => {
  const forms = byteProductsOf(tier) === 'relaxed' ? ['pairs' as const, 'relaxed' as const] : ['pairs' as const];

  it.skipIf(isMissing)(`gives the sums of integers: ${forms.join(' and ')}`, () => {
    fc.assert(
      fc.property(geometry, fc.constantFrom(...forms), (g, form) => {
        const { params, expected, pixelBytes, arrays } = problem(g, form);
        const output = runKernel(tier, (target) => byteDepthwise(target, params), { arrays, cuts: g.cuts })[3]!;
        const stored = g.output === 'bytes' ? new Uint8Array(output.buffer) : output;
        const actual = expected.map((_, i) => stored[Math.floor(i / g.channels) * pixelBytes + (i % g.channels)]!);
        const toEven = (v: number) => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));
        const wanted =
          g.output === 'bytes' ? expected.map((sum) => Math.min(255, Math.max(7, toEven(sum / 128) + 99))) : expected;
        expect(actual).toEqual(wanted);
      }),
      { numRuns: 12 },
    );
  });
});
