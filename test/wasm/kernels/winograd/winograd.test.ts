import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultTile, type OutputAxis, packWeights } from '../../../../src/wasm/kernels/convolution.js';
import { binary, input, unary } from '../../../../src/wasm/kernels/elementwise-expression.js';
import { roundUp, type Tier } from '../../../../src/wasm/kernels/kernel.js';
import { winogradColumns } from '../../../../src/wasm/kernels/winograd/columns.js';
import { columnsScratch } from '../../../../src/wasm/kernels/winograd/columns-scratch.js';
import { panelProducts } from '../../../../src/wasm/kernels/winograd/panel-products.js';
import { panelProductsScratch, takesTurns, turnsOf } from '../../../../src/wasm/kernels/winograd/panel-scratch.js';
import { winogradProducts } from '../../../../src/wasm/kernels/winograd/products.js';
import {
  betweenSizes,
  blockScratch,
  stepTiling,
  transformScratch,
  type WinogradParams,
  type WinogradProductsParams,
} from '../../../../src/wasm/kernels/winograd/tiling.js';
import { winograd, winogradInputs, winogradOutputs } from '../../../../src/wasm/kernels/winograd/winograd.js';
import { inTurns, packWinogradWeights } from '../../../support/pack-weights.js';
import { noise } from '../noise.js';
import { runKernel, tiers } from '../run-kernel.js';

/** Outputs, taps, and the outputs of the filtering that the weights are transformed for. */
const filterSize = fc.constantFrom<[number, number, number?]>(
  [6, 3],
  [4, 3],
  [4, 3, 6],
  [2, 3],
  [2, 3, 6],
  [2, 3, 4],
  [6, 2],
  [5, 2],
  [4, 2],
  [2, 2, 5],
  [5, 4],
  [3, 4, 5],
  [4, 5],
  [2, 5, 4],
  [2, 2],
  [1, 1],
);

const geometry = fc.record({
  images: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 34 }),
  columns: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 34 }) },
    { weight: 1, arbitrary: fc.integer({ min: 64, max: 84 }) },
  ),
  height: fc.integer({ min: 1, max: 13 }),
  width: fc.integer({ min: 1, max: 18 }),
  filters: fc.tuple(filterSize, filterSize),
  /** Taps along the depth, and how many slices lie between them; of one tap without. */
  slices: fc.option(fc.tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 1, max: 2 })), { nil: undefined }),
  /** Filters that read side by side, and how far apart. */
  beside: fc.option(fc.tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 1, max: 3 })), { nil: undefined }),
  depth: fc.integer({ min: 1, max: 2 }),
  outputPadding: fc.constantFrom(0, 1, 4, 8),
  /** Between the outputs of a row, and between rows: a phase of a transposed convolution. */
  spacing: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  bias: fc.boolean(),
  epilogue: fc.constantFrom('none', 'relu', 'residual', 'tanh of a residual sum'),
  block: fc.integer({ min: 1, max: 20 }),
  cuts: fc.array(fc.nat(30), { maxLength: 3 }),
  seed: fc.integer(),
});

/** Points of several panels and chunks of channels take turns. */
const manyColumns: Geometry = {
  ...{ images: 1, channels: 150, columns: 128, height: 3, width: 4, depth: 1, slices: undefined, beside: undefined },
  filters: [
    [2, 2],
    [2, 2],
  ],
  ...{ outputPadding: 0, spacing: [1, 2], bias: true, epilogue: 'relu', block: 8, cuts: [1, 3], seed: 5 },
};

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

