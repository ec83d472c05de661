import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedBiasSize, packWeights } from '../../../src/wasm/kernels/convolution.js';
import { binary, constant, input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { strassen } from '../../../src/wasm/kernels/strassen.js';
import { type StrassenParams, strassenScratch } from '../../../src/wasm/kernels/strassen-params.js';
import { ownView } from '../../../src/wasm/kernels/views.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';

const geometry = fc.record({
  images: fc.integer({ min: 1, max: 2 }),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 23 })),
  /** Of the sum, 16 channels each. */
  blocks: fc.integer({ min: 1, max: 6 }),
  /** Of a half of the columns. */
  panels: fc.integer({ min: 1, max: 3 }),
  /** Phases of a transposed convolution along the height and the width; one product has its own halves. */
  phases: fc.constantFrom([1, 1], [2, 1], [1, 2], [2, 2], [3, 1]),
  tile: fc.constantFrom({ pixels: 6, columns: 8 }, { pixels: 6, columns: 16 }, { pixels: 4, columns: 16 }),
  inputPadding: fc.constantFrom(0, 3),
  inputHalo: fc.constantFrom(0, 2),
  outputPadding: fc.constantFrom(0, 8),
  outputHalo: fc.constantFrom(0, 1),
  bias: fc.boolean(),
  epilogue: fc.constantFrom('none', 'relu', 'residual', 'row', 'sigmoid with residual'),
  unit: fc.record({ rows: fc.integer({ min: 1, max: 4 }), shares: fc.integer({ min: 1, max: 5 }) }),
  /** Whether units bring the output into ONNX order, where rows of phases have gaps between them. */
  mayBeOrdered: fc.boolean(),
  cuts: fc.array(fc.nat(40), { maxLength: 3 }),
  seed: fc.integer(),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

