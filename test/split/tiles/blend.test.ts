/** Tiles that are blended, and plans of several inputs, fixed sizes and other ranks. */
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/diagnostics.js';
import { symbol } from '../../../src/ir/dim.js';
import type { Graph, Value } from '../../../src/ir/graph.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { RandomSource } from '../../../src/ops/random-source.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { openModel } from '../../../src/runtime/open.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { extractPart } from '../../../src/split/extract.js';
import { blendedTiling, fadingWeights } from '../../../src/split/tiles/blend.js';
import type { TileSize } from '../../../src/split/tiles/tiling.js';
import { largestMagnitude } from '../../support/compare.js';
import { readFixture } from '../../support/fixtures.js';
import { GraphBuilder } from '../../support/graph.js';
import { randomFloats } from '../../support/weights.js';
import {
  firstDifference,
  type Inputs,
  requestFor,
  runInTiles,
  runWhole,
  tilingOf,
  tilingOrRefusal,
} from './support.js';

const random = (dims: readonly number[], seed = 4) => randomFloats(dims, new RandomSource(seed));

function network(dims: readonly (number | undefined)[], build: (b: GraphBuilder, x: Value) => Value): Graph {
  const b = new GraphBuilder(18);
  const shape = dims.every((dim) => dim !== undefined) ? (dims as number[]) : undefined;
  return b.graph(build(b, b.input('x', shape)));
}

const open = [undefined];

function conv(b: GraphBuilder, x: Value, dims: readonly number[]): Value {
  const pads = new Array<number>(2 * (dims.length - 2)).fill(1);
  return b.add('Conv', [x, b.constant(random(dims))], { pads });
}

function fail(run: () => unknown): { readonly code: string; readonly text: string } {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const [{ code, message, expected, actual } = { code: '', message: '' } as never] = error.diagnostics;
    return { code, text: `${message} (${expected}; ${actual})` };
  }
  throw new Error('nothing failed');
}

describe('fading weights', () => {
  it('sum to one everywhere', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }),
        (window, steps) => {
          const starts = [0];
          for (const step of steps) starts.push(starts.at(-1)! + Math.min(step, window));
          const sums = new Float64Array(starts.at(-1)! + window);
          fadingWeights(starts, window).forEach((weights, k) => {
            weights.forEach((weight, i) => {
              expect(weight).toBeGreaterThan(0);
              sums[starts[k]! + i]! += weight;
            });
          });
          for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('rise and fall in lines over what windows share', () => {
    expect(fadingWeights([0, 4], 6).map((weights) => [...weights])).toEqual([
      [1, 1, 1, 1, 0.75, 0.25],
      [0.25, 0.75, 1, 1, 1, 1],
    ]);
  });
});

