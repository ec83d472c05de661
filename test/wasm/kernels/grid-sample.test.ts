/** GridSample's kernel against the operator's reference: every method and padding, on lines, pictures and volumes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32 } from '../../../src/ir/tensor.js';
import { registerOperators } from '../../../src/ops/registry.js';
import { gridSamples } from '../../../src/ops/resampling/grid-sample.js';
import { gridSample } from '../../../src/wasm/kernels/grid-sample.js';
import { runOperator } from '../../support/run-operator.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';
import { elementsOf, isOnlyViewChanged, nhwc8Tensor, type Size } from './tensors.js';

registerOperators(gridSamples);

const small = fc.integer({ min: 1, max: 5 });
const problem = fc.record({
  rank: fc.integer({ min: 1, max: 3 }),
  images: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 18 }),
  input: fc.tuple(small, small, small),
  output: fc.tuple(small, small, small),
  method: fc.constantFrom('nearest' as const, 'linear' as const, 'cubic' as const),
  padding: fc.constantFrom('zeros' as const, 'border' as const, 'reflection' as const),
  alignsCorners: fc.boolean(),
  slice: fc.option(fc.tuple(fc.nat(5), fc.nat(5)), { nil: undefined }),
  cuts: fc.array(fc.nat(8), { maxLength: 2 }),
  seed: fc.integer(),
});

function sizeOf(images: number, channels: number, spatial: readonly number[]): Size {
  const [depth, height, width] = [...new Array<number>(3 - spatial.length).fill(1), ...spatial] as [
    number,
    number,
    number,
  ];
  return { images, channels, depth, height, width };
}

describe.each(tiers)('grids, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are sampled as by the reference', () => {
    fc.assert(
      fc.property(
        problem,
        ({ rank, images, channels, input, output, method, padding, alignsCorners, slice, cuts, seed }) => {
          fc.pre(method !== 'cubic' || rank <= 2);
          const [from, onto] = [input.slice(3 - rank), output.slice(3 - rank)];
          const count = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
          const x = noise(images * channels * count(from), seed);
          // Off the borders between elements, where rounding decides which one is nearest.
          const grid = noise(images * count(onto) * rank, seed + 1).map((value) => 1.6 * value + 1e-3);
          const [expected] = runOperator({
            op: 'GridSample',
            opset: 20,
            inputs: [float32([images, channels, ...from], x), float32([images, ...onto, rank], grid)],
            attributes: { mode: method, padding_mode: padding, align_corners: alignsCorners ? 1 : 0 },
          });
          const source = nhwc8Tensor(sizeOf(images, channels, from), x);
          const result = nhwc8Tensor(sizeOf(images, channels, onto), undefined, { slice, fill: 7 });
          const params = { input: source.view, output: result.view, rank, method, padding, alignsCorners };
          const run = (pieces: readonly number[]) =>
            runKernel(tier, (target) => gridSample(target, params), {
              arrays: [source.data, grid, result.data],
              offsets: [source.offset, 0, result.offset],
              cuts: pieces,
            })[2]!;
          const y = run([]);
          const numbers = expected!.data as Float32Array;
          for (const [i, value] of elementsOf(result, y).entries())
            expect(Math.abs(value - numbers[i]!)).toBeLessThan(1e-4);
          if (slice !== undefined) expect(isOnlyViewChanged(result, y)).toBe(true);
          expect(run(cuts)).toEqual(y);
        },
      ),
      { numRuns: 50 },
    );
  });
});
