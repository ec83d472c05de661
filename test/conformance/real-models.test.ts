/** Real models by others, by reference: outputs against those of onnxruntime, and every inner shape against what execution gives. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { substitute } from '../../src/ir/dim.js';
import { declaredShape, type Graph, type Value } from '../../src/ir/graph.js';
import { tensorFromNumbers } from '../../src/ir/numeric.js';
import { isConcrete } from '../../src/ir/shape.js';
import { elementCount, type Tensor } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { bindFeeds } from '../../src/runtime/feeds.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { denseTensor } from '../../src/runtime/tensor/dense.js';
import { legalSizes } from '../../src/solve/legal-sizes.js';
import { largestMagnitude } from '../support/compare.js';
import { engineNames, openReal, openSmall, patience, type RealModel, wholeNames } from '../support/real-models.js';
import { isAbsent, realModels, titleFor } from '../support/shared-data.js';

const compare = largestMagnitude(1e-3);

/** Every value that a node of the graph makes, by running it. */
function runAll(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Map<Value, Tensor> {
  const values = graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== undefined));
  const { tensors } = bindFeeds(graph, feeds);
  const { outputs } = execute(scheduleReferences({ ...graph, outputs: values }), tensors);
  return new Map(values.map((value, i) => [value, outputs[i]!]));
}

/** With what the engine makes of small pictures, which onnxruntime was not asked for: large-models.test.ts holds it to that. */
async function openRunSmall(name: string): Promise<Pick<RealModel, 'model' | 'feeds' | 'expected'>> {
  const { model, feeds } = await openSmall(name);
  const session = await InferenceSession.create(model, { precision: 'strict', threads: 1, seed: 1 });
  const outputs = await session.run(feeds);
  await session.release();
  const expected = model.graph.outputs.map((value) => [value, denseTensor(outputs[value.name], value.name)] as const);
  return { model, feeds, expected: new Map(expected) };
}

/** Every inner shape equals the executed one: inferred for these sizes, and for all sizes with these put in. */
function expectShapes(graph: Graph, feeds: ReadonlyMap<string, Tensor>, results: ReadonlyMap<Value, Tensor>): void {
  const { bindings } = bindFeeds(graph, feeds);
  const concrete = infer(graph, { bindings });
  const symbolic = infer(graph);
  expect(concrete.diagnostics.filter((item) => item.severity === 'error')).toEqual([]);
  for (const [value, { dims }] of results) {
    expect(concrete.types.get(value)?.shape, value.name).toEqual(dims);
    const open = symbolic.types.get(value)?.shape?.map((dim) => substitute(dim, bindings));
    expect(open, `${value.name} of open sizes`).toEqual(dims);
  }
}

/** Feeds of another legal size for every open size, smaller where there is a smaller one. */
function otherFeeds(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Map<string, Tensor> | undefined {
  const { bindings } = bindFeeds(graph, feeds);
  const { symbols } = legalSizes(graph, infer(graph));
  const sizes = new Map(bindings);
  for (const { name, set } of symbols) {
    const size = bindings.get(name);
    if (typeof size !== 'number' || set === undefined) continue;
    sizes.set(name, set.previous(Math.floor(size / 2)) ?? set.next(size + 1) ?? size);
  }
  if ([...sizes].every(([name, size]) => bindings.get(name) === size)) return undefined;
  return new Map(
    graph.inputs.map((input) => {
      const shape = declaredShape(input)!.map((dim) => substitute(dim, sizes));
      if (!isConcrete(shape)) throw new Error(`the size of '${input.name}' is open`);
      const { type } = feeds.get(input.name)!;
      return [input.name, tensorFromNumbers(type, shape, new Float64Array(elementCount(shape)).fill(0.5))];
    }),
  );
}

describe.skipIf(isAbsent(realModels))(titleFor('real models', realModels), () => {
  it.each(wholeNames)('%s: outputs and every inner shape equal the reference', { timeout: patience }, async (name) => {
    const { model, feeds, expected } = await (engineNames.includes(name) ? openRunSmall(name) : openReal(name));
    const { graph } = model;
    const results = runAll(graph, feeds);
    expect(expected.size).toBe(graph.outputs.length);
    for (const [output, tensor] of expected) expect(compare(results.get(output)!, tensor), output.name).toBeUndefined();
    expectShapes(graph, feeds, results);

    const other = otherFeeds(graph, feeds);
    if (other !== undefined) expectShapes(graph, other, runAll(graph, other));
  });
});
