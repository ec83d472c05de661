/** Convolutions of pixels that a nearest Resize repeats, which read the pixels as they are where that is faster. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { constantFromTensor, type Graph } from '../../../src/ir/graph.js';
import { float32 } from '../../../src/ir/tensor.js';
import { type ConvolutionAlgorithm, lower } from '../../../src/lower/lower.js';
import { derivedConstant } from '../../../src/plan/derived-constants.js';
import type { ExecutionPlan } from '../../../src/plan/execution-plan.js';
import { GraphBuilder } from '../../support/graph.js';
import { tiers } from '../../wasm/kernels/run-kernel.js';
import { compare, type Follower, feedsFor, finish, followers, tensor } from './compare-algorithms.js';

const axis = fc
  .record({
    input: fc.integer({ min: 1, max: 9 }),
    scale: fc.constantFrom(1, 2, 2, 2, 3),
    kernel: fc.integer({ min: 1, max: 5 }),
    begin: fc.integer({ min: 0, max: 5 }),
    end: fc.integer({ min: 0, max: 5 }),
    stride: fc.constantFrom(1, 1, 1, 1, 1, 1, 2),
  })
  .filter(({ input, scale, kernel, begin, end }) => input * scale + begin + end >= kernel);

interface Layer {
  readonly batch: number;
  readonly group: number;
  readonly from: number;
  readonly to: number;
  readonly isDepthwise: boolean;
  readonly axes: readonly {
    readonly input: number;
    readonly scale: number;
    readonly kernel: number;
    readonly begin: number;
    readonly end: number;
    readonly stride: number;
  }[];
  readonly isHalfPixel: boolean;
  readonly hasBias: boolean;
  readonly followers: readonly Follower[];
}

const layer: fc.Arbitrary<Layer> = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  group: fc.constantFrom(1, 1, 1, 2),
  from: fc.integer({ min: 1, max: 18 }),
  to: fc.integer({ min: 1, max: 34 }),
  isDepthwise: fc.boolean(),
  axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
  isHalfPixel: fc.boolean(),
  hasBias: fc.boolean(),
  followers,
});

const algorithm = fc.constantFrom<ConvolutionAlgorithm>(
  { name: 'direct' },
  { name: 'winograd', outputs: 2 },
  { name: 'winograd', outputs: 5 },
  { name: 'winograd panels', outputs: 4 },
);

/** As decoders have it. */
const networkLike: Layer = {
  batch: 1,
  group: 1,
  from: 64,
  to: 64,
  isDepthwise: false,
  axes: [32, 31].map((input) => ({ input, scale: 2, kernel: 3, begin: 1, end: 1, stride: 1 })),
  isHalfPixel: false,
  hasBias: true,
  followers: [],
};

function graphOf({
  batch,
  group: groups,
  from,
  to,
  isDepthwise,
  axes,
  isHalfPixel,
  hasBias,
  followers: list,
}: Layer): Graph {
  const [group, groupFrom, groupTo] = isDepthwise ? [from, 1, 1] : [groups, from, to];
  const b = new GraphBuilder();
  const x = b.input('x', [batch, group * groupFrom, ...axes.map(({ input }) => input)]);
  const scales = b.constant(float32([axes.length + 2], [1, 1, ...axes.map(({ scale }) => scale)]));
  const coordinates = isHalfPixel
    ? { coordinate_transformation_mode: 'half_pixel', nearest_mode: 'round_prefer_floor' }
    : { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  const repeated = b.add('Resize', [x, undefined, scales], { mode: 'nearest', ...coordinates });
  const w = b.constant(tensor([group * groupTo, groupFrom, ...axes.map(({ kernel }) => kernel)], 2));
  const y = b.add('Conv', [repeated, w, hasBias ? b.constant(tensor([group * groupTo], 3)) : undefined], {
    group,
    strides: axes.map(({ stride }) => stride),
    pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
  });
  const dims = infer(b.graph(y)).types.get(y)!.shape as number[];
  return finish(b, y, list, dims);
}

const isFused = ({ steps }: ExecutionPlan) => steps.every(({ algorithm }) => !algorithm?.includes('resample'));

describe.each(tiers)('$title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('a nearest Resize and the Conv after it', () => {
    fc.assert(
      fc.property(layer, algorithm, (item, prefer) => {
        const graph = graphOf(item);
        compare(graph, feedsFor(graph), tier, 1e-4, 1e-6, [prefer]);
      }),
      { numRuns: 6 },
    );
  });
});

it('has no repeated pixels where decoders have a Resize, but in strict', () => {
  const graph = graphOf(networkLike);
  const plans = (['strict', 'fast'] as const).map((precision) =>
    lower(graph, infer(graph), { tier: 'baseline', precision, threads: 1 }),
  );
  expect(plans.map(isFused)).toEqual([false, true]);
});

it('weights of repeated pixels are sums of their neighbors', () => {
  const weights = constantFromTensor(float32([1, 1, 2, 3], [1, 2, 3, 10, 20, 30]));
  const recipe = { name: 'sums', dims: [1, 1, 3, 4], value: 'w', zeroPoint: undefined, scale: undefined, run: 1 };
  const { data } = derivedConstant({ ...recipe, repeats: [2, 2] }, () => weights).load();
  expect([...(data as Float32Array)]).toEqual([30, 50, 30, 10, 33, 55, 33, 11, 3, 5, 3, 1]);
});
