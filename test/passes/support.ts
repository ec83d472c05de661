/** A pass run on a graph that the references execute before and after. */
import { expect } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { Graph } from '../../src/ir/graph.js';
import { numbersOf } from '../../src/ir/numeric.js';
import { float32, type Tensor } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import type { Pass } from '../../src/passes/pass.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { smallIntegers } from '../support/geometry.js';

export function filled(dims: readonly number[], seed = 1): Tensor<Float32Array> {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return float32(dims, smallIntegers(count, seed));
}

/** What the references make of the same feeds for every graph of these inputs. */
export function resultsOf(graph: Graph): readonly Tensor[] {
  const feeds = graph.inputs.map(({ declared }, i) =>
    filled(declared?.kind === 'tensor' ? (declared.shape as number[]) : [], 10 + i),
  );
  return execute(scheduleReferences(graph), feeds).outputs;
}

/** Equal up to `tolerance`, relative to the largest magnitude of each output. */
export function expectSame(actual: readonly Tensor[], expected: readonly Tensor[], tolerance = 1e-5): void {
  expect(actual.map(({ type, dims }) => ({ type, dims }))).toEqual(expected.map(({ type, dims }) => ({ type, dims })));
  for (const [i, tensor] of actual.entries()) {
    const [left, right] = [Array.from(numbersOf(tensor)), Array.from(numbersOf(expected[i]!))];
    const largest = right.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = left.reduce((most, value, at) => {
      const distance = Math.abs(value - right[at]!);
      return Number.isNaN(distance) && !Object.is(value, right[at]!)
        ? Number.POSITIVE_INFINITY
        : Math.max(most, distance);
    }, 0);
    expect(worst).toBeLessThanOrEqual(tolerance * largest);
  }
}

/** Runs the pass; the graph stays whole and its results the same. */
export function run(
  pass: Pass,
  graph: Graph,
): { readonly ops: string[]; readonly graph: Graph; readonly notes: readonly string[] } {
  const result = pass.run(graph, infer(graph));
  expect(verify(result.graph)).toEqual([]);
  expectSame(resultsOf(result.graph), resultsOf(graph));
  return { ops: result.graph.nodes.map((node) => node.opType), graph: result.graph, notes: result.notes };
}
