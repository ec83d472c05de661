/** The fixtures' networks on the executor, with threads and without: their frameworks' results, the same to the bit. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, kernelTypes } from '../../src/compile.js';
import { readNpy } from '../../src/files/npy.js';
import { infer } from '../../src/infer/infer.js';
import { lower } from '../../src/lower/lower.js';
import { Executor } from '../../src/runtime/executor.js';
import { bindFeeds } from '../../src/runtime/feeds.js';
import { openModel } from '../../src/runtime/open.js';
import { largestMagnitude } from '../support/compare.js';
import { fixtures, readFixture } from '../support/fixtures.js';

const executors: Executor[] = [];
beforeAll(async () => {
  for (const threads of [1, 2, 3]) executors.push(await Executor.create({ tier: 'baseline', threads }));
});
afterAll(async () => {
  for (const executor of executors) await executor.dispose();
});

describe.each(fixtures)('%s', (name) => {
  const { cases, folder, tolerance } = readFixture(name);
  it.each(cases)('$name', async ({ inputs, outputs }) => {
    const read = (file: string) => readNpy(readFileSync(path.join(folder, file)));
    const { model } = await openModel(path.join(folder, 'model.onnx'));
    const feeds = new Map(Object.entries(inputs).map(([input, file]) => [input, read(file)]));
    const { tensors, bindings } = bindFeeds(model.graph, feeds);
    const inputShapes = new Map(model.graph.inputs.map((input, i) => [input.name, tensors[i]!.dims]));
    const { graph } = compile(model, { bindings, inputShapes, float32: kernelTypes('fast', false) });
    const plan = lower(graph, infer(graph, { bindings, inputShapes }), {
      tier: 'baseline',
      precision: 'fast',
      threads: 2,
    });
    const results = [];
    for (const executor of executors) {
      const program = await executor.load(graph, plan);
      const first = await program.run(tensors);
      // What a run leaves in memory is no matter.
      expect(await program.run(tensors)).toEqual(first);
      results.push(first);
      program.dispose();
    }
    expect(executors.map(({ threads }) => threads)).toEqual([1, 2, 3]);
    for (const [i, value] of graph.outputs.entries()) {
      // What random numbers decide is not on file.
      const file = outputs[value.name];
      if (file !== undefined) expect(largestMagnitude(tolerance)(results[0]![i]!, read(file))).toBeUndefined();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});
