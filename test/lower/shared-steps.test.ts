/** Which steps threads share. */
import { expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { float32 } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { GraphBuilder } from '../support/graph.js';

/** Whether threads share 1×1 convolutions of 25×25 pixels, from 8 channels to so many and on. */
function areShared(...channels: readonly number[]): boolean[] {
  const b = new GraphBuilder();
  let [x, from] = [b.input('x', [1, 8, 25, 25]), 8];
  for (const to of channels) {
    x = b.add('Conv', [x, b.constant(float32([to, from, 1, 1], new Float32Array(to * from)))]);
    from = to;
  }
  const graph = b.graph(x);
  const { steps } = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 2 });
  return steps.flatMap((step) => (step.kind === 'kernel' && step.operations > 0 ? [step.parallel] : []));
}

it('threads share steps that move much for what they compute only while they are near one another', () => {
  const sharing = (channels: number, kernel: number) => {
    const b = new GraphBuilder();
    const weights = b.constant(
      float32([channels, channels, kernel, kernel], new Float32Array((channels * kernel) ** 2)),
    );
    const graph = b.graph(b.add('Conv', [b.input('x', [1, channels, 200, 200]), weights]));
    const { steps } = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 2 });
    return steps.flatMap((step) => (step.kind === 'kernel' && step.parallel ? [step.isNear === true] : []));
  };
  expect(new Set(sharing(8, 1))).toEqual(new Set([true]));
  expect(new Set(sharing(64, 5))).toEqual(new Set([false]));
});

it('threads share steps that together take longer than waking them', () => {
  // Some microseconds, from which threads gain nothing.
  expect(areShared(16, 16)).toEqual([false, false]);
  // 150 microseconds are worth meeting for, but not waking.
  expect(areShared(128)).toEqual([false]);
  expect(areShared(1024)).toEqual([true]);
  expect(areShared(128, 1024, 8, 1)).toEqual([true, true, true, false]);
});
