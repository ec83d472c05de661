/** Tiles equal the whole, bit for bit, for every size of tile. */
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { RandomSource } from '../../../src/ops/random-source.js';
import { openModel } from '../../../src/runtime/open.js';
import type { Tiling } from '../../../src/split/tiles/tiling.js';
import { encoderDecoders, uNets } from '../../support/encoder-decoder.js';
import { readFixture } from '../../support/fixtures.js';
import { isAbsent, sharedModels, titleFor } from '../../support/shared-data.js';
import { randomFloats, withRandomWeights } from '../../support/weights.js';
import {
  firstDifference,
  type Inputs,
  openedGraph,
  runInTiles,
  runStrict,
  runWhole,
  tilingOf,
  tilingOrRefusal,
} from './support.js';

function picture(dims: readonly number[], seed = 7): Tensor {
  return randomFloats(dims, new RandomSource(seed));
}

/** Elements whose sums are rounded. */
function roughPicture(dims: readonly number[], seed = 7): Tensor {
  const random = new RandomSource(seed);
  return float32(
    dims,
    Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () => random.uniform() - 0.5),
  );
}

function windowsOf({ plan }: Tiling): number {
  return plan.axes.reduce((count, { starts }) => count * starts.length, 1);
}

describe('the references', () => {
  it('give the whole for every size of tile that is a multiple of the stride, along one axis', async () => {
    let tiled = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(encoderDecoders(1, 8), uNets(1)),
        fc.constantFrom(64, 96, 61, 87),
        async (network, size) => {
          const graph = withRandomWeights(network.graph, 3);
          const inputs: Inputs = new Map([['x', picture([1, 2, size])]]);
          const whole = runWhole(graph, inputs);
          fc.pre(whole !== undefined);
          const free = tilingOrRefusal(graph, inputs, ['whole']);
          if (!('plan' in free)) return;
          const { stride } = free.plan.axes[0]!;
          for (let tile = stride; tile < size; tile += stride) {
            const tiling = tilingOrRefusal(graph, inputs, [tile]);
            // What depends on the size shows only when there are several windows.
            if (!('plan' in tiling)) {
              expect(tiling[0]).toMatch(/^US2201/);
              continue;
            }
            if (windowsOf(tiling) === 1) break;
            tiled++;
            expect(firstDifference(await runInTiles(graph, inputs, tiling), whole)).toBeUndefined();
          }
        },
      ),
      { numRuns: 30 },
    );
    expect(tiled).toBeGreaterThan(60);
  });

  it('give the whole along both axes, or one alone', async () => {
    let tiled = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(uNets(2), encoderDecoders(2, 5)),
        fc.constantFrom([36, 30], [48, 64], [33, 41]),
        fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })),
        async (network, size, times) => {
          const graph = withRandomWeights(network.graph, 3);
          const inputs: Inputs = new Map([['x', picture([1, 2, ...size])]]);
          const whole = runWhole(graph, inputs);
          fc.pre(whole !== undefined);
          const free = tilingOrRefusal(graph, inputs, ['whole', 'whole']);
          if (!('plan' in free)) return;
          const tile = free.plan.axes.map(({ stride }, i) => (times[i] === 0 ? 'whole' : stride * times[i]!));
          const tiling = tilingOrRefusal(graph, inputs, tile);
          if (!('plan' in tiling)) return;
          tiled += Number(windowsOf(tiling) > 1);
          expect(firstDifference(await runInTiles(graph, inputs, tiling), whole)).toBeUndefined();
        },
      ),
      { numRuns: 100 },
    );
    expect(tiled).toBeGreaterThan(10);
  });
});

describe('compiled code', () => {
  it('gives the whole in strict', async () => {
    let tiled = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(uNets(2), encoderDecoders(2, 5)),
        fc.constantFrom([96, 128], [80, 96]),
        async (network, size) => {
          const graph = withRandomWeights(network.graph, 3);
          const inputs: Inputs = new Map([['x', roughPicture([1, 2, ...size])]]);
          const free = tilingOrRefusal(graph, inputs, ['whole', 'whole']);
          if (!('plan' in free)) return;
          const tiling = tilingOrRefusal(
            graph,
            inputs,
            free.plan.axes.map(({ stride }) => stride * Math.ceil(24 / stride)),
          );
          if (!('plan' in tiling) || windowsOf(tiling) === 1 || windowsOf(tiling) > 60) return;
          tiled++;
          const run = await runStrict(openedGraph(graph), inputs, tiling);
          expect(firstDifference(run.tiled, run.whole)).toBeUndefined();
        },
      ),
      { numRuns: 90 },
    );
    expect(tiled).toBeGreaterThan(5);
  });

  const fixtures: readonly {
    readonly name: string;
    readonly size: readonly number[];
    readonly tile: readonly number[];
  }[] = [
    { name: 'unet/dynamo', size: [1, 1, 336, 304], tile: [64, 80] },
    { name: 'unet/valid-torchscript', size: [1, 1, 284, 300], tile: [48, 64] },
    { name: 'unet/keras', size: [1, 288, 272, 3], tile: [64, 64] },
    { name: 'segnet/dynamo', size: [1, 3, 256, 224], tile: [64, 64] },
  ];
  it.each(fixtures)('runs $name in tiles', async ({ name, size, tile }) => {
    const model = await openModel(path.join(readFixture(name).folder, 'model.onnx'));
    const { graph } = model.model;
    const [input] = graph.inputs;
    const inputs: Inputs = new Map([[input!.name, roughPicture(size)]]);
    const tiling = tilingOf(graph, inputs, tile, size[3] === 3);
    expect(windowsOf(tiling)).toBeGreaterThan(3);
    const run = await runStrict(model, inputs, tiling);
    expect(firstDifference(run.tiled, run.whole)).toBeUndefined();
  });
});

describe.skipIf(isAbsent(sharedModels))(titleFor('networks of others', sharedModels), () => {
  const networks = [
    { name: 'zoo/hifigan-dyn', size: [1, 20, 96], tile: [32] },
    { name: 'zoo/dif-oobleck-dec-ts17', size: [1, 8, 160], tile: [64] },
    { name: 'zoo/monai-unet3d-dyn', size: [1, 1, 48, 24, 24], tile: [16, 24, 24] },
  ] as const;
  it.each(networks)('run $name in tiles', async ({ name, size, tile }) => {
    const model = await openModel(path.join(sharedModels, name, 'model.onnx'));
    const { graph } = model.model;
    const inputs: Inputs = new Map([[graph.inputs[0]!.name, roughPicture(size)]]);
    const tiling = tilingOf(graph, inputs, tile);
    expect(windowsOf(tiling)).toBeGreaterThan(1);
    const run = await runStrict(model, inputs, tiling);
    expect(firstDifference(run.tiled, run.whole)).toBeUndefined();
  });
});