function problem(g: Geometry, tile: WinogradParams['tile']) {
  const [[highOutputs, kh, likeHigh], [wideOutputs, kw, likeWide]] = g.filters;
  // Tiles over the edge read on: the halo of the input reaches that far.
  const inputHeight = roundUp(g.height, highOutputs) + kh - 1;
  const [filters, gapFilters] = g.beside ?? [1, 1];
  const inputWidth = roundUp(g.width, wideOutputs) + kw - 1 + (filters - 1) * gapFilters;
  const pixel = roundUp(g.channels, 8);
  const outPixel = g.columns + g.outputPadding;
  const [gapY, gapX] = g.spacing;
  const outputRow = g.width * gapX * outPixel;
  const outputSlice = g.height * gapY * outputRow;
  const imageStride = g.depth * outputSlice;
  const [kd, gapZ] = g.slices ?? [1, 1];
  const inputDepth = g.depth + (kd - 1) * gapZ;
  const inputSlice = inputHeight * inputWidth * pixel;
  const x = noise(g.images * inputDepth * inputSlice, g.seed);
  const w = noise(kd * filters * kh * kw * g.channels * g.columns, g.seed + 1);
  const bias = noise(roundUp(g.columns, 16), g.seed + 2);
  const residual = noise(g.images * imageStride + 16, g.seed + 3);
  const hasResidual = g.epilogue.includes('residual');
  const operands = (stride: number) => (hasResidual ? { operands: [stride] } : {});
  const params: WinogradParams = {
    outer: [
      { size: g.images, input: inputDepth * inputSlice, output: imageStride, ...operands(imageStride) },
      { size: g.depth, input: inputSlice, output: outputSlice, ...operands(outputSlice) },
    ],
    height: { size: g.height, input: inputWidth * pixel, output: gapY * outputRow, ...operands(gapY * outputRow) },
    width: { size: g.width, input: pixel, output: gapX * outPixel, ...operands(gapX * outPixel) },
    filter: {
      height: { outputs: highOutputs, taps: kh, ...(likeHigh === undefined ? {} : { like: likeHigh }) },
      width: { outputs: wideOutputs, taps: kw, ...(likeWide === undefined ? {} : { like: likeWide }) },
    },
    slices: [
      ...(g.slices === undefined ? [] : [{ size: kd, stride: gapZ * inputSlice }]),
      ...(g.beside === undefined ? [] : [{ size: filters, stride: gapFilters * pixel }]),
    ],
    channels: g.channels,
    columns: g.columns,
    writable: outPixel,
    bias: g.bias,
    tile,
    block: g.block,
    ...(g.epilogue === 'relu' ? { epilogue: unary('relu', input(0)) } : {}),
    ...(g.epilogue === 'residual' ? { epilogue: binary('add', input(0), input(1)) } : {}),
    ...(g.epilogue === 'tanh of a residual sum' ? { epilogue: unary('tanh', binary('add', input(0), input(1))) } : {}),
  };
  /** Terms are slices of channels. */
  const weightAt = (y: number, xx: number, term: number, o: number) => {
    const tap = (Math.floor(term / g.channels) * kh + y) * kw + xx;
    return w[(tap * g.channels + (term % g.channels)) * g.columns + o]!;
  };
  const weights = packWinogradWeights(params, weightAt);
  const finish = (sum: number, index: number): number => {
    if (g.epilogue === 'relu') return Math.max(sum, 0);
    if (g.epilogue === 'none') return sum;
    return g.epilogue === 'residual' ? sum + residual[index]! : Math.tanh(sum + residual[index]!);
  };
  const expected = new Float64Array(g.images * imageStride).fill(Number.NaN);
  for (let n = 0; n < g.images; n++) {
    for (let od = 0; od < g.depth; od++) {
      for (let oh = 0; oh < g.height; oh++) {
        for (let ow = 0; ow < g.width; ow++) {
          for (let o = 0; o < g.columns; o++) {
            let sum = g.bias ? bias[o]! : 0;
            for (let slice = 0; slice < kd * filters; slice++) {
              const [z, beside] = [Math.floor(slice / filters), (slice % filters) * gapFilters];
              for (let a = 0; a < kh; a++) {
                for (let b = 0; b < kw; b++) {
                  for (let c = 0; c < g.channels; c++) {
                    const row = (n * inputDepth + od + z * gapZ) * inputHeight + oh + a;
                    const place = (row * inputWidth + ow + beside + b) * pixel + c;
                    sum += x[place]! * weightAt(a, b, slice * g.channels + c, o);
                  }
                }
              }
            }
            const index = n * imageStride + od * outputSlice + oh * gapY * outputRow + ow * gapX * outPixel + o;
            expected[index] = finish(sum, index);
          }
        }
      }
    }
  }
  const y = new Float32Array(expected.length);
  return { params, x, weights, weightAt, bias, y, residuals: hasResidual ? [residual] : [], expected };
}

function inSteps(tier: Tier, { params, x, weights, bias, y, residuals }: ReturnType<typeof problem>, cuts: number[]) {
  const { height, width } = params.filter;
  const products: WinogradProductsParams = {
    ...params,
    filter: {
      height: { outputs: height.like ?? height.outputs, taps: height.taps },
      width: { outputs: width.like ?? width.outputs, taps: width.taps },
    },
    parts: [{ height: height.outputs, width: width.outputs, tiles: stepTiling(params).tiles }],
  };
  const sizes = betweenSizes(products);
  const own = new Float32Array(transformScratch(params.filter));
  const [, transformed] = runKernel(tier, (target) => winogradInputs(target, params), {
    arrays: [x, new Float32Array(sizes.transformed), own],
    cuts,
  });
  const [, , sums] = runKernel(tier, (target) => winogradProducts(target, products), {
    arrays: [transformed!, weights, new Float32Array(sizes.sums)],
    cuts,
  });
  const [, , result] = runKernel(tier, (target) => winogradOutputs(target, params), {
    arrays: [sums!, bias, y, ...residuals, own],
    cuts,
  });
  return { products, sizes, own, transformed, result };
}

