/**
 * Random nodes of every operator that is compiled for integers, with integers of all types in place of their floats: to the
 * bit what the references say, or their error.
 */
import { describe, expect, it } from 'vitest';
import { ModelError, ProblemError } from '../../src/diagnostics.js';
import type { Graph } from '../../src/ir/graph.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { kernelsByOperator } from '../../src/lower/all.js';
import {
  describeCase,
  graphOfCase,
  type NodeCase,
  nodeCase,
  planOf,
  problemOf,
  runCompiled,
  runReference,
  versionsOfAll,
} from './nodes/node-case.js';
import { Random, wholeTypes } from './nodes/random.js';

const nodesOfEach = Number(process.env['UNSTRIDE_SOAK_INTEGERS'] ?? 12);

const operators = [...kernelsByOperator].flatMap(([name, { types }]) => (types.includes('integers') ? [name] : []));

/** Whose floats are no data. */
const keepsFloats: ReadonlySet<string> = new Set(['Cast']);

function withIntegers(test: NodeCase, random: Random): NodeCase {
  if (keepsFloats.has(test.op)) return test;
  const type = random.pick(wholeTypes);
  const inputs = test.inputs.map((tensor) => (tensor?.type === 'float32' ? random.wholes(type, tensor.dims) : tensor));
  return { ...test, inputs };
}

function outcome(run: () => readonly Tensor[]): unknown {
  try {
    return run().map(({ type, dims, data }) => ({ type, dims, data: Array.from(data as ArrayLike<unknown>) }));
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.message;
    if (error instanceof ModelError) return error.diagnostics[0]!.message;
    throw error;
  }
}

describe('integers', () => {
  it.each(operators)('%s', (name) => {
    const versions = versionsOfAll.filter(({ schema }) => schema.name === name);
    let compiled = 0;
    for (let seed = 1; seed <= nodesOfEach; seed++) {
      const { schema, version } = versions[seed % versions.length]!;
      const test = withIntegers(nodeCase(schema, version, seed), new Random(seed));
      const graph: Graph = graphOfCase(test);
      if (problemOf(graph) !== undefined) continue;
      const plan = planOf(graph);
      if (plan.steps.some(({ kind }) => kind === 'reference')) continue;
      compiled++;
      const expected = outcome(() => runReference(test, graph));
      const actual = outcome(() => runCompiled(test, plan, 'baseline', graph));
      expect(actual, describeCase(test)).toEqual(expected);
    }
    expect(compiled).toBeGreaterThan(0);
  });
});
