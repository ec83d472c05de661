/** Weights of 16 bits in a session's memory: what is computed with them, where kernels have them, what is said. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileFor, compileForSteps } from '../../src/compile.js';
import { narrowToHalves } from '../../src/ir/half-floats.js';
import { float32, Tensor } from '../../src/ir/tensor.js';
import { finishInTurns } from '../../src/limits/steps.js';
import type { Precision } from '../../src/plan/execution-plan.js';
import { renderPlan } from '../../src/report/plan-text.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import type { SessionOptions } from '../../src/runtime/session-options.js';
import { denseTensor } from '../../src/runtime/tensor/dense.js';
import { modelBytes, nodeProto, tensorTypeProto } from '../support/model.js';
import { roundedWeights } from '../support/pack-weights.js';
import { noise } from '../wasm/kernels/noise.js';

const [channels, columns] = [512, 520];
const weights = noise(channels * columns, 1);
const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);

/** A product of many weights with a matrix, and one of few. */
function network(rows: number, many = weights): Uint8Array {
  return modelBytes({
    inputs: { x: tensorTypeProto([rows, channels]) },
    outputs: { y: tensorTypeProto([rows, 2]) },
    nodes: [nodeProto('MatMul', 'x w', 'h'), nodeProto('MatMul', 'h v', 'y')],
    initializers: { w: float32([channels, columns], many), v: float32([columns, 2], noise(columns * 2, 2)) },
  });
}

async function run(model: Uint8Array, rows: number, options: SessionOptions = {}): Promise<Float32Array> {
  const session = await InferenceSession.create(model, { threads: 1, ...options });
  try {
    const { y } = await session.run({ x: float32([rows, channels], noise(rows * channels, 3)) });
    return denseTensor(y, 'y').data as Float32Array;
  } finally {
    await session.release();
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const folder = mkdtempSync(path.join(tmpdir(), 'unstride-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(['float16', 'bfloat16'] as const)('weights in %s', (type) => {
  it('give the results of a model that has such weights', async () => {
    const results = await run(network(2), 2, { weights: type });
    const rounded = await run(network(2, roundedWeights(type, weights, largest)), 2);
    const exact = await run(network(2), 2);
    const size = Math.max(...exact.map(Math.abs));
    expect(largestDifference(results, rounded)).toBeLessThan(size * 1e-6);
    expect(largestDifference(results, exact)).toBeGreaterThan(size * 1e-6);
    expect(largestDifference(results, exact)).toBeLessThan(size * (type === 'float16' ? 2 ** -11 : 2 ** -8));
  });

  it('are kept apart in a cache from those in float32', async () => {
    const model = network(1);
    const cache = { folder: path.join(folder, type) };
    const [narrow, wide] = [await run(model, 1, { weights: type, cache }), await run(model, 1, { cache })];
    expect(narrow).not.toEqual(wide);
    expect(await run(model, 1, { weights: type, cache })).toEqual(narrow);
    expect(await run(model, 1, { cache })).toEqual(wide);
  });

  it('are where they are read faster, and the plan says where', async () => {
    const planOf = async (rows: number) => {
      const { model } = await openModel(network(rows));
      const { plan, graph } = compileFor(model, { tier: 'baseline', precision: 'fast', threads: 1, weights: type });
      return { plan, text: renderPlan(plan, graph) };
    };
    const few = await planOf(1);
    expect(few.plan.steps.map(({ algorithm }) => algorithm)).toEqual([
      `matrix product, ${type} weights`,
      'matrix product',
    ]);
    expect(few.text).toContain(`1 of 2 packed weights are ${type}; the others are float32, which is no slower there`);
    const many = await planOf(5);
    const count = type === 'float16' ? 0 : 1;
    expect(many.text).toContain(`${count} of 2 packed weights are ${type}`);
  });
});

it('weights that a file has in 16 bits keep them where they are read faster, unless they would change', async () => {
  const algorithmOf = async (
    type: 'float16' | 'bfloat16',
    rows: number,
    numbers: Float32Array,
    precision: Precision,
  ) => {
    const model = modelBytes({
      opset: 13,
      inputs: { x: tensorTypeProto([rows, channels], type) },
      outputs: { y: tensorTypeProto([rows, columns], type) },
      nodes: [nodeProto('MatMul', 'x w', 'y')],
      initializers: { w: new Tensor(type, [channels, columns], narrowToHalves(type, numbers)) },
    });
    const opened = await openModel(model);
    const steps = compileForSteps(opened.model, { tier: 'baseline', precision, threads: 1 });
    const { plan } = await finishInTurns(steps, async () => {}, undefined);
    return plan.steps.map(({ algorithm }) => algorithm).find((algorithm) => algorithm.startsWith('matrix product'));
  };
  expect(await algorithmOf('float16', 1, weights, 'fast')).toBe('matrix product, float16 weights');
  expect(await algorithmOf('float16', 5, weights, 'fast')).toBe('matrix product');
  expect(await algorithmOf('float16', 1, weights, 'strict')).toBe('matrix product');
  expect(await algorithmOf('bfloat16', 7, weights, 'fast')).toBe('matrix product, bfloat16 weights');
  const withOne = (number: number) => Float32Array.from(weights, (weight, i) => (i === 5 ? number : weight));
  expect(await algorithmOf('float16', 1, withOne(Number.NEGATIVE_INFINITY), 'fast')).toBe('matrix product');
  expect(await algorithmOf('float16', 1, withOne(2 ** -24), 'fast')).toBe('matrix product, float16 weights');
  const wide = withOne(2 ** 15).map((weight, i) => (i === 6 ? 2 ** -14 : i === 5 ? weight : 0));
  expect(await algorithmOf('float16', 1, wide, 'fast')).toBe('matrix product, float16 weights');
  wide[7] = 2 ** -15;
  expect(await algorithmOf('float16', 1, wide, 'fast')).toBe('matrix product');
});

it('weights have one of three types', async () => {
  const create = InferenceSession.create(network(1), { weights: 'float8' } as unknown as SessionOptions);
  await expect(create).rejects.toThrow("'weights' is 'float8', and has to be one of float32, float16, bfloat16");
});
