/** Every operator of com.microsoft against onnxruntime: its reference, and what it expands to, as kernels compute it. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compile.js';
import { infer } from '../../../src/infer/infer.js';
import { isFloat } from '../../../src/ir/element-type.js';
import type { Graph } from '../../../src/ir/graph.js';
import { numbersOf } from '../../../src/ir/numeric.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { microsoftOperators } from '../../../src/ops/microsoft.js';
import { executePlan } from '../../lower/execute-plan.js';
import { type MicrosoftNode, microsoftNodes } from '../../support/microsoft-nodes.js';
import { graphOf, runOperator } from '../../support/run-operator.js';

/** Integers may differ by one step, floats by a few roundings of the largest. */
function expectClose(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(actual.map(({ type, dims }) => ({ type, dims }))).toEqual(expected.map(({ type, dims }) => ({ type, dims })));
  for (const [i, tensor] of expected.entries()) {
    const [numbers, other] = [Array.from(numbersOf(tensor)), numbersOf(actual[i]!)];
    const largest = Math.max(...numbers.map(Math.abs));
    const tolerance = isFloat(tensor.type) ? 2e-6 * largest : 1;
    const worst = numbers.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);
    expect(worst).toBeLessThanOrEqual(tolerance);
    const differing = numbers.filter((value, at) => value !== other[at]).length;
    // A step is where a value lies between two: a rounding, not a rule.
    if (!isFloat(tensor.type)) expect(differing).toBeLessThanOrEqual(Math.ceil(numbers.length / 20));
  }
}

function modelOf(graph: Graph) {
  return {
    graph,
    irVersion: 9,
    opsets: new Map([['', 20]]),
    producer: { name: '', version: '' },
    metadata: new Map<string, string>(),
  };
}

function compiled(test: MicrosoftNode, fed: (i: number) => boolean) {
  const places = [...test.inputs.keys()].filter((i) => test.inputs[i] !== undefined);
  const source = graphOf(test, new Set(places.filter((i) => !fed(i))));
  const { graph, passes } = compile(modelOf(source));
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'fast', threads: 1 });
  const feeds = places.filter(fed).map((i) => test.inputs[i]!);
  return { graph, passes, plan, outputs: executePlan(graph, plan, 'baseline', feeds) };
}

describe.each(microsoftNodes)('$title', (test) => {
  it('is what onnxruntime computes, by its reference', () => {
    expectClose(runOperator(test), test.expected);
  });

  it('is compiled, with the first input fed', () => {
    const { graph, plan, outputs } = compiled(test, (i) => i === 0);
    expectClose(outputs, test.expected);
    const left = plan.steps.flatMap((step) =>
      step.kind === 'reference' ? step.nodes.map((node) => graph.nodes[node]!.opType) : [],
    );
    expect(left).toEqual([]);
  });

  it('is compiled, with all inputs fed', () => {
    expectClose(compiled(test, () => true).outputs, test.expected);
  });
});

it('no operator is without a node of onnxruntime', () => {
  const tested = new Set(microsoftNodes.map(({ op }) => op));
  expect(microsoftOperators.filter(({ name }) => !tested.has(name)).map(({ name }) => name)).toEqual([]);
});