describe.each(tiers)('winograd, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is the definition, for every geometry, and for any split of the work the same', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const made = problem(g, defaultTile[tier]);
        const { params, x, weights, weightAt, bias, y, residuals, expected } = made;
        const arrays = [x, weights, bias, y, ...residuals, new Float32Array(blockScratch(params))];
        const [, , , result] = runKernel(tier, (target) => winograd(target, params), { arrays });
        const slices = (g.slices?.[0] ?? 1) * (g.beside?.[0] ?? 1);
        const bound = 2e-5 * g.filters[0][1] * g.filters[1][1] * Math.sqrt(slices * g.channels);
        for (const [i, value] of expected.entries()) {
          if (!Number.isNaN(value)) expect(Math.abs(result![i]! - value)).toBeLessThan(bound);
        }
        const [, , , split] = runKernel(tier, (target) => winograd(target, params), { arrays, cuts: g.cuts });
        expect(split).toEqual(result);

        const { products, sizes, own, transformed: v, result: stepped } = inSteps(tier, made, g.cuts);
        expect(stepped).toEqual(result);
        const columnsOf = (of: WinogradProductsParams, piece: WinogradParams, packed: Float32Array) => {
          const pieces = [{ params: piece, first: 0, input: 0, output: 0, operands: residuals.map(() => 0) }];
          const whole = { products: of, isRaw: of.inTurns === true, pieces };
          const [, , , made] = runKernel(tier, (target) => winogradColumns(target, whole), {
            arrays: [x, packed, bias, y, ...residuals, new Float32Array(columnsScratch(whole))],
            cuts: g.cuts,
          });
          return made;
        };
        expect(columnsOf(products, params, weights)).toEqual(result);

        const { height, width } = params.filter;
        // In panels the weights are transformed while running, in single precision.
        const raw = packWeights(slices * height.taps * width.taps * g.channels, g.columns, params.tile, (k, o) => {
          const tap = Math.floor(k / g.channels);
          const row = Math.floor(tap / width.taps);
          const term = Math.floor(row / height.taps) * g.channels + (k % g.channels);
          return weightAt(row % height.taps, tap % width.taps, term, o);
        });
        const takenInTurns: WinogradProductsParams | undefined = takesTurns(products)
          ? { ...products, inTurns: true }
          : undefined;
        const [, unscaled] = takenInTurns
          ? runKernel(tier, (target) => winogradInputs(target, { ...params, inTurns: true }), {
              arrays: [x, new Float32Array(betweenSizes(takenInTurns).transformed), own],
            })
          : [undefined, v];
        const multiplied = takenInTurns ?? products;
        const ordered = takenInTurns
          ? inTurns(raw, { ...products, taps: slices * height.taps * width.taps, turns: turnsOf(products) })
          : raw;
        const [, , panels] = runKernel(tier, (target) => panelProducts(target, multiplied), {
          arrays: [
            unscaled!,
            ordered,
            new Float32Array(sizes.sums),
            new Float32Array(panelProductsScratch(multiplied)),
          ],
          cuts: g.cuts,
        });
        const [, , inPanels] = runKernel(tier, (target) => winogradOutputs(target, params), {
          arrays: [panels!, bias, y, ...residuals, own],
        });
        if (takenInTurns) expect(columnsOf(takenInTurns, { ...params, inTurns: true }, ordered)).toEqual(inPanels);
        for (const [i, value] of expected.entries()) {
          if (!Number.isNaN(value)) expect(Math.abs(inPanels![i]! - value)).toBeLessThan(bound);
        }
      }),
      {
        numRuns: 25,
        examples: [
          [manyColumns],
          [
            {
              ...manyColumns,
              slices: [2, 1],
              channels: 70,
              filters: [
                [4, 2],
                [4, 2],
              ],
            },
          ],
        ],
      },
    );
  });

  it.skipIf(isMissing)(
    'pools its outputs by two by two, whether these are kept or not, for any split of the work',
    () => {
      const even = filterSize.filter(([outputs]) => outputs % 2 === 0);
      const poolable = fc.record({
        g: geometry,
        filters: fc.tuple(even, even),
        groups: fc.integer({ min: 1, max: 9 }),
      });
      fc.assert(
        fc.property(poolable, ({ g: any, filters, groups }) => {
          const g: Geometry = { ...any, filters, columns: groups * 8, spacing: [1, 1] };
          const made = problem(g, defaultTile[tier]);
          const { params, x, weights, bias, y, residuals } = made;
          const own = new Float32Array(blockScratch(params));
          const arrays = [x, weights, bias, y, ...residuals, own];
          const [, , , result] = runKernel(tier, (target) => winograd(target, params), { arrays });

          const [rows, columns, pixel] = [
            Math.floor(g.height / 2),
            Math.floor(g.width / 2),
            g.columns + g.outputPadding,
          ];
          const slice = rows * columns * pixel;
          const from = (image: number, z: number, row: number, column: number, c: number) =>
            ((image * g.depth + z) * g.height + row) * g.width * pixel + column * pixel + c;
          const expected = new Float32Array(g.images * g.depth * slice + 16);
          for (let i = 0; i < g.images * g.depth * slice; i++) {
            const [c, at] = [i % pixel, Math.floor(i / pixel)];
            const [column, line] = [at % columns, Math.floor(at / columns)];
            const [row, z] = [line % rows, Math.floor(line / rows)];
            if (c >= g.columns) continue;
            const taps = [0, 1].flatMap((dy) =>
              [0, 1].map((dx) => result![from(0, z, 2 * row + dy, 2 * column + dx, c)]!),
            );
            expected[i] = Math.max(...taps);
          }
          const withOperand = <A extends OutputAxis>(axis: A, stride: number, output = axis.output): A => ({
            ...{ ...axis, output },
            operands: [...(axis.operands ?? []), stride],
          });
          const [images, depth] = params.outer as [OutputAxis, OutputAxis];
          const { width: filterWidth, height: filterHeight } = params.filter;
          const pooledParams = (pooled: 'too' | 'only'): WinogradParams => {
            const [slices, row, column] =
              pooled === 'too' ? [undefined, undefined, undefined] : [0, filterWidth.outputs * g.columns, g.columns];
            return {
              ...params,
              pooled,
              writable: g.columns,
              outer: [withOperand(images, g.depth * slice, slices), withOperand(depth, slice, slices)],
              height: withOperand(params.height, (columns * pixel) / 2, row),
              width: withOperand(params.width, pixel / 2, column),
            };
          };
          const into = new Float32Array(expected.length);
          const run = (pooled: 'too' | 'only', cuts: number[]) => {
            const outputs =
              pooled === 'too' ? y : new Float32Array(filterHeight.outputs * filterWidth.outputs * g.columns);
            return runKernel(tier, (target) => winograd(target, pooledParams(pooled)), {
              arrays: [x, weights, bias, outputs, ...residuals, into, own],
              cuts,
            });
          };
          for (const pooled of ['too', 'only'] as const) {
            const made = run(pooled, g.cuts);
            expect(made[4 + residuals.length]!.every((value, i) => value === expected[i])).toBe(true);
            if (pooled === 'too' && g.outputPadding === 0)
              expect(made[3]!.every((value, i) => value === result![i])).toBe(true);
          }
        }),
        { numRuns: 12 },
      );
    },
  );

  it.skipIf(isMissing)('is the definition where so much is written that lines are read before', () => {
    for (const spacing of [[1, 1] as const, [1, 2] as const]) {
      const large: Geometry = {
        ...{
          images: 1,
          channels: 1,
          columns: 12,
          height: 65,
          width: 64,
          depth: 1,
          slices: undefined,
          beside: undefined,
        },
        filters: [
          [6, 3],
          [4, 3],
        ],
        ...{ outputPadding: 4, spacing: [...spacing], bias: true, epilogue: 'none', block: 18, cuts: [], seed: 1 },
      };
      const made = problem(large, defaultTile[tier]);
      const { params, x, weights, bias, y, expected } = made;
      const arrays = [x, weights, bias, y, new Float32Array(blockScratch(params))];
      const [, , , result] = runKernel(tier, (target) => winograd(target, params), { arrays });
      const error = expected.reduce((most, value, i) => Math.max(most, Math.abs(result![i]! - value) || 0), 0);
      expect(error).toBeLessThan(3e-4);
      expect(inSteps(tier, made, []).result!.every((value, i) => value === result![i])).toBe(true);
    }
  });
});