function problem({ mayBeOrdered, ...given }: Geometry) {
  const [down, across] = given.phases as [number, number];
  const isOrdered = mayBeOrdered && down > 1;
  const g = isOrdered ? { ...given, outputPadding: 0, outputHalo: 0, unit: { ...given.unit, shares: 1 } } : given;
  const { images, height, width, tile } = g;
  const count = down * across;
  const isPaired = count % 2 === 0;
  const channels = 16 * g.blocks;
  const half = g.panels * tile.columns;
  const columns = isPaired ? half : 2 * half;
  const pixel = channels + g.inputPadding;
  const row = (width + g.inputHalo) * pixel;
  const outPixel = columns + g.outputPadding;
  const outRow = (width * across + g.outputHalo) * outPixel;
  const outImage = height * down * outRow;
  const x = noise(images * height * row, g.seed);
  const w = Array.from({ length: count }, (_, i) => noise(channels * columns, g.seed + 1 + i));
  const bias = noise(columns, g.seed + 9);
  const residual = noise(g.epilogue === 'row' ? columns + 16 : images * outImage + 16, g.seed + 10);
  const hasOperand = g.epilogue === 'row' || g.epilogue.endsWith('residual');
  const strideOf = (stride: number) => (g.epilogue === 'row' ? 0 : stride);
  const axis = (size: number, from: number, to: number) => ({
    size,
    input: from,
    output: to,
    ...(hasOperand ? { operands: [strideOf(to)] } : {}),
  });
  const packed = w.map((own) => packWeights(channels, columns, tile, (k, column) => own[k * columns + column]!));
  const each = packed[0]!.length;
  const weights = new Float32Array(count * each);
  for (const [i, own] of packed.entries()) weights.set(own, i * each);
  const packedBias = new Float32Array(packedBiasSize(columns, tile));
  packedBias.set(bias);
  const startOf = (phase: number) => Math.floor(phase / across) * outRow + (phase % across) * outPixel;
  const place = (phase: number, first = 0) => ({
    weights: phase * each + first * channels,
    bias: first,
    outputs: [startOf(phase) + first, ...(hasOperand ? [strideOf(startOf(phase)) + first] : [])],
  });
  const phases = Array.from({ length: count }, (_, i) => i);
  const add = binary('add', g.epilogue.startsWith('sigmoid') ? unary('sigmoid', input(0)) : input(0), input(1));
  const size = { images, channels: columns, height: height * down, width: width * across };
  const ordered = isOrdered ? ownView(size).view : undefined;
  const params: StrassenParams = {
    ...(ordered && { ordered }),
    outer: [axis(images, height * row, outImage)],
    height: axis(height, row, outRow * down),
    width: axis(width, pixel, outPixel * across),
    bias: g.bias,
    tile,
    channels,
    columns: half,
    halves: isPaired
      ? phases.slice(count / 2).map((phase) => [place(phase - count / 2), place(phase)])
      : phases.map((phase) => [place(phase), place(phase, half)]),
    unit: g.unit,
    ...(g.epilogue === 'relu' ? { epilogue: unary('relu', input(0)) } : {}),
    ...(hasOperand ? { epilogue: g.epilogue.startsWith('sigmoid') ? binary('mul', add, constant(2)) : add } : {}),
  };
  const finish = (sum: number, index: number, column: number): number => {
    if (g.epilogue === 'none') return sum;
    if (g.epilogue === 'relu') return Math.max(sum, 0);
    const more = residual[g.epilogue === 'row' ? column : index]!;
    return g.epilogue.startsWith('sigmoid') ? 2 * (1 / (1 + Math.exp(-sum)) + more) : sum + more;
  };
  /** The definition, in double precision; NaN where nothing is written. */
  const expected = () => {
    const y = new Float64Array(images * outImage).fill(Number.NaN);
    for (let n = 0; n < images; n++) {
      for (let h = 0; h < height; h++) {
        for (let v = 0; v < width; v++) {
          for (const phase of phases) {
            for (let o = 0; o < columns; o++) {
              let sum = g.bias ? bias[o]! : 0;
              const from = n * height * row + h * row + v * pixel;
              for (let c = 0; c < channels; c++) sum += x[from + c]! * w[phase]![c * columns + o]!;
              const index = n * outImage + h * down * outRow + v * across * outPixel + startOf(phase) + o;
              y[index] = finish(sum, index, o);
            }
          }
        }
      }
    }
    return y;
  };
  /** Where the element is that would be at an index of the output in NHWC8. */
  const placeOf = (index: number) => {
    if (ordered === undefined) return index;
    const [at, column] = [Math.floor(index / columns), index % columns];
    const plane = size.height * size.width;
    return (Math.floor(at / plane) * columns + column) * plane + (at % plane);
  };
  const arrays = [x, weights, packedBias, new Float32Array(images * outImage)];
  if (hasOperand) arrays.push(residual);
  const unitFloats = isOrdered ? 2 * g.unit.rows * down * outRow : 0;
  return { params, expected, placeOf, arrays: [...arrays, noise(strassenScratch(params) + unitFloats, g.seed + 11)] };
}

describe.each(tiers)("Strassen's products, $title", ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are the products, for every geometry, and for any split of the work the same', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { params, arrays, expected, placeOf } = problem(g);
        const [, , , y] = runKernel(tier, (target) => strassen(target, params), { arrays });
        const bound = 1e-5 * params.channels ** 0.5 + 1e-5;
        // A slice of a wider buffer: what lies between belongs to others.
        const errors = [...expected()].map((value, i) => Math.abs(y![placeOf(i)]! - (Number.isNaN(value) ? 0 : value)));
        expect(errors.reduce((a, b) => Math.max(a, b), 0)).toBeLessThan(bound);
        const [, , , split] = runKernel(tier, (target) => strassen(target, params), { arrays, cuts: g.cuts });
        expect(split).toEqual(y);
      }),
      { numRuns: 60 },
    );
  });
});
