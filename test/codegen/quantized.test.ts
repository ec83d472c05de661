/** Quantized networks on the executor: typed inputs and outputs, constants that several sizes share, threads, a real model. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { readNpy } from '../../src/files/npy.js';
import { infer } from '../../src/infer/infer.js';
import type { Graph } from '../../src/ir/graph.js';
import { tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32, int64, type Tensor } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { Executor } from '../../src/runtime/executor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import { execute } from '../../src/runtime/reference-executor.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import { integers } from '../lower/quantized/integers.js';
import { elementwise } from '../support/compare.js';
import { GraphBuilder } from '../support/graph.js';
import { isAbsent, realModels, titleFor, zooModels } from '../support/shared-data.js';
import { tiers as allTiers } from '../wasm/kernels/run-kernel.js';

const open: Executor[] = [];
afterEach(async () => {
  for (const executor of open.splice(0)) await executor.dispose();
});

/** Bytes to bytes, and an integer that an operator without a kernel reads and makes on the way. */
function network(height: number, weightSeed: number): Graph {
  const b = new GraphBuilder(21);
  const number = (value: number) => b.constant(float32([], [value]));
  const zero = (value: number) => b.constant(tensorFromNumbers('uint8', [], [value]));
  const x = b.input('x', [1, 3, height, 10], 'uint8');
  const turned = b.add('ReverseSequence', [x, b.constant(int64([1], [3]))], { time_axis: 1, batch_axis: 0 });
  const conv = b.add(
    'QLinearConv',
    [
      ...[turned, number(0.5), zero(100)],
      ...[b.constant(integers('uint8', [8, 3, 3, 3], weightSeed)), number(1 / 64), zero(128), number(32), zero(120)],
    ],
    { pads: [1, 1, 1, 1] },
  );
  const weights = b.add('DequantizeLinear', [b.constant(integers('uint8', [5, 8, 1, 1], 7)), number(0.25), zero(128)]);
  const floats = b.add('DequantizeLinear', [conv, number(32), zero(120)]);
  return b.graph(conv, b.add('Conv', [floats, weights]));
}

async function load(executor: Executor, graph: Graph) {
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: executor.threads });
  return { plan, program: await executor.load(graph, plan) };
}

function expectReference(graph: Graph, feeds: readonly Tensor[], actual: readonly Tensor[]): void {
  const expected = execute(scheduleReferences(graph), feeds).outputs;
  for (const [i, tensor] of expected.entries()) expect(elementwise(0, 0)(actual[i]!, tensor)).toBeUndefined();
}

describe.each([1, 2])('quantized networks on %i threads', (threads) => {
  it('take and give integers, to the caller and to references', async () => {
    const executor = await Executor.create({ tier: 'baseline', threads });
    open.push(executor);
    const graph = network(12, 3);
    const { plan, program } = await load(executor, graph);
    expect(plan.steps.flatMap((step) => (step.kind === 'reference' ? step.nodes : []))).toEqual([0]);
    const feeds = [integers('uint8', [1, 3, 12, 10], 1)];
    expectReference(graph, feeds, await program.run(feeds));
  });
});

describe('constants that are derived', () => {
  it('serve programs of several sizes, and are others for other weights of the same names', async () => {
    const executor = await Executor.create({ tier: 'baseline', threads: 1 });
    open.push(executor);
    const graphs = [network(12, 3), network(20, 3), network(12, 4)];
    const programs = [];
    for (const graph of graphs) programs.push((await load(executor, graph)).program);
    for (const [i, height] of [12, 20, 12].entries()) {
      const feeds = [integers('uint8', [1, 3, height, 10], i)];
      expectReference(graphs[i]!, feeds, await programs[i]!.run(feeds));
    }
  });
});

const folder = path.join(realModels, 'u2netp-int8');

async function runStored(model: string, precision: 'fast' | 'strict', tier: Tier = 'baseline') {
  const read = (file: string) => readNpy(readFileSync(path.join(model, file)));
  const session = await InferenceSession.create(path.join(model, 'model.onnx'), { precision, tier });
  const outputs = await session.run({ [session.inputNames[0]!]: read('inputs/0.npy') });
  await session.release();
  const actual = outputs[session.outputNames[0]!]!.data as Float32Array;
  return { actual, expected: read('outputs/0.npy').data as Float32Array };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return b.reduce((most, value, i) => Math.max(most, Math.abs(a[i]! - value)), 0);
}

describe.skipIf(isAbsent(folder))(titleFor('u2netp, quantized as it runs', folder), () => {
  // All before the last Sigmoid has onnxruntime's bits: a number that were rounded to another integer would move the mask by
  // a thousand times as much.
  it.each(['fast', 'strict'] as const)(
    'gives the stored mask: %s',
    async (precision) => {
      const { actual, expected } = await runStored(folder, precision);
      expect(largestDifference(actual, expected)).toBeLessThan(3e-7);
    },
    60_000,
  );
});

const [operators, marked] = ['unet-milesial-qop', 'unet-milesial-qdq'].map((name) => path.join(zooModels, name));

const tiers = allTiers.flatMap(({ tier, isMissing }) => (isMissing ? [] : [tier]));

describe.skipIf(isAbsent(operators!))(titleFor('a U-Net of QLinear operators', operators!), () => {
  it.each(['fast', 'strict'] as const)('has the bits of onnxruntime in every tier: %s', async (precision) => {
    for (const tier of tiers) {
      const { actual, expected } = await runStored(operators!, precision, tier);
      expect(actual, tier).toEqual(expected);
    }
  });
});

describe.skipIf(isAbsent(marked!))(titleFor('a U-Net of marked tensors', marked!), () => {
  it('has the bits of the references of its fused form, in every tier and both precisions', async () => {
    const file = path.join(marked!, 'model.onnx');
    const { graph } = compile((await openModel(file)).model);
    const read = readNpy(readFileSync(path.join(marked!, 'inputs/0.npy')));
    const [fused] = execute(scheduleReferences(graph), [read]).outputs;
    const expected = fused!.data as Float32Array;
    for (const tier of tiers) {
      for (const precision of ['fast', 'strict'] as const)
        expect((await runStored(marked!, precision, tier)).actual, `${tier}, ${precision}`).toEqual(expected);
    }
    // onnxruntime has no ConvTranspose of integers: it rounds sums of float32, one of which flips a step.
    const { expected: stored } = await runStored(marked!, 'fast');
    const step = 0.0420517;
    expect(largestDifference(expected, stored)).toBeLessThan(2.01 * step);
    expect(expected.filter((value, i) => value !== stored[i]).length).toBeLessThan(expected.length / 50);
  });
});