describe('blended tiles', () => {
  const pooled = network(open, (b, x) => {
    const y = conv(b, x, [2, 2, 3, 3]);
    return b.add('Mul', [y, b.add('Sigmoid', [b.add('GlobalAveragePool', [y])])]);
  });

  async function blended(graph: Graph, inputs: Inputs, tile: readonly TileSize[], overlap: number) {
    const tiling = blendedTiling(graph, requestFor(graph, inputs, tile), overlap);
    return { tiling, outputs: await runInTiles(graph, inputs, tiling) };
  }

  it('name what sees a tile in place of the picture, and come close to the whole', async () => {
    const inputs = new Map([['x', random([1, 2, 60, 50])]]);
    const { tiling, outputs } = await blended(pooled, inputs, [32, 30], 10);
    expect(tiling.approximations.map(({ node, reason }) => `${node.opType} ${reason}`)).toEqual([
      'GlobalAveragePool averages over the height and width',
    ]);
    expect(tiling.plan.axes.map(({ starts }) => starts)).toEqual([
      [0, 22, 28],
      [0, 20],
    ]);
    const [[name, whole]] = [...runWhole(pooled, inputs)!] as [[string, Tensor]];
    const output = outputs.get(name)!;
    expect(output.dims).toEqual(whole.dims);
    expect(largestMagnitude(0.3)(output, whole)).toBeUndefined();
    expect(largestMagnitude(1e-6)(output, whole)).toBeDefined();
  });

  it('are the whole but for rounding where a position depends on itself alone', async () => {
    const graph = network(open, (b, x) => b.add('Tanh', [x]));
    const inputs = new Map([['x', random([2, 3, 40, 33])]]);
    const { tiling, outputs } = await blended(graph, inputs, [16, 'whole'], 5);
    expect(tiling.approximations).toEqual([]);
    const [[name, whole]] = [...runWhole(graph, inputs)!] as [[string, Tensor]];
    expect(largestMagnitude(1e-6)(outputs.get(name)!, whole)).toBeUndefined();
  });

  it('are parted in the middle of what they share where results are no floats', async () => {
    const graph = network(open, (b, x) => b.add('ArgMax', [x], { axis: 1 }));
    const inputs = new Map([['x', random([1, 4, 24, 24])]]);
    const { outputs } = await blended(graph, inputs, [10, 12], 4);
    expect(firstDifference(outputs, runWhole(graph, inputs)!)).toBeUndefined();
  });

  it('follow results of other sizes', async () => {
    const graph = network(open, (b, x) => {
      const normal = b.add('InstanceNormalization', [x, b.constant(random([2])), b.constant(random([2]))]);
      const pooledBy2 = b.add('AveragePool', [normal], { kernel_shape: [2, 2], strides: [2, 2] });
      return b.add('Flatten', [b.add('Identity', [pooledBy2])], { axis: 4 });
    });
    const inputs = new Map([['x', random([1, 2, 32, 32])]]);
    expect(fail(() => blendedTiling(graph, requestFor(graph, inputs, [16, 16]), 4)).text).toMatch(
      /the output '.*' has no height that tiles could be put together along/,
    );
    const part = { ...graph, outputs: [graph.nodes[1]!.outputs[0]!] };
    const { outputs } = await blended(part, inputs, [16, 16], 5);
    expect([...outputs.values()].map(({ dims }) => dims)).toEqual([[1, 2, 16, 16]]);
  });

  it('are refused where they do not advance', () => {
    const inputs = new Map([['x', random([1, 2, 60, 50])]]);
    expect(fail(() => blendedTiling(pooled, requestFor(pooled, inputs, [16, 16]), 16))).toEqual({
      code: 'US2202',
      text: 'an overlap of 16 leaves tiles no room to advance along the height (an overlap of at most 15, for tiles of 16; 16)',
    });
  });
});

describe('models of a fixed size', () => {
  const fixed = network([1, 1, 24, 24], (b, x) => {
    const down = b.add('MaxPool', [conv(b, x, [2, 1, 3, 3])], { kernel_shape: [2, 2], strides: [2, 2] });
    return b.add('ConvTranspose', [down, b.constant(random([2, 1, 2, 2]))], { strides: [2, 2] });
  });

  it('have windows of it, and the largest tiles that fit', async () => {
    const inputs = new Map([['x', random([1, 1, 64, 44])]]);
    const tiling = tilingOf(fixed, inputs, [8, 'any']);
    expect(tiling.plan.axes.map(({ tile, window, starts }) => ({ tile, window, starts }))).toEqual([
      { tile: 20, window: 24, starts: [0, 20, 40] },
      { tile: 20, window: 24, starts: [0, 20] },
    ]);
    const whole = runWhole({ ...fixed, inputs: fixed.inputs }, inputs)!;
    expect(firstDifference(await runInTiles(fixed, inputs, tiling), whole)).toBeUndefined();
  });

  it('take pictures whose borders fall as theirs do', () => {
    const inputs = new Map([['x', random([1, 1, 24, 31])]]);
    expect(fail(() => tilingOf(fixed, inputs, ['any', 'any']))).toEqual({
      code: 'US2202',
      text: "the picture's width does not fit tiles of the model's own width (24 plus a multiple of 2; 31)",
    });
  });
});

