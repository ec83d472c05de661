import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConvolutionParams, depthwiseColumns, packWeights } from '../../../src/wasm/kernels/convolution.js';
import { depthwise } from '../../../src/wasm/kernels/depthwise.js';
import { binary, constant, input, leakyRelu, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { convolve } from './convolution-definition.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const geometry = fc.record({
  images: fc.integer({ min: 1, max: 2 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 40 })),
  height: fc.integer({ min: 1, max: 8 }),
  width: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 33 })),
  kernel: fc.tuple(
    fc.integer({ min: 1, max: 5 }),
    fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 8, max: 13 })),
  ),
  strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 4 })),
  dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 4 })),
  padding: fc.constantFrom(0, 1, 5, 8),
  bias: fc.boolean(),
  epilogue: fc.constantFrom('none', 'relu', 'leaky', 'added to the output', 'sigmoid with residual'),
  unit: fc.record({ rows: fc.integer({ min: 1, max: 5 }), panels: fc.integer({ min: 1, max: 3 }) }),
  cuts: fc.array(fc.nat(40), { maxLength: 3 }),
  seed: fc.integer(),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

function problem(g: Geometry) {
  const { channels } = g;
  const [kh, kw] = g.kernel;
  const [sh, sw] = g.strides;
  const [dh, dw] = g.dilations;
  const inputHeight = (g.height - 1) * sh + (kh - 1) * dh + 1;
  const inputWidth = (g.width - 1) * sw + (kw - 1) * dw + 1;
  const whole = Math.ceil(channels / depthwiseColumns) * depthwiseColumns;
  const pixel = whole + g.padding;
  const outPixel = channels + g.padding;
  const x = noise(g.images * inputHeight * inputWidth * pixel, g.seed);
  const w = noise(channels * kh * kw, g.seed + 1);
  const bias = new Float32Array(whole);
  bias.set(noise(channels, g.seed + 2));
  const outputs = g.images * g.height * g.width * outPixel;
  const y = noise(outputs + 16, g.seed + 4);
  // Tensors are read in whole vectors of columns: the last pixel's may reach over the end.
  const operand = g.epilogue === 'added to the output' ? y : noise(outputs + 16, g.seed + 3);
  const hasOperand = g.epilogue === 'added to the output' || g.epilogue === 'sigmoid with residual';
  const operands = (stride: number) => (hasOperand ? { operands: [stride] } : {});
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
    ],
    height: { size: g.height, input: sh * inputRow, output: outputRow, ...operands(outputRow) },
    width: { size: g.width, input: sw * pixel, output: outPixel, ...operands(outPixel) },
    sum: [
      { size: kh, stride: dh * inputRow },
      { size: kw, stride: dw * pixel },
    ],
    columns: channels,
    writable: outPixel,
    bias: g.bias,
    tile: { pixels: 6, columns: depthwiseColumns },
    unit: g.unit,
    ...(g.epilogue === 'relu' ? { epilogue: unary('relu', input(0)) } : {}),
    ...(g.epilogue === 'leaky' ? { epilogue: leakyRelu(input(0), 0.25) } : {}),
    ...(g.epilogue === 'added to the output' ? { epilogue: binary('add', input(0), input(1)) } : {}),
    ...(g.epilogue === 'sigmoid with residual'
      ? { epilogue: binary('mul', binary('add', unary('sigmoid', input(0)), input(1)), constant(2)) }
      : {}),
  };
  const weights = packWeights(kh * kw, channels, params.tile, (k, column) => w[column * kh * kw + k]!);
  const finish = (sum: number, index: number): number => {
    if (g.epilogue === 'relu') return Math.max(sum, 0);
    if (g.epilogue === 'leaky') return sum > 0 ? sum : sum * 0.25;
    if (g.epilogue === 'added to the output') return sum + operand[index]!;
    return g.epilogue === 'none' ? sum : 2 * (1 / (1 + Math.exp(-sum)) + operand[index]!);
  };
  const each = { ...g, groups: channels, channels: 1, columns: 1 };
  const layout = { inputHeight, inputWidth, pixel, outPixel };
  const expected = () => convolve(each, layout, { x, w, bias: g.bias ? bias : undefined }, finish);
  const arrays = [x, weights, bias, y, ...(hasOperand ? [operand] : [])];
  return { params, arrays, expected };
}

describe.each(tiers)('a depthwise convolution, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is the definition, for every geometry, and for any split of the work the same', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { params, arrays, expected } = problem(g);
        const [, , , y] = runKernel(tier, (target) => depthwise(target, params), { arrays });
        const sums = expected();
        let worst = 0;
        for (const [i, value] of sums.entries()) {
          if (!Number.isNaN(value)) worst = Math.max(worst, Math.abs(y![i]! - value));
        }
        expect(worst).toBeLessThan(1e-6 * g.kernel[0] * g.kernel[1] + 1e-5);
        expect(y!.subarray(sums.length)).toEqual(arrays[3]!.subarray(sums.length));
        const [, , , split] = runKernel(tier, (target) => depthwise(target, params), { arrays, cuts: g.cuts });
        expect(split).toEqual(y);
      }),
      { numRuns: 150 },
    );
  });
});
