/** A program that awaits run after run leaves timers their turn. */
import { expect, it } from 'vitest';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { modelBytes, nodeProto } from '../support/model.js';

it('lets timers run between runs, and keeps the order of runs', async () => {
  const session = await InferenceSession.create(
    modelBytes({ inputs: { x: ['N'] }, outputs: { y: ['N'] }, nodes: [nodeProto('Neg', 'x', 'y')] }),
    { threads: 1 },
  );
  const feeds = { x: new Tensor('float32', [1]) };
  await session.run(feeds);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  // Runs of less than a frame: a turn for each frame that they take together.
  const started = performance.now();
  while (performance.now() - started < 400) await session.run(feeds);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);

  const order: number[] = [];
  await Promise.all([1, 2, 3].map((i) => session.run(feeds).then(() => order.push(i))));
  expect(order).toEqual([1, 2, 3]);
  await session.release();
});