describe('tile sizes', () => {
  const graph = network(open, (b, x) => b.add('MaxPool', [x], { kernel_shape: [4, 4], strides: [4, 4] }));
  const inputs = new Map([['x', random([1, 1, 64, 64])]]);

  it('are multiples of the total stride', () => {
    expect(fail(() => tilingOf(graph, inputs, [10, 8]))).toEqual({
      code: 'US2202',
      text: "tiles of this height do not begin where the network's strides do (a multiple of 4, the network's total stride; 10)",
    });
  });

  it('may be larger than the picture, which is then run whole', () => {
    expect(tilingOf(graph, inputs, [999, 64]).plan.axes.map(({ window, starts }) => [window, starts])).toEqual([
      [64, [0]],
      [64, [0]],
    ]);
  });
});

describe('models with one size for height and width', () => {
  it('have windows of equal sides', () => {
    const b = new GraphBuilder(18);
    const side = symbol('S');
    const graph = b.graph(b.add('Relu', [b.input('x', [1, 1, side, side])]));
    const inputs = new Map([['x', random([1, 1, 32, 32])]]);
    expect(tilingOf(graph, inputs, [8, 8]).plan.axes.map(({ window }) => window)).toEqual([8, 8]);
    expect(fail(() => tilingOf(graph, inputs, [8, 16]))).toEqual({
      code: 'US2202',
      text: 'the model has one size for several axes of the picture, S, and windows would have two (windows of equal sides; 8 and 16)',
    });
  });
});

describe('other networks', () => {
  it('of three axes are tiled along all of them', async () => {
    const graph = network(open, (b, x) => {
      const y = b.add('MaxPool', [conv(b, x, [2, 1, 3, 3, 3])], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] });
      return b.add('ConvTranspose', [y, b.constant(random([2, 1, 2, 2, 2]))], { strides: [2, 2, 2] });
    });
    const inputs = new Map([['x', random([1, 1, 12, 14, 10])]]);
    const tiling = tilingOf(graph, inputs, [4, 6, 2]);
    expect(tiling.plan.axes.map(({ name, starts }) => `${name} ${starts.length}`)).toEqual([
      'depth 2',
      'height 2',
      'width 3',
    ]);
    expect(firstDifference(await runInTiles(graph, inputs, tiling), runWhole(graph, inputs)!)).toBeUndefined();
  });

  it('with several inputs of different levels take a part of each: a decoder with its skips', async () => {
    const model = await openModel(path.join(readFixture('unet/dynamo').folder, 'model.onnx'));
    const { graph } = model.model;
    // Behind the second of the four poolings: what is between them and the mirrored place is the part.
    const pools = graph.nodes.filter(({ opType }) => opType === 'MaxPool');
    const concats = graph.nodes.filter(({ opType }) => opType === 'Concat');
    const from = [pools[1]!.outputs[0]!, ...concats.slice(2).flatMap(({ inputs }) => inputs.slice(0, 1))];
    const part = extractPart(model.model, {
      from: from.map((value) => value!.name),
      to: [graph.outputs[0]!.name],
      auto: true,
    }).model.graph;
    expect(part.inputs.length).toBeGreaterThan(1);
    const image = float32([1, 1, 320, 48], random([1, 1, 320, 48]).data as Float32Array);
    const inner = execute(
      scheduleReferences({ ...graph, outputs: part.inputs.map(({ name }) => valueNamed(graph, name)) }),
      [image],
    );
    const inputs = new Map(part.inputs.map(({ name }, i) => [name, inner.outputs[i]!]));
    const tiling = tilingOrRefusal(part, inputs, [32, 'whole']);
    if (!('plan' in tiling)) throw new Error(tiling.join());
    expect(tiling.plan.axes[0]!.starts.length).toBeGreaterThan(1);
    expect(firstDifference(await runInTiles(part, inputs, tiling), runWhole(part, inputs)!)).toBeUndefined();
  });
});

function valueNamed(graph: Graph, name: string): Value {
  return graph.nodes.flatMap(({ outputs }) => outputs).find((value) => value?.name === name)!;
}
