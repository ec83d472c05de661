/** What a reference makes is known before it makes it. */
import { expect, it } from 'vitest';
import { ProblemError } from '../../src/diagnostics.js';
import type { Node } from '../../src/ir/graph.js';
import { tensorBytes } from '../../src/limits/bytes.js';
import { loweredOperators } from '../../src/lower/all.js';
import { bind } from '../../src/ops/bind.js';
import { noGraphs } from '../../src/ops/operator.js';
import { outputBytes } from '../../src/ops/output-bytes.js';
import { RandomSource } from '../../src/ops/random-source.js';
import { describeCase, nodeCase } from '../lower/nodes/node-case.js';
import { graphOf } from '../support/run-operator.js';

it('of random nodes of every operator that is compiled', () => {
  const failures: string[] = [];
  let compared = 0;
  for (const [i, schema] of loweredOperators.entries()) {
    for (let k = 0; k < 5; k++) {
      const version = schema.versions.at(-1 - (k % schema.versions.length))!;
      const test = nodeCase(schema, version, 1000 * i + k);
      const node = graphOf(test, new Set()).nodes[0]!;
      const computed = compute(node, test.inputs);
      if (computed === undefined) continue;
      const { bound, made } = computed;
      const expected = made
        .slice(0, node.outputs.length)
        .reduce((sum, tensor) => sum + tensorBytes(tensor.type, tensor.dims), 0);
      const told = outputBytes(bound, test.inputs, node.outputs.length);
      compared++;
      if (told !== expected) failures.push(`${describeCase(test)}: ${told}, and it was ${expected}`);
    }
  }
  expect(failures).toEqual([]);
  expect(compared).toBeGreaterThan(loweredOperators.length * 4);
});

/** Undefined for what generators make that is not legal. */
function compute(node: Node, inputs: Parameters<typeof outputBytes>[1]) {
  try {
    const bound = bind(node)!;
    const random = new RandomSource(0);
    return { bound, made: bound.reference({ inputs, outputCount: node.outputs.length, random, runGraph: noGraphs }) };
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
