/** What kernels find wrong with values is the error of the reference, and leaves the session as it was. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import type { Graph } from '../../src/ir/graph.js';
import { int64 } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import type { SessionOptions } from '../../src/runtime/session-options.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';
import { expectEqual, type Feeds } from './both-executors.js';

function gathering(): Graph {
  const builder = new GraphBuilder(17);
  const [x, i] = [builder.input('x', [2, 5]), builder.input('i', [2, 2], 'int64')];
  return builder.graph(builder.add('Relu', [builder.add('Gather', [x, i], { axis: 1 })]));
}

function dividing(): Graph {
  const builder = new GraphBuilder(17);
  const [a, b] = [builder.input('a', [3], 'int64'), builder.input('b', [3], 'int64')];
  const remainder = builder.add('Mod', [a, b]);
  return builder.graph(builder.add('Mul', [remainder, builder.constant(int64([], [3]))]));
}

function pooling(operator: 'RoiAlign' | 'MaxRoiPool'): Graph {
  const builder = new GraphBuilder(16);
  const image = builder.input('x', [2, 1, 4, 4]);
  if (operator === 'MaxRoiPool') {
    return builder.graph(builder.add(operator, [image, builder.input('r', [2, 5])], { pooled_shape: [1, 1] }));
  }
  return builder.graph(builder.add(operator, [image, builder.input('r', [2, 4]), builder.input('i', [2], 'int64')]));
}

const x = new Tensor(
  'float32',
  Float32Array.from({ length: 10 }, (_, i) => i - 3),
  [2, 5],
);
const whole = (dims: readonly number[], ...numbers: bigint[]) => new Tensor('int64', BigInt64Array.from(numbers), dims);

/** The error of the second run, after which the session still computes the first. */
async function failureOf(graph: Graph, good: Feeds, bad: Feeds, options: SessionOptions) {
  const session = await InferenceSession.create(modelOf(graph), options);
  try {
    const [before] = Object.values(await session.run(good));
    const error: unknown = await session.run(bad).catch((thrown: unknown) => thrown);
    const [after] = Object.values(await session.run(good));
    expect(after!.data).toEqual(before!.data);
    if (!(error instanceof ModelError)) throw new Error(`no ModelError: ${error}`);
    const { code, message, node } = error.diagnostics[0]!;
    return { code, message, node };
  } finally {
    await session.release();
  }
}

describe.each([1, 2])('kernels with %s threads', (threads) => {
  it.each([
    [
      'an image that is not there',
      'RoiAlign',
      [0, 0, 2, 2],
      2n,
      'region 1 is in image 2, which a batch of 2 does not have',
    ],
    ['an image below 0', 'RoiAlign', [0, 0, 2, 2], -1n, 'region 1 is in image -1, which a batch of 2 does not have'],
    ['too many points', 'RoiAlign', [0, 0, 2, 1e9], 0n, 'a region is too large to be sampled'],
    [
      'an image that is no index',
      'MaxRoiPool',
      [7, 0, 0, 2, 2],
      0n,
      'region 1 is in image 7, which a batch of 2 does not have',
    ],
  ] as const)('tell of a region with %s', async (_, operator, region, index, message) => {
    const image = new Tensor('float32', new Float32Array(32).fill(1), [2, 1, 4, 4]);
    const fine = region.map((value, i) => (i === 0 ? 1 : Math.min(value, 2)));
    const rois = (second: readonly number[]) =>
      new Tensor('float32', Float32Array.of(...fine, ...second), [2, region.length]);
    const own = operator === 'RoiAlign';
    const good = { x: image, r: rois(fine), ...(own && { i: whole([2], 0n, 1n) }) };
    const bad = { x: image, r: rois(region), ...(own && { i: whole([2], 0n, index) }) };
    const failure = await failureOf(pooling(operator), good, bad, { threads });
    expect(failure.message).toBe(message);
    expect(failure).toEqual(await failureOf(pooling(operator), good, bad, { executor: 'reference' }));
  });

  it.each([
    ['beyond the end', 5n, 'indices[0, 1] is 5, outside axis 1 of size 5'],
    ['before the beginning', -6n, 'indices[0, 1] is -6, outside axis 1 of size 5'],
    ['of more than 32 bits', 2n ** 33n, 'indices[0, 1] is 2147483647, outside axis 1 of size 5'],
  ])('tell of an index %s', async (_, index, message) => {
    const good = { x, i: whole([2, 2], 0n, -1n, 4n, 2n) };
    const bad = { x, i: whole([2, 2], 0n, index, 4n, 2n) };
    const failure = await failureOf(gathering(), good, bad, { threads });
    expect(failure).toMatchObject({ code: 'US2006', message });
    const reference = await failureOf(gathering(), good, bad, { executor: 'reference' });
    expect(failure.node).toEqual(reference.node);
  });

  it('tell of a place to unpool to', async () => {
    const builder = new GraphBuilder(11);
    const read = [builder.input('x', [1, 1, 2, 1]), builder.input('i', [1, 1, 2, 1], 'int64')];
    const graph = builder.graph(builder.add('MaxUnpool', read, { kernel_shape: [2, 2], strides: [2, 2] }));
    const values = new Tensor('float32', Float32Array.of(7, 8), [1, 1, 2, 1]);
    const feeds = (place: bigint): Feeds => ({ x: values, i: whole([1, 1, 2, 1], 4n, place) });
    const [good, bad] = [feeds(3n), feeds(-1n)];
    const failure = await failureOf(graph, good, bad, { threads });
    expect(failure.message).toBe('I[0, 0, 1, 0] = -1 points outside the output [1, 1, 4, 2]');
    expect(failure).toEqual(await failureOf(graph, good, bad, { executor: 'reference' }));
  });

  it('tell of a divisor that is zero', async () => {
    const a = whole([3], 7n, -7n, 2n ** 62n);
    const failure = await failureOf(
      dividing(),
      { a, b: whole([3], 3n, 3n, -1n) },
      { a, b: whole([3], 3n, 0n, 1n) },
      { threads },
    );
    expect(failure).toMatchObject({ code: 'US2007', message: 'the remainder of a division of integers by zero' });
  });
});

it('integers of 64 bits come and go as they are', async () => {
  const a = whole([3], 2n ** 62n + 1n, -(2n ** 63n), 5n);
  await expectEqual(dividing(), { a, b: whole([3], 2n ** 61n, 7n, -3n) });
});
