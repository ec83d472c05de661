/** Sessions on the references and on kernels, with one thread and with two: what they return has to agree. */
import { expect } from 'vitest';
import type { Graph } from '../../src/ir/graph.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import type { SessionOptions } from '../../src/runtime/session-options.js';
import type { Tensor } from '../../src/runtime/tensor/tensor.js';
import { modelOf } from '../support/layers.js';

export const noise = (count: number, seed = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233) * 0.5);

export type Feeds = Readonly<Record<string, Tensor>>;

export async function outputsOf(
  graph: Graph,
  runs: readonly Feeds[],
  options: SessionOptions,
): Promise<readonly Tensor[][]> {
  const session = await InferenceSession.create(modelOf(graph), options);
  try {
    const outputs: Tensor[][] = [];
    for (const feeds of runs) outputs.push(Object.values(await session.run(feeds)));
    return outputs;
  } finally {
    await session.release();
  }
}

export function expectClose(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  for (const [i, reference] of expected.entries()) {
    const found = actual[i]!;
    expect(found.dims).toEqual(reference.dims);
    if (reference.type !== 'float32') {
      expect(found.data).toEqual(reference.data);
      continue;
    }
    const [a, b] = [found.data as Float32Array, reference.data as Float32Array];
    const largest = b.reduce((most, number) => Math.max(most, Math.abs(number)), 1e-6);
    const worst = b.reduce((most, number, k) => Math.max(most, Math.abs(a[k]! - number)), 0);
    expect(worst / largest).toBeLessThan(1e-4);
  }
}

/** Several runs in one session on each executor; two threads compute the bits that one does. */
export async function expectEqual(graph: Graph, ...runs: readonly Feeds[]): Promise<void> {
  const references = await outputsOf(graph, runs, { executor: 'reference' });
  const one = await outputsOf(graph, runs, { threads: 1 });
  const two = await outputsOf(graph, runs, { threads: 2 });
  for (const [i, expected] of references.entries()) {
    expectClose(one[i]!, expected);
    for (const [k, { data }] of one[i]!.entries()) expect(two[i]![k]!.data).toEqual(data);
  }
}
